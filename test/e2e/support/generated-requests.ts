import fc from 'fast-check';
import type { DocumentedOperation } from './documented-api.js';
import {
  BAD_IDS,
  ENCODINGS,
  HOSTILE_TEXTS,
  NOT_OBJECTS,
  OTHER_MEDIA_TYPES,
  UNREADABLE_BODIES,
} from './hostile-values.js';
import type { Schema, SchemaChecker } from './json-schema.js';
import { PASSWORD } from './people.js';

const NOBODY = '0199a1b2-0000-7000-8000-00000000dead';

type Json = Record<string, unknown>;

/** What is done to a request that would be good. */
export type Spoiling =
  | { how: 'drop'; at: number }
  | { how: 'replace' | 'add'; at: number; name: string; value: unknown }
  | { how: 'text'; text: string | Uint8Array }
  | { how: 'type'; type: string }
  | { how: 'id'; at: number; id: string }
  | { how: 'query'; query: Record<string, string> }
  | { how: 'headers'; headers: Record<string, string> }
  | { how: 'caller'; at: number };

/** A request as it is generated: of ids and what must be new, whoever sends it takes care. */
export interface Generated {
  name: string;
  body: Json;
  query: Record<string, string>;
  /** Null: it is meant to succeed. */
  spoiling: Spoiling | null;
}

const text = (most: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom('Sula', 'Öl', 'żółw', '漢字', '🙂', "O'Neill", 'a-b', '"x"', '%', '100', 'ﬁ'), {
      minLength: 1,
      maxLength: 4,
    })
    .map((words) => words.join(' ').slice(0, Math.max(1, most)).trim().toWellFormed());
/** Without the bias for small values, which would come twice. */
const fresh = fc.noBias(fc.uuid()).map((id) => id.replaceAll('-', '').slice(0, 16));
const cents = fc.nat(100_000).map((n) => n / 100);
const isbn = fc.noBias(fc.nat(999_999_999)).map((n) => {
  const digits = `978${String(n).padStart(9, '0')}`;
  const sum = [...digits].reduce((total, digit, at) => total + Number(digit) * (at % 2 ? 3 : 1), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
});
const object = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(text(20), fc.nat(), fc.boolean()), {
  maxKeys: 4,
});
const ahead = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** Values that mean something, by the name of the property. */
const MEANT: Record<string, fc.Arbitrary<unknown>> = {
  username: fresh.map((id) => `g-${id}`),
  email: fresh.map((id) => `${id}@readers.example`),
  password: fc.constantFrom(PASSWORD, `${PASSWORD} ż🙂`),
  newPassword: fc.constantFrom(`${PASSWORD}!`, `${PASSWORD} ż🙂`),
  currentPassword: fc.constant(PASSWORD),
  title: text(40),
  genre: fc.option(text(30)),
  description: fc.option(text(200)),
  fullName: fc.option(text(60)),
  address: fc.option(text(60)),
  search: text(20),
  name: fc.tuple(text(30), fresh).map((parts) => parts.join(' ')),
  phone: fc.constantFrom('+44 20 7946 0958', '0900 123', null),
  homeLibraryId: fc.constant(null),
  statusUrl: fc.constantFrom(null, 'https://203.0.113.5/status/{isbn}'),
  isbn: fc.option(isbn),
  authors: fc.uniqueArray(text(40), { maxLength: 3 }),
  publicationDate: fc.constantFrom('1974', '1974-05', '2001-02-28', '-0750', null),
  language: fc.constantFrom('en', 'pl', 'pt-BR', null),
  price: cents,
  units: fc.nat(50),
  holdings: fc.constant(null),
  metadata: fc.option(object),
  reservedUntil: fc.integer({ min: 10, max: 29 }).map(ahead),
  library: fc.constant('Main Library'),
};

/** Values as the document describes them. */
function valuesOf(name: string, unresolved: Schema, checker: SchemaChecker): fc.Arbitrary<unknown> {
  const schema = checker.resolve(unresolved);
  const meant = MEANT[name];
  if (meant && schema.type !== 'boolean') return meant;
  if (schema.allOf) return valuesOf('', schema.allOf[0], checker);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const [type] = [schema.type].flat();
  if (schema.format === 'uuid' && schema.example === undefined) return fc.constant(NOBODY);
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1000, 1000) });
  if (type === 'string' && !schema.format && !schema.pattern && schema.example === undefined)
    return text(schema.maxLength ?? 40);
  if (type === 'object' && schema.properties) return objectsOf(schema, checker);
  if (type === 'object') return object;
  return fc.constant(schema.example);
}

function objectsOf(schema: Schema, checker: SchemaChecker): fc.Arbitrary<Json> {
  const properties = Object.entries<Schema>(schema.properties ?? {});
  if (properties.length === 0) return object;
  const values = properties.map(([name, one]) => [name, valuesOf(name, one, checker)] as const);
  return fc.record(Object.fromEntries(values), { requiredKeys: schema.required ?? [] });
}

/** What is left out is not there. */
const asTexts = (some: Record<string, string | undefined>): Record<string, string> => some as Record<string, string>;

/** Queries of which any parameters may be there. A cursor comes from an answer, and `relevance` needs a search. */
function queriesOf(operation: DocumentedOperation, checker: SchemaChecker): fc.Arbitrary<Record<string, string>> {
  const known = operation.parameters('query').filter(({ name }) => name !== 'cursor' && operation.method === 'GET');
  const values = known.map(({ name, schema }): [string, fc.Arbitrary<string>] => {
    const shown: Schema = checker.resolve(schema);
    const given = shown.enum?.filter((one: unknown) => !String(one).includes('relevance'));
    const value = given ? fc.constantFrom(...given) : valuesOf(name, { ...shown, pattern: undefined }, checker);
    const isExact = shown.example !== undefined && shown.type !== 'integer' && name !== 'search';
    return [name.replace('<key>', 'publisher'), (isExact ? fc.constant(shown.example) : value).map(String)];
  });
  return fc.record(Object.fromEntries(values), { requiredKeys: [] }).map(asTexts);
}

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...HOSTILE_TEXTS),
  fc.string({ unit: 'binary', maxLength: 30 }).map((one) => one.toWellFormed()),
  fc.constantFrom<unknown>(
    null,
    1e308,
    -1e308,
    9_007_199_254_740_992,
    -1,
    0.1,
    1e-9,
    true,
    [],
    {},
    [[]],
    '\0',
    'x'.repeat(3000),
  ),
  fc.jsonValue({ maxDepth: 3 }),
);
const garbage = fc.oneof(
  fc.constantFrom(...BAD_IDS.filter((id) => id !== '*').map(decodeURIComponent)),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((one) => one.toWellFormed()),
  fc.uuid(),
);
const inHeaders = fc.string({ unit: 'grapheme-ascii', maxLength: 60 });
const HEADERS: Record<string, fc.Arbitrary<string>> = {
  'if-match': fc.oneof(inHeaders, fc.constantFrom('*', '"1.a"', 'W/"1.a"', '"a", "b"', '')),
  'if-none-match': fc.oneof(inHeaders, fc.constantFrom('*', '"1.a"', 'W/"1.a"', '')),
  'idempotency-key': fc.oneof(inHeaders, fc.constantFrom('"a"', '""', '', 'k'.repeat(256)), fresh),
  accept: fc.oneof(inHeaders, fc.constantFrom('text/html', 'image/png', '*/*;q=0')),
  'accept-language': inHeaders,
  'x-request-id': fc.oneof(inHeaders, fc.constant('x'.repeat(1000))),
  traceparent: inHeaders,
  range: fc.constantFrom('bytes=0-1', 'bytes=5-1', 'lines=1'),
  'if-modified-since': inHeaders,
  'last-event-id': inHeaders,
  'x-forwarded-for': inHeaders,
};

function spoilingsOf(operation: DocumentedOperation): fc.Arbitrary<Spoiling> {
  const at = fc.nat(100);
  const strings = fc.dictionary(garbage, garbage, { maxKeys: 3 });
  const known = operation.parameters('query').map(({ name }) => String(name));
  const queries =
    known.length === 0 ? strings : fc.dictionary(fc.constantFrom(...known), garbage, { minKeys: 1, maxKeys: 3 });
  const ways: fc.Arbitrary<Spoiling>[] = [
    fc.record({ how: fc.constant('query' as const), query: fc.oneof(strings, queries) }),
    fc.record({ how: fc.constant('headers' as const), headers: fc.record(HEADERS, { requiredKeys: [] }).map(asTexts) }),
    fc.record({ how: fc.constant('caller' as const), at }),
  ];
  if (operation.path.includes('{')) ways.push(fc.record({ how: fc.constant('id' as const), at, id: garbage }));
  const texts = [...UNREADABLE_BODIES, ...NOT_OBJECTS].map(([, one]) => one).filter((one) => one.length < 2000);
  if (operation.method !== 'GET') {
    ways.push(
      fc.record({ how: fc.constant('text' as const), text: fc.constantFrom('', ...texts) }),
      fc.record({ how: fc.constant('type' as const), type: fc.constantFrom(...OTHER_MEDIA_TYPES) }),
    );
  }
  if (operation.operation.requestBody) {
    const name = fc.oneof(fc.constantFrom('isNotKnown', 'toString', 'id', 'version'), fc.string({ maxLength: 10 }));
    const headers = fc.record({ 'content-encoding': fc.constantFrom(...ENCODINGS) });
    ways.push(
      fc.record({ how: fc.constant('drop' as const), at }),
      ...[1, 2, 3].map(() => fc.record({ how: fc.constant('replace' as const), at, name, value: hostile })),
      fc.record({ how: fc.constant('add' as const), at, name, value: hostile }),
      fc.record({ how: fc.constant('headers' as const), headers }),
    );
  }
  return fc.oneof(...ways);
}

/** So many requests to an operation that are meant to succeed, and so many that have something spoilt; the same for the same seed. */
export function generate(
  operation: DocumentedOperation,
  checker: SchemaChecker,
  { seed, good, spoilt }: { seed: number; good: number; spoilt: number },
): Generated[] {
  const [content] = Object.values<Schema>(operation.operation.requestBody?.content ?? {});
  const drafts = fc.record({
    name: fc.constant(operation.name),
    body: content ? objectsOf(checker.resolve(content.schema), checker) : fc.constant({}),
    query: queriesOf(operation, checker),
  });
  const sample = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] => fc.sample(arbitrary, { seed, numRuns });
  const spoilings = sample(spoilingsOf(operation), spoilt);
  return sample(drafts, good + spoilt).map((draft, at) => ({ ...draft, spoiling: spoilings[at - good] ?? null }));
}
