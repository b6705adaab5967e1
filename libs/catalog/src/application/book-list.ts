import { type Database, decodeCursor, encodeCursor, InvalidInput, type Page } from '@holdfast/platform';
import {
  type BookSort,
  conditions,
  Parameters,
  type ResolvedFilters,
  type SortPlan,
  sortPlan,
} from './book-list-sql.js';
import type { BookSearch } from './book-search.js';
import { LongLists } from './long-lists.js';

const BOUNDS = {
  /** Counted exactly up to here. */
  counted: 10_000,
  /** Where the planner expects more, the page is looked for in order before the books are counted. */
  expected: 10_000,
  /** Where it expects more, enough to count are found soon by reading one book after the other. */
  everywhere: 100_000,
  /** Books that are looked through in order before all that match are fetched and sorted. */
  walked: 5_000,
};

interface FoundBook {
  id: string;
  /** Finished, as the API shows it. */
  json: string;
  key: string | number;
  /** Of the search, when that is the order; else 0. */
  distance: number;
}

/** Where a page begins: after the last book of the one before. */
type Place = Omit<FoundBook, 'json'>;

/** A part of the list: all of it, or with relevance the books at one distance. */
interface Stretch {
  limit: number;
  offset: number;
  after?: Place;
  distance?: number;
}

/**
 * A list of books in an order, read by bounded plans: where many books match, the first of them come soon in the index of
 * the order, and where few do they are fetched and sorted. Both give the same books in the same order (docs/search.md).
 */
export class BookList {
  private readonly plan: SortPlan;
  private readonly after: Place | undefined;
  /** One more than the page has, to know whether another follows. */
  private readonly wanted: Stretch;

  /** Other bounds give the same books. @throws InvalidInput for a cursor that is not ours, and an offset beyond what is counted of a narrowed list */
  constructor(
    private readonly database: Database,
    private readonly filters: ResolvedFilters,
    private readonly search: BookSearch | null,
    private readonly sort: BookSort,
    private readonly window: { limit: number; offset: number; cursor?: string },
    private readonly bounds = BOUNDS,
  ) {
    this.plan = sortPlan[sort];
    this.after = window.cursor === undefined ? undefined : this.placeOf(window.cursor);
    this.wanted = { limit: window.limit + 1, offset: this.after ? 0 : window.offset, after: this.after };
    if (this.isNarrowed && this.wanted.offset > this.bounds.counted) {
      const detail = `must not be greater than ${this.bounds.counted} with a search or a filter; the cursor leads on`;
      throw new InvalidInput([{ pointer: '/offset', detail }]);
    }
  }

  searchingFor(search: BookSearch): BookList {
    return new BookList(this.database, this.filters, search, this.sort, this.window, this.bounds);
  }

  async page(longLists = new LongLists()): Promise<Page<string>> {
    const parameters = new Parameters();
    const list = JSON.stringify([this.conditions(parameters), parameters.values]);
    if (longLists.has(list)) return this.pageOf(this.bounds.counted + 1, await this.many());
    const { total, books } = await this.counted();
    if (total > this.bounds.counted) longLists.add(list);
    return this.pageOf(total, books);
  }

  private async counted(): Promise<{ total: number; books: FoundBook[] }> {
    if (!this.isNarrowed) {
      const [total, books] = await Promise.all([this.count(() => []), this.many()]);
      return { total, books };
    }
    const expected = await this.expected();
    if (expected > this.bounds.expected) {
      const isEverywhere = expected > this.bounds.everywhere;
      const total = await this.count((bound) => this.conditions(bound, isEverywhere));
      return { total, books: total > 0 ? await this.many() : [] };
    }
    const { total, books } = await this.few();
    return { total, books: total > this.bounds.counted ? await this.many() : books };
  }

  /** Whether the search, of which the page showed nothing, finds a book without the filters. */
  async hasHiddenHits(): Promise<boolean> {
    if (this.filtered(new Parameters()).length === 0) return false;
    const parameters = new Parameters();
    const { found } = await this.database.one<{ found: boolean }>(
      `SELECT EXISTS (SELECT FROM catalog.books b WHERE ${this.search?.matches(parameters) ?? 'true'}) AS found`,
      parameters.values,
    );
    return found;
  }

  /** The number of books that the planner thinks will match: decides what is done first, never what is found. */
  private async expected(): Promise<number> {
    const parameters = new Parameters();
    const { 'QUERY PLAN': plans } = await this.database.one<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
      `EXPLAIN (FORMAT JSON) SELECT FROM catalog.books b WHERE ${and(this.conditions(parameters))}`,
      parameters.values,
    );
    return plans[0].Plan['Plan Rows'];
  }

  /** The number of books that match, and of no more than are counted the page. */
  private async few(): Promise<{ total: number; books: FoundBook[] }> {
    const parameters = new Parameters();
    const distance = (this.isRanked ? this.search?.distance(parameters) : undefined) ?? '0';
    const rows = await this.database.query<{ total: number } & (FoundBook | { id: null })>(
      `WITH hits AS MATERIALIZED (
         SELECT b.id, b.title_sort, b.price_cents, b.publication_sort, b.created_at, b.search_text
           FROM catalog.books b WHERE ${and(this.conditions(parameters))} LIMIT ${this.bounds.counted + 1}),
       counted AS MATERIALIZED (SELECT count(*)::int AS total FROM hits),
       page AS (
         SELECT b.id, ${this.plan.key} AS key, b.distance
           FROM (SELECT b.*, ${distance} AS distance FROM hits b WHERE (SELECT total FROM counted) <= ${this.bounds.counted}) AS b
          WHERE ${and(this.isAfter(this.after, parameters, this.isRanked ? 'b.distance' : undefined))}
          ORDER BY b.distance, ${this.order('b.id')}
          LIMIT ${parameters.bind(this.wanted.limit)} OFFSET ${parameters.bind(this.wanted.offset)})
       SELECT counted.total, ${this.shown}
         FROM counted LEFT JOIN (page JOIN catalog.shown_books shown ON shown.id = page.id) ON true
        ORDER BY page.distance, page.${this.order('page.id')}`,
      parameters.values,
    );
    return {
      total: rows[0]?.total ?? 0,
      books: rows.filter((row): row is typeof row & FoundBook => row.id !== null),
    };
  }

  private async many(): Promise<FoundBook[]> {
    const found: FoundBook[] = [];
    let { offset } = this.wanted;
    for (const distance of this.distances) {
      const after = this.isRanked && this.after?.distance !== distance ? undefined : this.after;
      const books = await this.stretch({ limit: this.wanted.limit - found.length, offset, after, distance });
      found.push(...books);
      if (found.length === this.wanted.limit) break;
      if (books.length > 0) offset = 0;
      else if (offset > 0 && distance !== this.distances.at(-1))
        offset -= await this.count((bound) => [...this.conditions(bound), ...this.at(distance, bound)]);
    }
    return found;
  }

  /** Walks along the index of the order; where that leads to too few books, all that match are fetched and sorted. */
  private stretch({ limit, offset, after, distance }: Stretch): Promise<FoundBook[]> {
    const parameters = new Parameters();
    const begin = this.isAfter(after, parameters);
    // A title that begins with what was typed has all its words.
    const hits = distance === 0 ? this.filtered(parameters) : this.conditions(parameters);
    (distance === 0 ? begin : hits).push(...this.at(distance, parameters));
    const end = offset + limit;
    const isFull = `(SELECT count(*) FROM walked) = ${end}`;
    const walked = `
      SELECT b.id, b.key
        FROM (SELECT b.*, ${this.plan.key} AS key FROM catalog.books b WHERE ${and(begin)}
               ORDER BY ${this.order('b.id')} LIMIT ${hits.length === 0 ? end : Math.max(this.bounds.walked, 5 * end)}) AS b
       WHERE ${and(hits)} ORDER BY ${this.order('b.id')} LIMIT ${end}`;
    const fetched = `
      SELECT b.id, ${this.plan.key} AS key FROM catalog.books b WHERE NOT ${isFull} AND ${and([...begin, ...hits])}`;
    return this.read(
      `WITH walked AS MATERIALIZED (${walked}),
       ${hits.length === 0 ? '' : `fetched AS MATERIALIZED (${fetched}),`}
       page AS (
         SELECT id, key, ${distance ?? 0} AS distance
           FROM (${hits.length === 0 ? 'TABLE walked' : `SELECT * FROM walked WHERE ${isFull} UNION ALL TABLE fetched`}) AS b
          ORDER BY ${this.order('id')} LIMIT ${limit} OFFSET ${offset})
       SELECT ${this.shown} FROM page JOIN catalog.shown_books shown ON shown.id = page.id ORDER BY page.${this.order('page.id')}`,
      parameters.values,
    );
  }

  /** What is asked for most is planned once. The name says all that its text depends on. */
  private read(sql: string, values: readonly unknown[]): Promise<FoundBook[]> {
    const { limit, offset, cursor } = this.window;
    if (this.isNarrowed || limit !== COMMON_LIMIT || offset > 0) return this.database.query<FoundBook>(sql, values);
    return this.database.prepared(`books_${this.sort}_${cursor === undefined ? 'first' : 'after'}`, sql, values);
  }

  private async count(conditionsOf: (parameters: Parameters) => string[]): Promise<number> {
    const parameters = new Parameters();
    const { total } = await this.database.one<{ total: number }>(
      `SELECT count(*)::int AS total
         FROM (SELECT FROM catalog.books b WHERE ${and(conditionsOf(parameters))} LIMIT ${this.bounds.counted + 1}) AS counted`,
      parameters.values,
    );
    return total;
  }

  /** With relevance, the distances that the page can have books at. */
  private get distances(): readonly (number | undefined)[] {
    if (!this.isRanked || !this.search) return [undefined];
    const from = this.after?.distance ?? 0;
    return this.search.distances.filter((distance) => distance >= from);
  }

  private get isRanked(): boolean {
    return this.sort === 'relevance';
  }

  private get isNarrowed(): boolean {
    return this.conditions(new Parameters()).length > 0;
  }

  private conditions(parameters: Parameters, isEverywhere = false): string[] {
    return [...(this.search ? [this.search.matches(parameters, isEverywhere)] : []), ...this.filtered(parameters)];
  }

  private filtered(parameters: Parameters): string[] {
    return conditions(this.filters, parameters, this.search !== null);
  }

  private at(distance: number | undefined, parameters: Parameters): string[] {
    return this.search && distance !== undefined ? [this.search.isAt(distance, parameters)] : [];
  }

  private order(id: string): string {
    return `key ${this.plan.direction}, ${id} ${this.plan.direction}`;
  }

  /** The columns of a page's row, with the key as a cursor holds it. */
  private get shown(): string {
    return `shown.id, shown.json, page.distance,
            ${this.plan.type === 'timestamptz' ? 'platform.rfc3339(page.key)' : 'page.key'} AS key`;
  }

  private isAfter(place: Place | undefined, parameters: Parameters, distance?: string): string[] {
    if (!place) return [];
    const { key, type, direction } = this.plan;
    const from = `${parameters.bind(place.key)}::${type}, ${parameters.bind(place.id)}::uuid`;
    if (distance) return [`(${distance}, ${key}, b.id) > (${place.distance}, ${from})`];
    return [`(${key}, b.id) ${direction === 'ASC' ? '>' : '<'} (${from})`];
  }

  private placeOf(cursor: string): Place {
    if (!this.isRanked) {
      const [key = '', id] = decodeCursor(cursor, this.sort, [this.plan.type, 'id']);
      return { distance: 0, key, id: String(id) };
    }
    const [distance, key = '', id] = decodeCursor(cursor, this.sort, ['integer', 'text', 'id']);
    return { distance: Number(distance), key, id: String(id) };
  }

  private pageOf(total: number, found: readonly FoundBook[]): Page<string> {
    const shown = found.slice(0, this.window.limit);
    const last = found.length > this.window.limit ? shown.at(-1) : undefined;
    const place = last && [...(this.isRanked ? [last.distance] : []), last.key, last.id];
    return {
      items: shown.map(({ json }) => json),
      limit: this.window.limit,
      offset: this.wanted.offset,
      nextCursor: place ? encodeCursor(this.sort, place) : null,
      ...(total > this.bounds.counted ? { total: this.bounds.counted, totalIsEstimate: true } : { total }),
    };
  }
}

/** The default of the API. */
const COMMON_LIMIT = 20;

const and = (conditions: readonly string[]): string => conditions.join(' AND ') || 'true';
