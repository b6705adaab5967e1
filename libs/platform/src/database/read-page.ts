import { decodeCursor, encodeCursor, type Page } from '../http/page.js';
import type { Database } from './database.js';

export interface PageRequest {
  limit: number;
  offset: number;
  cursor?: string;
}

/**
 * Fragments of SQL of our own; what comes from outside is in `values`. Ordered by `id`, which is by age: the oldest first.
 * With a time (`timestamptz(3)`, shown as `at`): by that and then the id, the newest first.
 */
interface ListSql {
  columns: string;
  from: string;
  where: string;
  id: string;
  at?: string;
  values: readonly unknown[];
}

/** Counting further would cost more than the number is worth. */
const COUNTED_AT_MOST = 10_000;

/** Each key: as SQL, as the item's property, and as its type. */
const orders = {
  oldest: { properties: ['id'], parts: ['id'], types: ['uuid'], direction: 'ASC', beyond: '>' },
  newest: {
    properties: ['at', 'id'],
    parts: ['timestamptz', 'id'],
    types: ['timestamptz', 'uuid'],
    direction: 'DESC',
    beyond: '<',
  },
} as const;

/** Total and items come from one statement, so they are of one moment. */
export async function readPage<Item extends { id: string; at?: string }>(
  database: Database,
  { columns, from, where, id, at, values }: ListSql,
  { limit, offset, cursor }: PageRequest,
): Promise<Page<Item>> {
  const name = at ? 'newest' : 'oldest';
  const { properties, parts, types, direction, beyond } = orders[name];
  const list = `${from} ${name}`;
  const keys = at ? [at, id] : [id];
  const ordered = (columns: readonly string[]): string => columns.map((column) => `${column} ${direction}`).join(', ');
  const after = cursor ? decodeCursor(cursor, list, parts) : [];
  const skipped = cursor ? 0 : offset;
  const bound = [...values, limit + 1, skipped, ...after];
  const place = (behind: number): string => `$${values.length + behind}`;
  const edge = after.map((_, key) => `${place(3 + key)}::${types[key]}`);
  const beyondEdge = cursor ? `(${keys.join(', ')}) ${beyond} (${edge.join(', ')})` : 'true';
  const { total, items } = await database.one<{ total: number; items: Item[] }>(
    `SELECT (SELECT count(*)::int FROM (SELECT FROM ${from} WHERE ${where} LIMIT ${COUNTED_AT_MOST + 1}) AS counted) AS total,
            (SELECT coalesce(json_agg(item ORDER BY ${ordered(properties.map((property) => `item.${property}`))}), '[]')
               FROM (SELECT ${columns} FROM ${from} WHERE ${where} AND ${beyondEdge}
                      ORDER BY ${ordered(keys)} LIMIT ${place(1)} OFFSET ${place(2)}) AS item) AS items`,
    bound,
  );
  const shown = items.slice(0, limit);
  const last = items.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown,
    total: Math.min(total, COUNTED_AT_MOST),
    ...(total > COUNTED_AT_MOST ? { totalIsEstimate: true } : {}),
    limit,
    offset: skipped,
    nextCursor: last
      ? encodeCursor(
          list,
          properties.map((property) => last[property] ?? null),
        )
      : null,
  };
}
