import { Injectable } from '@nestjs/common';
import { Database } from '@holdfast/platform';
import type { MatchedRow, RowMatches, UploadRow } from '../../domain/upload-rows.js';

/** Finds the books that rows mean. */
@Injectable()
export class RowMatching {
  constructor(private readonly database: Database) {}

  /** One COPY and at most three statements for all rows, each answering only what it found. No book is locked. */
  async of(uploadId: string, rows: readonly UploadRow[]): Promise<MatchedRow[]> {
    if (rows.length === 0) return [];
    await this.database.execute(WANTED_BOOKS);
    await this.database.copy(
      'pg_temp.wanted_books',
      ['place', 'id', 'isbn', 'title', 'author'],
      rows.map(({ row }, place) => [place, row.id ?? null, row.isbn, row.title, row.authors[0] ?? null]),
    );
    const matches = rows.map((): RowMatches => ({ ...NO_MATCH }));
    const look = async (sql: string): Promise<void> => {
      const found = await this.database.query<Partial<RowMatches> & { place: number }>(sql, [uploadId]);
      for (const { place, ...hit } of found) Object.assign(matches[place] ?? {}, hit);
    };
    if (rows.some(({ row }) => row.id !== undefined)) await look(BY_ID);
    if (rows.some(({ row }) => row.isbn !== null)) await look(BY_ISBN);
    if (rows.some(({ row }) => row.isbn === null)) await look(BY_TITLE);
    return rows.map((row, place) => ({ ...row, matches: matches[place] ?? NO_MATCH }));
  }
}

const NO_MATCH: RowMatches = {
  titleKey: null,
  writtenById: null,
  byId: null,
  writtenByIsbn: null,
  byIsbn: null,
  writtenByTitle: null,
  byTitle: [],
};

const WANTED_BOOKS = `
  CREATE TEMPORARY TABLE IF NOT EXISTS wanted_books (place integer, id uuid, isbn text, title text, author text)
    ON COMMIT DELETE ROWS`;

const LINE = 'SELECT min(line) FROM catalog.upload_books WHERE upload_id = $1';
/** A book that an earlier line has written is known by what that line said, so a dry run and a run agree. */
const NOT_WRITTEN = 'NOT EXISTS (SELECT FROM catalog.upload_books w WHERE w.upload_id = $1 AND w.book_id = b.id)';

const BY_ID = `
  SELECT s.place, (${LINE} AND book_id = s.id) AS "writtenById",
         (SELECT b.id FROM catalog.books b WHERE b.id = s.id AND ${NOT_WRITTEN}) AS "byId"
    FROM pg_temp.wanted_books s WHERE s.id IS NOT NULL`;

const BY_ISBN = `
  SELECT * FROM (
    SELECT s.place, (${LINE} AND isbn = s.isbn) AS "writtenByIsbn",
           (SELECT b.id FROM catalog.books b WHERE b.isbn = s.isbn AND ${NOT_WRITTEN}) AS "byIsbn"
      FROM pg_temp.wanted_books s WHERE s.isbn IS NOT NULL) AS looked
   WHERE "writtenByIsbn" IS NOT NULL OR "byIsbn" IS NOT NULL`;

/** The array keeps the planner from walking all ids in their order until one fits. */
const BY_TITLE = `
  SELECT s.place, s.title_key AS "titleKey", (${LINE} AND title_key = s.title_key) AS "writtenByTitle",
         coalesce((SELECT (array_agg(b.id ORDER BY b.id))[1:s.nth]
                     FROM catalog.book_documents d JOIN catalog.books b ON b.id = d.book_id
                    WHERE d.title_key = s.title_key AND ${NOT_WRITTEN}), '{}') AS "byTitle"
    FROM (SELECT place, title_key, row_number() OVER (PARTITION BY title_key ORDER BY place) AS nth
            FROM (SELECT place, catalog.title_key(title, author) AS title_key
                    FROM pg_temp.wanted_books WHERE isbn IS NULL OFFSET 0) AS keyed) AS s`;
