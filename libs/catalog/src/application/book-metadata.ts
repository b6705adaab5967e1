import { CatalogError } from '../domain/errors.js';
import type { Metadata } from '../domain/metadata.js';

/** The metadata of a book as of a version of the book; null: the book is gone. */
export interface StagedMetadata {
  bookId: string;
  version: number;
  data: Metadata | null;
}

/** A condition in SQL on `catalog.books b`; `bind` takes a parameter and gives its placeholder. */
export type SqlCondition = (bind: (value: unknown) => string) => string;

/** Where the metadata of books is kept: MongoDB, or JSONB in PostgreSQL. One contract suite runs on both. */
export abstract class BookMetadata {
  /**
   * Writes within the current transaction: seen by every read after the commit, and never without it. Applied once
   * and in the order of the versions, however often and late it is tried.
   */
  abstract stage(...changes: readonly StagedMetadata[]): Promise<void>;

  /** `{}` where there is none. @throws CatalogError `metadata-unavailable` within 300 ms */
  abstract read(bookId: string): Promise<Metadata>;

  /**
   * Spares a read of its own: an SQL expression over a book's id, for the statement that reads the book. `fromColumn` makes
   * the metadata of its value, and asks the store where PostgreSQL does not know it.
   */
  abstract column(bookId: string): string;

  /** As `read`. @throws CatalogError `metadata-unavailable` within 300 ms */
  abstract fromColumn(bookId: string, value: unknown): Promise<Metadata>;

  /**
   * By book; books without metadata are absent.
   * @throws CatalogError `metadata-unavailable` within 300 ms, or within as many as the caller can wait
   */
  abstract readMany(bookIds: readonly string[], withinMs?: number): Promise<Map<string, Metadata>>;

  /**
   * That a book has all these values under these keys: for the statement that lists books. A value counts as the text, as
   * the number or the truth value that it is written as, and as one of the members of a list.
   * @throws InvalidInput where the store knows more such books than it can name; CatalogError `metadata-unavailable`
   * within 300 ms
   */
  abstract condition(values: ReadonlyMap<string, string>): Promise<SqlCondition>;

  /** Brings what was staged but did not arrive to the store; gives the number of books that still wait. */
  abstract applyPending(): Promise<number>;

  /** Whether the store answered lately; asks nobody. */
  abstract isReady(): boolean;

  abstract close(): Promise<void>;
}

/** The JSON values that a search for a text means. */
export function meantBy(text: string): (string | number | boolean)[] {
  if (text === 'true' || text === 'false') return [text, text === 'true'];
  return text !== '' && String(Number(text)) === text && Number.isFinite(Number(text)) ? [text, Number(text)] : [text];
}

/** Null where the store does not answer. */
export async function unlessAway(read: Promise<Metadata>): Promise<Metadata | null> {
  try {
    return await read;
  } catch (error) {
    if (isMetadataAway(error)) return null;
    throw error;
  }
}

export const isMetadataAway = (error: unknown): boolean =>
  error instanceof CatalogError && error.code === 'metadata-unavailable';
