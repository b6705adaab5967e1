import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';

import { Database, decodeCursor, encodeCursor, type Page } from '@holdfast/platform';
import { CatalogError } from '../domain/errors.js';
import { Parameters } from './book-list-sql.js';
import { wordsOf } from './book-search.js';
import type { HeadingKind } from './headings.js';
import type { HeadingView } from './headings.view.js';

const TABLE: Record<HeadingKind, string> = { author: 'catalog.authors', genre: 'catalog.genres' };
const HEADING = `id, name, version, platform.rfc3339(created_at) AS "createdAt", platform.rfc3339(updated_at) AS "updatedAt"`;
const COUNTED = 10_000;

/** An author or a genre. @throws CatalogError `<kind>-not-found` */
export class GetHeading extends Query<HeadingView> {
  constructor(
    readonly kind: HeadingKind,
    readonly id: string,
  ) {
    super();
  }
}

@QueryHandler(GetHeading)
export class GetHeadingHandler implements IQueryHandler<GetHeading> {
  constructor(private readonly database: Database) {}

  async execute({ kind, id }: GetHeading): Promise<HeadingView> {
    const heading = await this.database.maybeOne<HeadingView>(`SELECT ${HEADING} FROM ${TABLE[kind]} WHERE id = $1`, [
      id,
    ]);
    if (!heading) throw new CatalogError(`${kind}-not-found`, `There is no such ${kind}.`);
    return heading;
  }
}

/** Authors or genres by name. */
export class ListHeadings extends Query<Page<HeadingView>> {
  constructor(
    readonly kind: HeadingKind,
    readonly page: { search?: string; limit: number; offset: number; cursor?: string },
  ) {
    super();
  }
}

@QueryHandler(ListHeadings)
export class ListHeadingsHandler implements IQueryHandler<ListHeadings> {
  constructor(private readonly database: Database) {}

  async execute({ kind, page: { search = '', limit, offset, cursor } }: ListHeadings): Promise<Page<HeadingView>> {
    const parameters = new Parameters();
    const words = wordsOf(search).map((word) => `folded LIKE catalog.containing(${parameters.bind(word)})`);
    const filter = words.join(' AND ') || 'true';
    const { total } = await this.database.one<{ total: number }>(
      `SELECT count(*)::int AS total FROM (SELECT FROM ${TABLE[kind]} WHERE ${filter} LIMIT ${COUNTED + 1}) AS counted`,
      parameters.values,
    );
    const seen = cursor === undefined ? 'true' : after(kind, cursor, parameters);
    const rows = await this.database.query<HeadingView & { folded: string }>(
      `SELECT ${HEADING}, folded FROM ${TABLE[kind]} WHERE ${filter} AND ${seen}
        ORDER BY folded, id LIMIT ${parameters.bind(limit + 1)} OFFSET ${parameters.bind(cursor === undefined ? offset : 0)}`,
      parameters.values,
    );
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(({ folded: _folded, ...heading }) => heading),
      total: Math.min(total, COUNTED),
      ...(total > COUNTED ? { totalIsEstimate: true } : {}),
      limit,
      offset: cursor === undefined ? offset : 0,
      nextCursor: last ? encodeCursor(`${kind} by name`, [last.folded, last.id]) : null,
    };
  }
}

function after(kind: HeadingKind, cursor: string, parameters: Parameters): string {
  const [folded, id] = decodeCursor(cursor, `${kind} by name`, ['text', 'id']);
  return `(folded, id) > (${parameters.bind(folded)}::text, ${parameters.bind(id)}::uuid)`;
}
