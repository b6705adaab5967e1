import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Database, decodeCursor, encodeCursor, InvalidInput, type Page } from '@holdfast/platform';
import { Isbn } from '../domain/isbn.js';
import { BookMetadata } from './book-metadata.js';
import type { BookView } from './book.view.js';
import {
  type BookFilters,
  type BookSort,
  conditions,
  exactMatch,
  likelyMatch,
  Parameters,
  type SortPlan,
  sortPlan,
  wordsOf,
} from './book-list-sql.js';

/** Counted exactly up to here. */
const COUNTED = 10_000;
/** Books that a search for metadata can find. */
const FOUND_BY_METADATA = 10_000;

export interface BookListPage {
  /** `relevance` with a search, else `title`, when absent. */
  sort?: BookSort;
  limit: number;
  offset: number;
  cursor?: string;
}

/** A page of books; three statements whatever its size. @throws InvalidInput for a cursor that is not ours */
export class ListBooks extends Query<Page<BookView>> {
  constructor(
    readonly filters: BookFilters,
    readonly metadata: ReadonlyMap<string, string>,
    readonly page: BookListPage,
  ) {
    super();
  }
}

@QueryHandler(ListBooks)
export class ListBooksHandler implements IQueryHandler<ListBooks> {
  constructor(
    private readonly database: Database,
    private readonly metadata: BookMetadata,
  ) {}

  async execute({ filters, metadata, page }: ListBooks): Promise<Page<BookView>> {
    const search = wordsOf(filters.search ?? '').join(' ');
    const narrowed =
      metadata.size === 0 ? filters : { ...filters, ids: await this.metadata.find(metadata, FOUND_BY_METADATA) };
    const sort = page.sort ?? (search ? 'relevance' : 'title');
    if (sort === 'relevance' && !search) {
      throw new InvalidInput([{ pointer: '/sort', detail: 'relevance needs a search' }]);
    }
    const where = await this.searchCondition(search);
    const [found, count] = await Promise.all([
      this.books(narrowed, search, where, sort, page),
      this.count(narrowed, where),
    ]);
    return { ...found, ...count };
  }

  /** Every word, and only where no book has them all: what is like it. */
  private async searchCondition(search: string): Promise<(parameters: Parameters) => string[]> {
    if (!search) return () => [];
    const isbn = Isbn.parse(search)?.value ?? null;
    const parameters = new Parameters();
    const { found } = await this.database.one<{ found: boolean }>(
      `SELECT EXISTS (SELECT FROM catalog.books b WHERE ${exactMatch(search, isbn, parameters)}) AS found`,
      parameters.values,
    );
    return (bound) => [found ? exactMatch(search, isbn, bound) : likelyMatch(search, bound)];
  }

  private async books(
    filters: BookFilters,
    search: string,
    where: (parameters: Parameters) => string[],
    sort: BookSort,
    { limit, offset, cursor }: BookListPage,
  ): Promise<Pick<Page<BookView>, 'items' | 'limit' | 'offset' | 'nextCursor'>> {
    const parameters = new Parameters();
    const plan = sortPlan(sort, search, parameters);
    const all = [...where(parameters), ...conditions(filters, parameters)];
    if (cursor !== undefined) all.push(after(plan, readCursor(cursor, sort, plan), parameters));
    const skipped = cursor === undefined ? offset : 0;
    const rows = await this.database.query<{ book: BookView; key: string | number }>(
      `SELECT catalog.book_json(page.book) AS book,
              ${plan.type === 'timestamptz' ? 'platform.rfc3339(page.key)' : 'page.key'} AS key
         FROM (SELECT b AS book, ${plan.key} AS key, b.id
                 FROM catalog.books b
                WHERE ${all.join(' AND ') || 'true'}
                ORDER BY key ${plan.direction}, b.id ${plan.direction}
                LIMIT ${parameters.bind(limit + 1)} OFFSET ${parameters.bind(skipped)}) AS page
        ORDER BY page.key ${plan.direction}, page.id ${plan.direction}`,
      parameters.values,
    );
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(({ book }) => book),
      limit,
      offset: skipped,
      nextCursor: last ? encodeCursor(sort, [last.key, last.book.id]) : null,
    };
  }

  private async count(
    filters: BookFilters,
    where: (parameters: Parameters) => string[],
  ): Promise<{ total: number; totalIsEstimate?: true }> {
    const parameters = new Parameters();
    const all = [...where(parameters), ...conditions(filters, parameters)];
    const { total } = await this.database.one<{ total: number }>(
      `SELECT count(*)::int AS total
         FROM (SELECT FROM catalog.books b WHERE ${all.join(' AND ') || 'true'} LIMIT ${COUNTED + 1}) AS counted`,
      parameters.values,
    );
    return total > COUNTED ? { total: COUNTED, totalIsEstimate: true } : { total };
  }
}

const after = (plan: SortPlan, [key, id]: readonly [string | number, string], parameters: Parameters): string =>
  `(${plan.key}, b.id) ${plan.direction === 'ASC' ? '>' : '<'} (${parameters.bind(key)}::${plan.type}, ${parameters.bind(id)}::uuid)`;

function readCursor(cursor: string, sort: BookSort, { type }: SortPlan): readonly [string | number, string] {
  const [key, id] = decodeCursor(cursor, sort, [type, 'id']);
  return [key as string | number, id as string];
}
