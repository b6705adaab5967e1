import { Injectable } from '@nestjs/common';
import { newId } from '@holdfast/kernel';
import { FewerThanReserved, reasonAgainst, Titles } from '@holdfast/inventory';
import { type CopyCell, currentContext, Database, Outbox, UnitOfWork, violatedConstraint } from '@holdfast/platform';
import { BookCache } from '../../application/book-cache.js';
import { BookMetadata } from '../../application/book-metadata.js';
import { RowsOutdated, RowsRefused } from '../../application/import/book-import.js';
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
  /** As the catalogue writes them; only of a new book. */
  authorNames: readonly string[];
  /** Of a book that was there; empty: the row says nothing new. */
  changed: BookField[];
  steps: readonly UnitsStep[];
  /** All of it, or null: as it is. */
  metadata: Metadata | null;
  /** How a later row without an ISBN would mean this book; null: by its ISBN. */
  titleKey: string | null;
}

export interface LockedBook {
  version: number;
  fields: BookFields;
  /** Null where there is an ISBN. */
  titleKey: string | null;
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
    await this.database.execute('SELECT FROM catalog.books WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE', [
      ids,
    ]);
    // After the locks were got: what an editor changed meanwhile is seen.
    const books = await this.database.query<LockedRow>(LOCKED, [ids]);
    const locked = new Map(books.map((book) => [book.id, lockedBook(book)]));
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
    const all = [...added, ...changed];
    if (all.length === 0) return;
    await this.database.execute(WRITTEN_BOOKS);
    await this.database.copy('pg_temp.written_books', Object.keys(COLUMNS), copied(all));
    if (added.length > 0) await this.insert(added.length, uploadedBy);
    if (changed.some((write) => write.changed.includes('authors'))) await this.setAuthors();
    if (changed.length > 0) await this.update();
    await this.setCopies(added, changed);
    await this.metadata.stage(
      ...all.flatMap(({ bookId, version, metadata: data }) => (data ? [{ bookId, version, data }] : [])),
    );
    await this.tell();
    this.unitOfWork.afterCommit(() => this.cache.forget(...changed.map(({ bookId }) => bookId)));
  }

  private async insert(count: number, uploadedBy: string): Promise<void> {
    try {
      const { added } = await this.database.one<{ added: number }>(INSERT, [uploadedBy]);
      if (added < count) throw new RowsOutdated('an ISBN was taken meanwhile');
    } catch (error) {
      // The authors of a book whose ISBN was taken find no book.
      if (violatedConstraint(error) !== 'book_authors_book_id_fkey') throw error;
      throw new RowsOutdated('an ISBN was taken meanwhile');
    }
  }

  private async update(): Promise<void> {
    try {
      await this.database.execute(UPDATE);
    } catch (error) {
      if (violatedConstraint(error) !== 'books_isbn') throw error;
      throw new RowsOutdated('an ISBN was taken meanwhile');
    }
  }

  /** Before `update`, with which the books' documents are composed. */
  private async setAuthors(): Promise<void> {
    const changed = `pg_temp.written_books w WHERE NOT w.is_new AND w.changed LIKE '%"authors"%'`;
    await this.database.execute(`DELETE FROM catalog.book_authors WHERE book_id IN (SELECT w.book_id FROM ${changed})`);
    await this.database.execute(
      `INSERT INTO catalog.book_authors (book_id, author_id, place)
       SELECT w.book_id, listed.author_id, listed.place
         FROM (SELECT book_id, author_ids FROM ${changed}) AS w,
              unnest(w.author_ids) WITH ORDINALITY AS listed (author_id, place)`,
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

  private async tell(): Promise<void> {
    const { traceparent = null, requestId = null } = currentContext() ?? {};
    await this.database.execute(TELL, [traceparent, requestId]);
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

const COLUMNS = {
  place: 'integer',
  book_id: 'uuid',
  event_id: 'uuid',
  is_new: 'boolean',
  title: 'text',
  isbn: 'text',
  genre_id: 'uuid',
  price_cents: 'integer',
  description: 'text',
  date_text: 'text',
  date_sort: 'integer',
  language: 'text',
  author_ids: 'uuid[]',
  author_names: 'text',
  /** JSON, as an event carries it; null of a new book. */
  changed: 'text',
} as const;

function* copied(writes: readonly BookWrite[]): Generator<CopyCell[]> {
  let place = 0;
  for (const { bookId, isNew, fields, authorNames, changed } of writes) {
    const cells: Record<keyof typeof COLUMNS, CopyCell> = {
      place: place++,
      book_id: bookId,
      event_id: newId(),
      is_new: isNew,
      title: fields.title,
      isbn: fields.isbn,
      genre_id: fields.genreId,
      price_cents: fields.priceCents,
      description: fields.description,
      date_text: fields.publicationDate?.text ?? null,
      date_sort: fields.publicationDate?.sortKey ?? null,
      language: fields.language,
      author_ids: fields.authorIds,
      author_names: isNew && authorNames.length > 0 ? authorNames.join(' ') : null,
      changed: isNew ? null : JSON.stringify(changed),
    };
    yield Object.values(cells);
  }
}

const WRITTEN_BOOKS = `
  CREATE TEMPORARY TABLE IF NOT EXISTS written_books (${Object.entries(COLUMNS)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')}) ON COMMIT DELETE ROWS`;

/**
 * In the order of the unique index, so that two imports of the same new books do not wait in a circle; with their authors in
 * one statement, for at its end the books' documents are composed. `search_text` is what catalog.search_text gives.
 */
const INSERT = `
  WITH inserted AS (
    INSERT INTO catalog.books (id, title, isbn, genre_id, price_cents, description, publication_date,
                               publication_sort, language, search_text, created_by)
    SELECT book_id, title, isbn, genre_id, price_cents, description, date_text, date_sort, language,
           platform.fold(concat_ws(' ', title, isbn, author_names)), $1
      FROM pg_temp.written_books WHERE is_new ORDER BY isbn, book_id
    ON CONFLICT (isbn) DO NOTHING RETURNING id),
  linked AS (
    INSERT INTO catalog.book_authors (book_id, author_id, place)
    SELECT made.book_id, listed.author_id, listed.place
      FROM pg_temp.written_books made, unnest(made.author_ids) WITH ORDINALITY AS listed (author_id, place)
     WHERE made.is_new)
  SELECT count(*)::int AS added FROM inserted`;

/** What is searched through is folded anew only where it is something else. */
const UPDATE = `
  UPDATE catalog.books b
     SET title = w.title, isbn = w.isbn, genre_id = w.genre_id, price_cents = w.price_cents,
         description = w.description, publication_date = w.date_text, publication_sort = w.date_sort, language = w.language,
         search_text = CASE WHEN w.changed ~ '"(title|isbn|authors)"'
           THEN catalog.search_text(w.title, w.isbn, w.author_ids) ELSE b.search_text END,
         version = b.version + 1, updated_at = now()
    FROM pg_temp.written_books w WHERE b.id = w.book_id AND NOT w.is_new`;

const TELL = `
  INSERT INTO platform.outbox (id, type, subject, data, traceparent, request_id)
  SELECT w.event_id, CASE WHEN w.is_new THEN 'book_created' ELSE 'book_updated' END, 'books/' || w.book_id,
         b.json::jsonb || CASE WHEN w.is_new THEN '{}' ELSE jsonb_build_object('changed', w.changed::jsonb) END, $1, $2
    FROM pg_temp.written_books w JOIN catalog.shown_books b ON b.id = w.book_id
   ORDER BY w.place`;

const LOCKED = `
  SELECT b.id, b.version, b.title, b.isbn, b.genre_id AS "genreId", b.price_cents AS "priceCents", b.description,
         b.publication_date AS "dateText", b.publication_sort AS "dateSort", b.language, d.title_key AS "titleKey",
         ARRAY(SELECT author_id FROM catalog.book_authors WHERE book_id = b.id ORDER BY place)::text[] AS "authorIds"
    FROM catalog.books b JOIN catalog.book_documents d ON d.book_id = b.id
   WHERE b.id = ANY ($1::uuid[])`;

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
  titleKey: string | null;
  authorIds: string[];
}

const lockedBook = ({ version, dateText, dateSort, titleKey, ...row }: LockedRow): LockedBook => ({
  version,
  titleKey,
  fields: {
    title: row.title,
    isbn: row.isbn,
    authorIds: row.authorIds,
    genreId: row.genreId,
    priceCents: row.priceCents,
    description: row.description,
    publicationDate: dateText === null || dateSort === null ? null : { text: dateText, sortKey: dateSort },
    language: row.language,
  },
});
