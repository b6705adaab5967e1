import { type Database, ReadyJson } from '@holdfast/platform';
import { bookNotFound } from '../domain/errors.js';
import type { Metadata } from '../domain/metadata.js';
import { type BookMetadata, unlessAway } from './book-metadata.js';

/** A book as the API shows it, but for its metadata (BookView): finished JSON. */
export interface ShownBook {
  id: string;
  version: number;
  json: string;
}

/** In the state that the current transaction sees. @throws CatalogError `book-not-found` */
export async function readBook(database: Database, id: string): Promise<ShownBook> {
  const [book] = await database.prepared<ShownBook>(
    'book_read',
    'SELECT id, version, json FROM catalog.shown_books WHERE id = $1',
    [id],
  );
  if (!book) throw bookNotFound();
  return book;
}

/** As `readBook`, with its metadata, in one statement where PostgreSQL knows that too. */
export async function readWholeBook(
  database: Database,
  metadata: BookMetadata,
  id: string,
): Promise<ShownBookWithMetadata> {
  const [book] = await database.prepared<ShownBook & { known: unknown }>(
    'book_read_whole',
    `SELECT id, version, json, ${metadata.column('shown.id')} AS known FROM catalog.shown_books shown WHERE id = $1`,
    [id],
  );
  if (!book) throw bookNotFound();
  return new ShownBookWithMetadata(book, await unlessAway(metadata.fromColumn(id, book.known)));
}

/** With its metadata (BookWithMetadataView); null: its store does not answer. */
export class ShownBookWithMetadata {
  constructor(
    private readonly book: ShownBook,
    readonly metadata: Metadata | null,
  ) {}

  get id(): string {
    return this.book.id;
  }

  get version(): number {
    return this.book.version;
  }

  answer(): ReadyJson {
    const metadata = JSON.stringify(this.metadata) + (this.metadata ? '' : ',"metadataUnavailable":true');
    return ReadyJson.ofResource(`${this.book.json.slice(0, -1)},"metadata":${metadata}}`, this.version);
  }
}
