import { Logger } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Database } from '@holdfast/platform';
import {
  canBeColumn,
  type ExportedBook,
  exportHeader,
  exportRecord,
  MOST_KEY_COLUMNS,
} from '../domain/exported-book.js';
import { BookMetadata } from './book-metadata.js';

const BATCH = 200;
/** An export is worth a longer wait than a reader's page: nobody wants the half of it. */
const METADATA_WITHIN_MS = 5_000;
const NO_BOOK = '00000000-0000-0000-0000-000000000000';

/**
 * The whole catalogue as CSV, piece by piece, books in the order of their ids. Books that are made after the beginning
 * are not in it. Each book is as it was when its batch was read: there is no snapshot over all, so that a slow reader
 * holds neither a connection nor the clean-up of the database. Between two pieces nothing is held but one batch.
 * Both the promise and the pieces fail when something cannot be read, and when the signal is aborted.
 * @throws CatalogError `metadata-unavailable`
 */
export class ExportBooks extends Query<AsyncIterable<string>> {
  constructor(readonly signal: AbortSignal) {
    super();
  }
}

@QueryHandler(ExportBooks)
export class ExportBooksHandler implements IQueryHandler<ExportBooks> {
  private readonly logger = new Logger(ExportBooksHandler.name);

  constructor(
    private readonly database: Database,
    private readonly metadata: BookMetadata,
  ) {}

  async execute({ signal }: ExportBooks): Promise<AsyncIterable<string>> {
    const newest = await this.database.maybeOne<{ id: string }>(
      'SELECT id FROM catalog.books ORDER BY id DESC LIMIT 1',
    );
    const upTo = newest?.id ?? NO_BOOK;
    return this.pieces(await this.keys(upTo, signal), upTo, signal);
  }

  /** The metadata keys that get a column: the first ones that the books have, in alphabetical order. */
  private async keys(upTo: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const keys = new Set<string>();
    for await (const books of this.batches<{ id: string }>('SELECT b.id FROM catalog.books b', upTo, signal)) {
      const found = books.flatMap(({ metadata }) => Object.keys(metadata)).filter(canBeColumn);
      for (const key of found) if (keys.size < MOST_KEY_COLUMNS) keys.add(key);
      if (keys.size === MOST_KEY_COLUMNS) break;
    }
    return new Set([...keys].sort());
  }

  private async *pieces(
    keys: ReadonlySet<string>,
    upTo: string,
    signal: AbortSignal,
  ): AsyncGenerator<string, void, undefined> {
    yield exportHeader(keys);
    try {
      for await (const books of this.batches<Omit<ExportedBook, 'metadata'>>(BOOKS, upTo, signal)) {
        yield books.map((book) => exportRecord(book, keys)).join('');
      }
    } catch (error) {
      if (!signal.aborted) this.logger.error(`an export broke off: ${(error as Error).message}`);
      throw error;
    }
  }

  private async *batches<Row extends { id: string }>(
    select: string,
    upTo: string,
    signal: AbortSignal,
  ): AsyncGenerator<(Row & Pick<ExportedBook, 'metadata'>)[], void, undefined> {
    for (let after = NO_BOOK; ;) {
      signal.throwIfAborted();
      const rows = await this.database.query<Row>(
        `${select} WHERE b.id > $1 AND b.id <= $2 ORDER BY b.id LIMIT ${BATCH}`,
        [after, upTo],
      );
      const last = rows.at(-1);
      if (!last) return;
      const ids = rows.map(({ id }) => id);
      const metadata = await this.metadata.readMany(ids, METADATA_WITHIN_MS);
      yield rows.map((row) => ({ ...row, metadata: metadata.get(row.id) ?? {} }));
      if (rows.length < BATCH) return;
      after = last.id;
    }
  }
}

const BOOKS = `
  SELECT b.id, b.title, b.isbn, b.price_cents AS "priceCents", b.publication_date AS "publicationDate",
         b.language, b.description, (SELECT g.name FROM catalog.genres g WHERE g.id = b.genre_id) AS genre,
         coalesce((SELECT json_agg(a.name ORDER BY ba.place)
                     FROM catalog.book_authors ba JOIN catalog.authors a ON a.id = ba.author_id
                    WHERE ba.book_id = b.id), '[]') AS authors,
         coalesce((SELECT json_agg(json_build_object('id', l.id, 'library', l.name, 'units', h.units) ORDER BY l.name, l.id)
                     FROM inventory.holdings h JOIN inventory.libraries l ON l.id = h.library_id
                    WHERE h.book_id = b.id), '[]') AS holdings
    FROM catalog.books b`;
