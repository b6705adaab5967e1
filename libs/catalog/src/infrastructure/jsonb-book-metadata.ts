import type { Database } from '@holdfast/platform';
import { BookMetadata, meantBy, type SqlCondition, type StagedMetadata } from '../application/book-metadata.js';
import { inOrder, type Metadata } from '../domain/metadata.js';

/** The metadata in PostgreSQL, beside the books: the stand-in for MongoDB. */
export class JsonbBookMetadata extends BookMetadata {
  constructor(private readonly database: Database) {
    super();
  }

  async stage(...changes: readonly StagedMetadata[]): Promise<void> {
    this.database.requireTransaction('BookMetadata.stage');
    const kept = changes.filter(({ data }) => data !== null);
    const gone = changes.filter(({ data }) => data === null).map(({ bookId }) => bookId);
    if (kept.length > 0) {
      await this.database.execute(
        `INSERT INTO catalog.book_metadata (book_id, version, data)
         SELECT * FROM unnest($1::uuid[], $2::int[], $3::jsonb[])
         ON CONFLICT (book_id) DO UPDATE SET version = excluded.version, data = excluded.data
          WHERE book_metadata.version < excluded.version`,
        columnsOf(kept),
      );
    }
    if (gone.length > 0)
      await this.database.execute('DELETE FROM catalog.book_metadata WHERE book_id = ANY ($1)', [gone]);
  }

  async read(bookId: string): Promise<Metadata> {
    return (await this.readMany([bookId])).get(bookId) ?? {};
  }

  column(bookId: string): string {
    return `(SELECT data FROM catalog.book_metadata WHERE book_id = ${bookId})`;
  }

  fromColumn(_bookId: string, data: Metadata | null): Promise<Metadata> {
    return Promise.resolve(inOrder(data ?? {}) as Metadata);
  }

  async readMany(bookIds: readonly string[]): Promise<Map<string, Metadata>> {
    const rows = await this.database.query<{ book_id: string; data: Metadata }>(
      'SELECT book_id, data FROM catalog.book_metadata WHERE book_id = ANY ($1)',
      [bookIds],
    );
    return new Map(rows.map(({ book_id, data }) => [book_id, inOrder(data) as Metadata]));
  }

  condition(values: ReadonlyMap<string, string>): Promise<SqlCondition> {
    const matches = containing(values);
    return Promise.resolve((bind) => `b.id IN (SELECT book_id FROM catalog.book_metadata WHERE ${matches(bind)})`);
  }

  /** Nothing ever waits: it is written in the transaction itself. */
  applyPending(): Promise<number> {
    return Promise.resolve(0);
  }

  isReady(): boolean {
    return true;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Parallel arrays of ids, versions and JSON, for `unnest`. */
export const columnsOf = (changes: readonly StagedMetadata[]): unknown[] => [
  changes.map(({ bookId }) => bookId),
  changes.map(({ version }) => version),
  changes.map(({ data }) => (data === null ? null : JSON.stringify(data))),
];

/** That a column `data` has all values; containment, which the GIN index serves. */
export const containing =
  (values: ReadonlyMap<string, string>): SqlCondition =>
  (bind) => {
    const conditions = [...values].map(([key, text]) => {
      const candidates = meantBy(text).flatMap((value) => [{ [key]: value }, { [key]: [value] }]);
      return `(${candidates.map((candidate) => `data @> ${bind(JSON.stringify(candidate))}::jsonb`).join(' OR ')})`;
    });
    return conditions.join(' AND ') || 'true';
  };
