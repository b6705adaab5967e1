import { CatalogError } from './errors.js';
import type { MetadataChange } from './metadata.js';

/** An author by name, new or known (case and accents do not matter), or a known one by id. */
export type AuthorReference = string | { id: string };

/** `units`: the sum over all libraries, the default library takes the difference. `holdings`: the complete list. */
export type WantedCopies = { units: number } | { holdings: readonly WantedHolding[] };

export interface WantedHolding {
  /** Name or id. */
  library: string;
  units: number;
}

/** All that an editor says of a book; checked and in canonical form. */
export interface BookDetails {
  title: string;
  /** 13 digits. */
  isbn: string | null;
  authors: readonly AuthorReference[];
  genre: string | null;
  priceCents: number;
  description: string | null;
  publicationDate: { text: string; sortKey: number } | null;
  /** BCP 47. */
  language: string | null;
  copies: WantedCopies;
  metadata: MetadataChange;
}

/** Details that are absent stay as they are. */
export type BookChange = Partial<BookDetails>;

/** The book's own fields as they are stored: names resolved to ids. */
export interface BookFields {
  title: string;
  isbn: string | null;
  authorIds: readonly string[];
  genreId: string | null;
  priceCents: number;
  description: string | null;
  publicationDate: { text: string; sortKey: number } | null;
  language: string | null;
}

/** A book as it was loaded, locked until the end of the transaction. */
export interface Book {
  id: string;
  version: number;
  createdBy: string | null;
  fields: BookFields;
}

/** Names of the API, as `book_updated` lists them in `changed`. */
export const BOOK_FIELDS = [
  'title',
  'isbn',
  'authors',
  'genre',
  'price',
  'description',
  'publicationDate',
  'language',
  'units',
  'holdings',
  'metadata',
] as const;
export type BookField = (typeof BOOK_FIELDS)[number];

const compared: Record<Exclude<BookField, 'units' | 'holdings' | 'metadata'>, (fields: BookFields) => unknown> = {
  title: ({ title }) => title,
  isbn: ({ isbn }) => isbn,
  authors: ({ authorIds }) => authorIds.join(),
  genre: ({ genreId }) => genreId,
  price: ({ priceCents }) => priceCents,
  description: ({ description }) => description,
  publicationDate: ({ publicationDate }) => publicationDate?.text,
  language: ({ language }) => language,
};

/** The fields that differ. */
export function changedFields(before: BookFields, after: BookFields): BookField[] {
  const names = Object.keys(compared) as (keyof typeof compared)[];
  return names.filter((name) => compared[name](before) !== compared[name](after));
}

/**
 * The role author changes only what it created; the other roles that get here change everything.
 * @throws CatalogError `not-your-book`
 */
export function requireOwnBook(actor: { userId: string; role: string }, book: Pick<Book, 'createdBy'>): void {
  if (actor.role !== 'author' || book.createdBy === actor.userId) return;
  throw new CatalogError('not-your-book', 'Authors change only the books that they created.');
}
