import { type Database, decodeCursor, encodeCursor, type Page } from '@holdfast/platform';

export interface PageRequest {
  limit: number;
  offset: number;
  cursor?: string;
}

/** Fragments of SQL of our own; what comes from outside is in `values`. `id` is the key that orders the list. */
interface ListSql {
  columns: string;
  from: string;
  where: string;
  id: string;
  values: readonly unknown[];
}

/** Counting further would cost more than the number is worth. */
const COUNTED_AT_MOST = 10_000;

/** A page by id, which is by age; total and items in one statement, so of one moment. */
export async function readPage<Item extends { id: string }>(
  database: Database,
  { columns, from, where, id, values }: ListSql,
  { limit, offset, cursor }: PageRequest,
): Promise<Page<Item>> {
  const after = cursor ? keyOf(cursor) : null;
  const skipped = after ? 0 : offset;
  const [at, most, skip] = [1, 2, 3].map((place) => `$${values.length + place}`);
  const { total, items } = await database.one<{ total: number; items: Item[] }>(
    `SELECT (SELECT count(*)::int FROM (SELECT FROM ${from} WHERE ${where} LIMIT ${COUNTED_AT_MOST + 1}) AS counted) AS total,
            (SELECT coalesce(json_agg(item ORDER BY item.id), '[]')
               FROM (SELECT ${columns} FROM ${from}
                      WHERE ${where} AND (${at}::uuid IS NULL OR ${id} > ${at})
                      ORDER BY ${id} LIMIT ${most} OFFSET ${skip}) AS item) AS items`,
    [...values, after, limit + 1, skipped],
  );
  const shown = items.slice(0, limit);
  const last = items.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown,
    total: Math.min(total, COUNTED_AT_MOST),
    ...(total > COUNTED_AT_MOST ? { totalIsEstimate: true } : {}),
    limit,
    offset: skipped,
    nextCursor: last ? encodeCursor('id', [last.id]) : null,
  };
}

const keyOf = (cursor: string): string => decodeCursor(cursor, 'id', ['id'])[0] as string;

/** A pattern for ILIKE that finds the text anywhere, whatever signs it has; null finds all. */
export const anywhere = (search: string | undefined): string | null =>
  search ? `%${search.replace(/[\\%_]/g, '\\$&')}%` : null;
