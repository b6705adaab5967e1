import { type Binary, EJSON, type Long, type ObjectId, type Document } from 'bson';

const bsonTypeOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null ? (value as { _bsontype?: string })._bsontype : undefined;

/** A plain subdocument: no array, date or BSON class. */
export const isDocument = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** A subdocument of operators such as `{ $gt: 1 }`. */
export const isOperators = (value: unknown): value is Document =>
  isDocument(value) && (Object.keys(value)[0]?.startsWith('$') ?? false);

/** Copies documents and arrays; values inside are never changed in place and stay shared. */
export function clone<T>(value: T): T {
  if (Array.isArray(value)) return value.map(clone) as T;
  if (!isDocument(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clone(inner)])) as T;
}

/** The same text for equal values (numbers across their types, documents with their order of fields). */
export function keyOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return `n${value}`;
  if (typeof value === 'boolean') return `b${value}`;
  if (value instanceof Date) return `t${value.getTime()}`;
  if (Array.isArray(value)) return `[${value.map(keyOf).join()}]`;
  if (isDocument(value)) {
    const fields = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${keyOf(inner)}`);
    return `{${fields.join()}}`;
  }
  const type = bsonTypeOf(value);
  if (type === 'ObjectId') return `o${(value as ObjectId).toHexString()}`;
  if (type === 'Long') return `n${(value as Long).toString()}`;
  return `${type}${EJSON.stringify({ value }, { relaxed: false })}`;
}

const RANKS: Record<string, number> = {
  MinKey: 0,
  Long: 3,
  Decimal128: 3,
  BSONSymbol: 4,
  Binary: 7,
  ObjectId: 8,
  Timestamp: 11,
  BSONRegExp: 12,
  MaxKey: 99,
};

function rankOf(value: unknown): number {
  if (value === undefined) return 1;
  if (value === null) return 2;
  if (typeof value === 'number') return 3;
  if (typeof value === 'string') return 4;
  if (Array.isArray(value)) return 6;
  if (typeof value === 'boolean') return 9;
  if (value instanceof Date) return 10;
  return isDocument(value) ? 5 : (RANKS[bsonTypeOf(value) ?? ''] ?? 20);
}

/** The order of MongoDB: first by type, then by value; strings by their UTF-8 bytes. */
export function compare(a: unknown, b: unknown): number {
  const rank = rankOf(a);
  if (rank !== rankOf(b)) return rank - rankOf(b);
  if (rank === 3) return compareNumbers(Number(String(a)), Number(String(b)));
  if (rank === 4) return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
  if (rank === 5) return compareLists(flattened(a as Document), flattened(b as Document));
  if (rank === 6) return compareLists(a as unknown[], b as unknown[]);
  if (rank === 7) return compareBinary(a as Binary, b as Binary);
  if (rank === 9 || rank === 10) return Number(a) - Number(b);
  const [left, right] = [keyOf(a), keyOf(b)];
  return left < right ? -1 : Number(left > right);
}

/** NaN comes before every other number. */
const compareNumbers = (a: number, b: number): number =>
  Object.is(a, b) || a === b ? 0 : Number.isNaN(a) || a < b ? -1 : 1;

const flattened = (document: Document): unknown[] =>
  Object.entries(document).flatMap(([name, value]) => [rankOf(value), name, value]);

function compareLists(a: unknown[], b: unknown[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

const compareBinary = (a: Binary, b: Binary): number =>
  a.length() - b.length() || a.sub_type - b.sub_type || Buffer.compare(a.value(), b.value());

/**
 * The values that an index, a sort or `distinct` sees at a dotted path: arrays give their elements, an empty array
 * gives `undefined`, a missing field gives nothing.
 */
export function valuesAt(value: unknown, [head, ...rest]: readonly string[]): unknown[] {
  if (head === undefined) return Array.isArray(value) ? (value.length > 0 ? value : [undefined]) : [value];
  if (Array.isArray(value)) {
    const index = /^\d+$/.test(head) ? Number(head) : value.length;
    const atIndex = index < value.length ? valuesAt(value[index], rest) : [];
    return [...atIndex, ...value.filter(isDocument).flatMap((element) => valuesAt(element, [head, ...rest]))];
  }
  return isDocument(value) && Object.hasOwn(value, head) ? valuesAt(value[head], rest) : [];
}

/** Sorts as MongoDB does: of an array its lowest element counts going up and its highest going down. */
export function sorted(documents: readonly Document[], order: Record<string, 1 | -1>): Document[] {
  const fields = Object.entries(order).map(([path, direction]) => ({ path: path.split('.'), direction }));
  const rows = documents.map((document) => ({
    document,
    keys: fields.map(({ path, direction }) => {
      const values = valuesAt(document, path);
      return values.length === 0 ? null : values.reduce((a, b) => (compare(a, b) * direction <= 0 ? a : b));
    }),
  }));
  rows.sort((a, b) => {
    for (const [i, { direction }] of fields.entries()) {
      const result = compare(a.keys[i], b.keys[i]) * direction;
      if (result !== 0) return result;
    }
    return 0;
  });
  return rows.map(({ document }) => document);
}
