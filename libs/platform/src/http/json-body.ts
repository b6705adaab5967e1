const MAX_DEPTH = 64;
const MAX_KEYS = 2000;
const MAX_VALUES = 50_000;
/** Keys that reach into the prototype of an object when it is copied carelessly. */
const POISONED = new Set(['__proto__', 'constructor', 'prototype']);

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A body that cannot be read; Fastify's shape, so that it is answered with 400. */
class UnreadableBody extends SyntaxError {
  readonly statusCode = 400;
}

/**
 * Reads a JSON body. An empty one counts as none, for clients that always send a Content-Type.
 * @throws UnreadableBody for what is not UTF-8 or not JSON, and for what neither JavaScript nor PostgreSQL can hold
 * safely: nesting over 64 levels, more than 2,000 keys in an object or 50,000 values in all, keys that poison prototypes,
 * the character U+0000, half of a surrogate pair, numbers beyond a double (`1e999`), which would become null.
 */
export function readJsonBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch (error) {
    throw new UnreadableBody(`The body is not valid JSON: ${(error as Error).message}`);
  }
  inspect(value, 0, { values: 0 });
  return value;
}

function inspect(value: unknown, depth: number, seen: { values: number }): void {
  if (++seen.values > MAX_VALUES) throw new UnreadableBody(`The body has more than ${MAX_VALUES} values.`);
  if (typeof value === 'string') return inspectText(value);
  if (value === Infinity || value === -Infinity) throw new UnreadableBody('A number in the body is too large.');
  if (typeof value !== 'object' || value === null) return;
  if (depth === MAX_DEPTH) throw new UnreadableBody(`The body is nested more than ${MAX_DEPTH} levels deep.`);
  if (Array.isArray(value)) return value.forEach((item) => inspect(item, depth + 1, seen));
  const entries = Object.entries(value);
  if (entries.length > MAX_KEYS) throw new UnreadableBody(`An object in the body has more than ${MAX_KEYS} keys.`);
  for (const [key, item] of entries) {
    if (POISONED.has(key)) throw new UnreadableBody(`The body has a key "${key}".`);
    inspectText(key);
    inspect(item, depth + 1, seen);
  }
}

function inspectText(text: string): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw new UnreadableBody('A text in the body has U+0000 or half of a surrogate pair.');
  }
}
