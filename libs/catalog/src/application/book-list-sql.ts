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
  /** Only these; for what another store has found. */
  ids?: readonly string[];
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

const MOST_WORDS = 12;

/** Control characters and halves of surrogate pairs, which no text has, count as spaces. */
export const wordsOf = (search: string): string[] =>
  search
    .normalize('NFC')
    .split(/[\s\p{Cc}\p{Cs}]+/u)
    .filter(Boolean)
    .slice(0, MOST_WORDS);

/** The sort keys come from this table only. Books without a date are last in both directions. */
export function sortPlan(sort: BookSort, search: string, parameters: Parameters): SortPlan {
  const direction = sort.startsWith('-') || sort === 'relevance' ? 'DESC' : 'ASC';
  switch (sort) {
    case 'title':
    case '-title':
      return { key: 'b.title_sort', type: 'text', direction };
    case 'price':
    case '-price':
      return { key: 'b.price_cents', type: 'integer', direction };
    case 'publicationDate':
      return { key: 'coalesce(b.publication_sort, 1000000000)', type: 'integer', direction };
    case '-publicationDate':
      return { key: 'coalesce(b.publication_sort, -1000000000)', type: 'integer', direction };
    case 'createdAt':
    case '-createdAt':
      return { key: 'b.created_at', type: 'timestamptz', direction };
    case 'relevance':
      return { key: relevance(parameters.bind(wordsOf(search).join(' '))), type: 'integer', direction };
  }
}

/** The title itself, then titles that begin so, then by likeness. Whole numbers, so that a cursor is exact. */
const relevance = (typed: string): string => `(
  CASE WHEN b.title_sort = platform.fold(${typed}) THEN 3000
       WHEN starts_with(b.title_sort, platform.fold(${typed})) THEN 2000 ELSE 0 END
  + (1000 * public.word_similarity(platform.fold(${typed}), b.search_text))::integer)`;

/** Books that have every word; an ISBN in whatever form counts as its 13 digits. */
export function exactMatch(search: string, isbn: string | null, parameters: Parameters): string {
  const words = wordsOf(search).map((word) => `b.search_text LIKE catalog.containing(${parameters.bind(word)})`);
  const all = words.join(' AND ') || 'true';
  return isbn ? `(${all} OR b.isbn = ${parameters.bind(isbn)})` : `(${all})`;
}

/** Books that are like what was typed. */
export const likelyMatch = (search: string, parameters: Parameters): string =>
  `b.id IN (SELECT catalog.books_like(${parameters.bind(wordsOf(search).join(' '))}))`;

/** The conditions of all filters but the search. */
export function conditions(filters: BookFilters, parameters: Parameters): string[] {
  const on = <T>(value: T | undefined, condition: (placeholder: string) => string): string[] =>
    value === undefined ? [] : [condition(parameters.bind(value))];
  return [
    ...on(filters.genre, (p) => `b.genre_id IN (SELECT id FROM catalog.genres g WHERE ${isNamed('g', p)})`),
    ...on(
      filters.author,
      (p) => `EXISTS (SELECT FROM catalog.book_authors ba JOIN catalog.authors a ON a.id = ba.author_id
                       WHERE ba.book_id = b.id AND ${isNamed('a', p)})`,
    ),
    ...on(filters.language, (p) => `(b.language = ${p} OR starts_with(b.language, ${p} || '-'))`),
    ...on(filters.isbn, (p) => `b.isbn = ${p}`),
    ...on(filters.minPriceCents, (p) => `b.price_cents >= ${p}`),
    ...on(filters.maxPriceCents, (p) => `b.price_cents <= ${p}`),
    ...on(filters.publishedFrom, (p) => `b.publication_sort >= ${p}`),
    ...on(filters.publishedTo, (p) => `b.publication_sort <= ${p}`),
    ...on(filters.ids, (p) => `b.id = ANY (${p}::uuid[])`),
    ...copies(filters, parameters),
  ];
}

/** `available` counts the copies of the library when one is named. */
function copies({ available, library }: BookFilters, parameters: Parameters): string[] {
  if (available === undefined && library === undefined) return [];
  const where = library === undefined ? 'true' : isNamed('l', parameters.bind(library), 'platform.fold(l.name)');
  const holding = (condition: string): string =>
    `EXISTS (SELECT FROM inventory.holdings h JOIN inventory.libraries l ON l.id = h.library_id
              WHERE h.book_id = b.id AND ${condition} AND ${where})`;
  const held = library === undefined ? [] : [holding('h.units > 0')];
  if (available === undefined) return held;
  return [...held, available ? holding('h.units > h.reserved') : `NOT ${holding('h.units > h.reserved')}`];
}

/** By id where the text is one, else by folded name. */
const isNamed = (alias: string, placeholder: string, folded = `${alias}.folded`): string =>
  `(${folded} = platform.fold(${placeholder}::text) OR ${alias}.id::text = lower(${placeholder}::text))`;
