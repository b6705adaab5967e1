import { Injectable } from '@nestjs/common';
import { Database } from '@holdfast/platform';
import type { RowMatches, UploadRow } from '../../domain/upload-rows.js';

/** Finds the books that rows mean. */
@Injectable()
export class RowMatching {
  constructor(private readonly database: Database) {}

  /** One statement for all rows; nothing is locked. */
  async of(uploadId: string, rows: readonly UploadRow[]): Promise<(UploadRow & { matches: RowMatches })[]> {
    if (rows.length === 0) return [];
    const matches = await this.database.query<RowMatches & { place: string }>(MATCHES, [
      uploadId,
      rows.map(({ row }) => row.id ?? null),
      rows.map(({ row }) => row.isbn),
      rows.map(({ row }) => row.title),
      rows.map(({ row }) => row.authors[0] ?? null),
    ]);
    const byPlace = new Map(matches.map((match) => [Number(match.place), match]));
    return rows.map((row, index) => {
      const found = byPlace.get(index + 1);
      if (!found) throw new Error('a row was lost between Node and PostgreSQL');
      return { ...row, matches: found };
    });
  }
}

const WRITTEN = 'SELECT min(line) FROM catalog.upload_books WHERE upload_id = $1';
/** A book that an earlier line has written is known by what that line said, so a dry run and a run agree. */
const NOT_WRITTEN = 'NOT EXISTS (SELECT FROM catalog.upload_books w WHERE w.upload_id = $1 AND w.book_id = b.id)';

// The array keeps the planner from walking all ids in their order until one fits.
const MATCHES = `
  SELECT wanted.place, wanted.title_key AS "titleKey",
         (${WRITTEN} AND book_id = wanted.id) AS "writtenById",
         (SELECT b.id FROM catalog.books b WHERE b.id = wanted.id AND ${NOT_WRITTEN}) AS "byId",
         (${WRITTEN} AND isbn = wanted.isbn) AS "writtenByIsbn",
         (SELECT b.id FROM catalog.books b WHERE b.isbn = wanted.isbn AND ${NOT_WRITTEN}) AS "byIsbn",
         CASE WHEN wanted.isbn IS NULL THEN (${WRITTEN} AND title_key = wanted.title_key) END AS "writtenByTitle",
         coalesce(CASE WHEN wanted.isbn IS NULL THEN (
           SELECT (array_agg(b.id ORDER BY b.id))[1:wanted.nth]
             FROM catalog.books b
             LEFT JOIN catalog.book_authors ba ON ba.book_id = b.id AND ba.place = 1
             LEFT JOIN catalog.authors a ON a.id = ba.author_id
            WHERE b.title_sort = left(platform.fold(wanted.title), 200) AND b.isbn IS NULL
              AND catalog.title_key(b.title, a.name) = wanted.title_key AND ${NOT_WRITTEN}) END, '{}') AS "byTitle"
    FROM (SELECT *, row_number() OVER (PARTITION BY title_key ORDER BY place) AS nth
            FROM (SELECT place, id, isbn, title, catalog.title_key(title, author) AS title_key
                    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[])
                         WITH ORDINALITY AS given (id, isbn, title, author, place)
                  OFFSET 0) AS keyed) AS wanted`;
