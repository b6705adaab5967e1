import { isId } from '@holdfast/kernel';
import type { Database } from '@holdfast/platform';
import type { SqlCondition } from './book-metadata.js';

/** What a list of books is narrowed to; everything is optional and joined by "and". */
export interface BookFilters {
  /** As typed; looked for in title, authors and ISBN. */
  search?: string;
  /** Id or name, as with author and library; case and accents do not count. */
  genre?: string;
  author?: string;
  /** BCP 47; `en` finds `en-US` too. */
  language?: string;
  isbn?: string;
  minPriceCents?: number;
  maxPriceCents?: number;
  /** PublicationDate.sortKey. */
  publishedFrom?: number;
  publishedTo?: number;
  available?: boolean;
  library?: string;
}

/** Filters whose names are resolved: the planner must know which author it is to know whether the books are many. */
export interface ResolvedFilters extends Omit<BookFilters, 'search' | 'genre' | 'author' | 'library'> {
  genreIds?: readonly string[];
  authorIds?: readonly string[];
  /** Their names. */
  authorNames?: readonly string[];
  libraryIds?: readonly string[];
  /** What their metadata must have. */
  metadata?: SqlCondition;
}

export const bookSorts = [
  'title',
  '-title',
  'price',
  '-price',
  'publicationDate',
  '-publicationDate',
  'createdAt',
  '-createdAt',
  'relevance',
] as const;
export type BookSort = (typeof bookSorts)[number];

export interface SortPlan {
  /** An expression over `b` that is never null; the order is (key, b.id), both in one direction. */
  key: string;
  type: 'text' | 'integer' | 'timestamptz';
  direction: 'ASC' | 'DESC';
}

/** Collects the parameters of a statement. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Gives the placeholder. */
  bind(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

/** The sort keys come from this table only. Books without a date are last in both directions. */
export const sortPlan: Record<BookSort, SortPlan> = {
  title: { key: 'b.title_sort', type: 'text', direction: 'ASC' },
  '-title': { key: 'b.title_sort', type: 'text', direction: 'DESC' },
  price: { key: 'b.price_cents', type: 'integer', direction: 'ASC' },
  '-price': { key: 'b.price_cents', type: 'integer', direction: 'DESC' },
  publicationDate: { key: 'coalesce(b.publication_sort, 1000000000)', type: 'integer', direction: 'ASC' },
  '-publicationDate': { key: 'coalesce(b.publication_sort, -1000000000)', type: 'integer', direction: 'DESC' },
  createdAt: { key: 'b.created_at', type: 'timestamptz', direction: 'ASC' },
  '-createdAt': { key: 'b.created_at', type: 'timestamptz', direction: 'DESC' },
  // Of the books at one distance of the search; the nearest come first.
  relevance: { key: 'b.title_sort', type: 'text', direction: 'ASC' },
};

/** The conditions of all filters but the search, with which few books are looked at. */
export function conditions(filters: ResolvedFilters, parameters: Parameters, hasSearch: boolean): string[] {
  const on = <T>(value: T | undefined, condition: (placeholder: string) => string): string[] =>
    value === undefined ? [] : [condition(parameters.bind(value))];
  return [
    ...on(filters.genreIds, (p) => `b.genre_id = ANY (${p}::uuid[])`),
    ...authors(filters, parameters, hasSearch),
    ...on(filters.language, (p) => `(b.language = ${p} OR b.language LIKE ${p} || '-%')`),
    ...on(filters.isbn, (p) => `b.isbn = ${p}`),
    ...on(filters.minPriceCents, (p) => `b.price_cents >= ${p}`),
    ...on(filters.maxPriceCents, (p) => `b.price_cents <= ${p}`),
    // As the indexes of the sorts have it; a book without a date is in neither.
    ...on(filters.publishedFrom, (p) => `coalesce(b.publication_sort, -1000000000) >= ${p}`),
    ...on(filters.publishedTo, (p) => `coalesce(b.publication_sort, 1000000000) <= ${p}`),
    ...(filters.metadata ? [filters.metadata((value) => parameters.bind(value))] : []),
    ...copies(filters, parameters, hasSearch),
  ];
}

/**
 * Who wrote the book stands in its search_text too: so the index of a search holds the books of an author together with
 * what is searched for, and only of these is asked who the author is. That must not become a join, hence the LIMIT.
 */
function authors({ authorIds, authorNames }: ResolvedFilters, parameters: Parameters, hasSearch: boolean): string[] {
  if (authorIds === undefined) return [];
  const ids = `author_id = ANY (${parameters.bind(authorIds)}::uuid[])`;
  if (!hasSearch || !authorNames?.length) return [`b.id IN (SELECT book_id FROM catalog.book_authors WHERE ${ids})`];
  const named = authorNames.map((name) => `b.search_text LIKE catalog.containing(${parameters.bind(name)})`);
  return [`(${named.join(' OR ')})`, `(SELECT true FROM catalog.book_authors WHERE book_id = b.id AND ${ids} LIMIT 1)`];
}

/** `available` counts the copies of the library when one is named. */
function copies({ available, libraryIds }: ResolvedFilters, parameters: Parameters, fewBooks: boolean): string[] {
  if (available === undefined && libraryIds === undefined) return [];
  const free = available === undefined ? 'h.units > 0' : 'h.units > h.reserved';
  const where = libraryIds === undefined ? '' : `AND h.library_id = ANY (${parameters.bind(libraryIds)}::uuid[])`;
  const holding = (condition: string): string =>
    `EXISTS (SELECT FROM inventory.holdings h WHERE h.book_id = b.id AND ${condition} ${where})`;
  if (libraryIds !== undefined) {
    return available === false ? [holding('h.units > 0'), `NOT ${holding(free)}`] : [holding(free)];
  }
  // An aggregate is computed for each book; EXISTS makes a hash table of the holdings of all.
  const any = fewBooks
    ? `coalesce((SELECT bool_or(${free}) FROM inventory.holdings h WHERE h.book_id = b.id), false)`
    : holding(free);
  return [available ? any : `NOT ${any}`];
}

const NAMED = {
  genreIds: ['genre', 'id', 'catalog.genres', 'folded'],
  authorIds: ['author', 'id', 'catalog.authors', 'folded'],
  authorNames: ['author', 'name', 'catalog.authors', 'folded'],
  libraryIds: ['library', 'id', 'inventory.libraries', 'platform.fold(name)'],
} as const;

/** Names become ids: by id where the text is one, else by folded name. No statement where no filter names anything. */
export async function resolve(database: Database, filters: BookFilters): Promise<ResolvedFilters> {
  const { search: _search, genre: _genre, author: _author, library: _library, ...resolved } = filters;
  const parameters = new Parameters();
  const columns = Object.entries(NAMED).flatMap(([column, [filter, found, table, folded]]) => {
    const named = filters[filter];
    if (named === undefined) return [];
    const isIt = isId(named)
      ? `id = ${parameters.bind(named)}`
      : `${folded} = platform.fold(${parameters.bind(named)})`;
    return [`ARRAY(SELECT ${found} FROM ${table} WHERE ${isIt}) AS "${column}"`];
  });
  if (columns.length === 0) return resolved;
  return { ...resolved, ...(await database.one(`SELECT ${columns.join(', ')}`, parameters.values)) };
}
