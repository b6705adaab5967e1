import { Injectable } from '@nestjs/common';
import { newId } from '@holdfast/kernel';
import { FewerThanReserved, reasonAgainst, Titles } from '@holdfast/inventory';
import { currentContext, Database, Outbox, UnitOfWork, violatedConstraint } from '@holdfast/platform';
import { BookCache } from '../../application/book-cache.js';
import { BookMetadata } from '../../application/book-metadata.js';
import { RowsOutdated, RowsRefused, type WrittenBook } from '../../application/import/book-import.js';
import type { BookField, BookFields } from '../../domain/book.js';
import { type Finding, finding } from '../../domain/csv-columns.js';
import type { Metadata } from '../../domain/metadata.js';
import type { JudgedRow } from '../../domain/upload-rows.js';
import type { UnitsStep } from './wanted-copies.js';

/** One book as a row leaves it. */
export interface BookWrite {
  line: number;
  bookId: string;
  isNew: boolean;
  /** Once it is written. */
  version: number;
  fields: BookFields;
  /** Of a book that was there; empty: the row says nothing new. */
  changed: BookField[];
  steps: readonly UnitsStep[];
  /** All of it, or null: as it is. */
  metadata: Metadata | null;
}

interface LockedBook {
  version: number;
  fields: BookFields;
}

/** The books of a chunk in SQL, with all that hangs on them. Joins the transaction. */
@Injectable()
export class BookRows {
  constructor(
    private readonly database: Database,
    private readonly unitOfWork: UnitOfWork,
    private readonly outbox: Outbox,
    private readonly titles: Titles,
    private readonly metadata: BookMetadata,
    private readonly cache: BookCache,
  ) {}

  /** Locks the books that rows mean, in the order of their ids. @throws RowsOutdated when one is another now */
  async lock(rows: readonly JudgedRow[]): Promise<Map<string, LockedBook>> {
    const ids = rows.flatMap(({ bookId }) => (bookId === null ? [] : [bookId]));
    if (ids.length === 0) return new Map();
    const books = await this.database.query<LockedRow>(
      `SELECT id, version, title, isbn, genre_id AS "genreId", price_cents AS "priceCents", description,
              publication_date AS "dateText", publication_sort AS "dateSort", language
         FROM catalog.books WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
      [ids],
    );
    // After the locks were got: what an editor changed meanwhile is seen.
    const authors = await this.database.query<{ bookId: string; authorIds: string[] }>(
      `SELECT book_id AS "bookId", json_agg(author_id ORDER BY place) AS "authorIds"
         FROM catalog.book_authors WHERE book_id = ANY ($1::uuid[]) GROUP BY book_id`,
      [ids],
    );
    const authorIds = new Map(authors.map((of) => [of.bookId, of.authorIds]));
    const locked = new Map(books.map((book) => [book.id, lockedBook(book, authorIds.get(book.id) ?? [])]));
    for (const { bookId, foundByIsbn, row } of rows) {
      if (bookId === null) continue;
      const isbn = locked.get(bookId)?.fields.isbn;
      if (isbn === undefined || (foundByIsbn && isbn !== row.isbn))
        throw new RowsOutdated('a book was changed meanwhile');
    }
    return locked;
  }

  /** @throws RowsOutdated for an ISBN that was taken meanwhile; RowsRefused for units that were reserved meanwhile */
  async write(writes: readonly BookWrite[], uploadedBy: string): Promise<void> {
    const added = writes.filter(({ isNew }) => isNew);
    const changed = writes.filter(({ isNew, changed }) => !isNew && changed.length > 0);
    if (added.length + changed.length === 0) return;
    await this.insert(added, uploadedBy);
    await this.setAuthors(changed.filter((write) => write.changed.includes('authors')));
    await this.update(changed);
    await this.setCopies(added, changed);
    await this.metadata.stage(
      ...[...added, ...changed].flatMap(({ bookId, version, metadata: data }) =>
        data ? [{ bookId, version, data }] : [],
      ),
    );
    await this.tell([...added, ...changed]);
    this.unitOfWork.afterCommit(() => this.cache.forget(...changed.map(({ bookId }) => bookId)));
  }

  /** How later lines would mean these books, as they are now. */
  async keysOf(writes: readonly BookWrite[]): Promise<WrittenBook[]> {
    if (writes.length === 0) return [];
    return this.database.query<WrittenBook>(
      `SELECT b.id AS "bookId", written.line, b.isbn,
              CASE WHEN b.isbn IS NULL THEN catalog.title_key(b.title, a.name) END AS "titleKey"
         FROM unnest($1::uuid[], $2::int[]) AS written (book_id, line)
         JOIN catalog.books b ON b.id = written.book_id
         LEFT JOIN catalog.book_authors ba ON ba.book_id = b.id AND ba.place = 1
         LEFT JOIN catalog.authors a ON a.id = ba.author_id`,
      [writes.map(({ bookId }) => bookId), writes.map(({ line }) => line)],
    );
  }

  private async insert(writes: readonly BookWrite[], uploadedBy: string): Promise<void> {
    // In the order of the unique index, so that two imports of the same new books do not wait in a circle; with their
    // authors in one statement, for at its end the books' documents are composed.
    const inserted = await this.database.query<{ id: string }>(
      `WITH made AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($1) AS made ${BOOK_COLUMNS}),
       inserted AS (
         INSERT INTO catalog.books (id, title, isbn, genre_id, price_cents, description, publication_date,
                                    publication_sort, language, search_text, created_by)
         SELECT id, title, isbn, genre_id, price_cents, description, date_text, date_sort, language,
                catalog.search_text(title, isbn, author_ids), $2
           FROM made ORDER BY isbn, id
         ON CONFLICT (isbn) DO NOTHING RETURNING id),
       linked AS (
         INSERT INTO catalog.book_authors (book_id, author_id, place)
         SELECT made.id, listed.author_id, listed.place
           FROM made JOIN inserted USING (id), unnest(made.author_ids) WITH ORDINALITY AS listed (author_id, place))
       SELECT id FROM inserted`,
      [bookRows(writes), uploadedBy],
    );
    const ids = new Set(inserted.map(({ id }) => id));
    const missing = writes.filter(({ bookId }) => !ids.has(bookId));
    if (missing.length === 0) return;
    throw new RowsOutdated(
      'an ISBN was taken meanwhile',
      missing.map(({ line }) => line),
    );
  }

  private async update(writes: readonly BookWrite[]): Promise<void> {
    if (writes.length === 0) return;
    try {
      await this.database.execute(
        `UPDATE catalog.books b
            SET title = said.title, isbn = said.isbn, genre_id = said.genre_id, price_cents = said.price_cents,
                description = said.description, publication_date = said.date_text, publication_sort = said.date_sort,
                language = said.language, search_text = catalog.search_text(said.title, said.isbn, said.author_ids),
                version = b.version + 1, updated_at = now()
           FROM jsonb_to_recordset($1) AS said ${BOOK_COLUMNS}
          WHERE b.id = said.id`,
        [bookRows(writes)],
      );
    } catch (error) {
      if (violatedConstraint(error) !== 'books_isbn') throw error;
      throw new RowsOutdated('an ISBN was taken meanwhile');
    }
  }

  /** Before `update`, with which the books' documents are composed. */
  private async setAuthors(writes: readonly BookWrite[]): Promise<void> {
    if (writes.length === 0) return;
    const ids = writes.map(({ bookId }) => bookId);
    await this.database.execute('DELETE FROM catalog.book_authors WHERE book_id = ANY ($1::uuid[])', [ids]);
    const links = writes.flatMap(({ bookId, fields }) =>
      fields.authorIds.map((authorId, index) => ({ bookId, authorId, place: index + 1 })),
    );
    await this.database.execute(
      `INSERT INTO catalog.book_authors (book_id, author_id, place)
       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[])`,
      [links.map((link) => link.bookId), links.map((link) => link.authorId), links.map((link) => link.place)],
    );
  }

  private async setCopies(added: readonly BookWrite[], changed: readonly BookWrite[]): Promise<void> {
    if (added.length > 0) await this.titles.open(added.map(({ bookId, steps }) => ({ bookId, holdings: steps })));
    try {
      await this.titles.setUnits(changed.flatMap(({ bookId, steps }) => steps.map((step) => ({ bookId, ...step }))));
    } catch (error) {
      if (!(error instanceof FewerThanReserved)) throw error;
      throw new RowsRefused(refusalsOf(error, changed));
    }
  }

  private async tell(writes: readonly BookWrite[]): Promise<void> {
    await this.database.execute(
      `INSERT INTO platform.outbox (id, type, subject, data, traceparent)
       SELECT told.event_id, CASE WHEN told.changed IS NULL THEN 'book_created' ELSE 'book_updated' END, 'books/' || b.id,
              b.json::jsonb
                || CASE WHEN told.changed IS NULL THEN '{}' ELSE jsonb_build_object('changed', told.changed::jsonb) END, $4
         FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS told (book_id, event_id, changed, place)
         JOIN catalog.shown_books b ON b.id = told.book_id
        ORDER BY told.place`,
      [
        writes.map(({ bookId }) => bookId),
        writes.map(() => newId()),
        writes.map(({ isNew, changed }) => (isNew ? null : JSON.stringify(changed))),
        currentContext()?.traceparent ?? null,
      ],
    );
    this.outbox.wakeRelay();
  }
}

/** By line. A row with more than one reason tells the first. */
function refusalsOf({ refused }: FewerThanReserved, writes: readonly BookWrite[]): Map<number, Finding> {
  const lines = new Map(writes.map(({ bookId, line }) => [bookId, line]));
  const reasons = refused.toReversed().map((units) => {
    const line = lines.get(units.bookId);
    if (line === undefined) throw new Error('units were refused that no row wants');
    return [line, finding('units', String(units.to), reasonAgainst(units))] as const;
  });
  return new Map(reasons);
}

interface LockedRow {
  id: string;
  version: number;
  title: string;
  isbn: string | null;
  genreId: string | null;
  priceCents: number;
  description: string | null;
  dateText: string | null;
  dateSort: number | null;
  language: string | null;
}

const lockedBook = ({ version, dateText, dateSort, ...row }: LockedRow, authorIds: string[]): LockedBook => ({
  version,
  fields: {
    title: row.title,
    isbn: row.isbn,
    authorIds,
    genreId: row.genreId,
    priceCents: row.priceCents,
    description: row.description,
    publicationDate: dateText === null || dateSort === null ? null : { text: dateText, sortKey: dateSort },
    language: row.language,
  },
});

const BOOK_COLUMNS = `(id uuid, title text, isbn text, genre_id uuid, price_cents integer, description text,
  date_text text, date_sort integer, language text, author_ids uuid[])`;

const bookRows = (writes: readonly BookWrite[]): string =>
  JSON.stringify(
    writes.map(({ bookId, fields }) => ({
      id: bookId,
      title: fields.title,
      isbn: fields.isbn,
      genre_id: fields.genreId,
      price_cents: fields.priceCents,
      description: fields.description,
      date_text: fields.publicationDate?.text ?? null,
      date_sort: fields.publicationDate?.sortKey ?? null,
      language: fields.language,
      author_ids: fields.authorIds,
    })),
  );
