type Json = Record<string, unknown>;

/** An id for examples. */
export const SOME_ID = '0199a1b2-0000-7000-8000-000000000001';
const SOME_TIME = '2026-11-22T10:00:00.000Z';
const UUID_LENGTH = 36;
const MOST_OF_INT32 = 2 ** 31 - 1;

const isObject = (node: unknown): node is Json => typeof node === 'object' && node !== null && !Array.isArray(node);
const isOf = ({ type }: Json, wanted: string): boolean => [type].flat().includes(wanted);

/**
 * A part of a document as OpenAPI 3.1 has it: null is a type of its own where the decorators still write `nullable`, and a
 * reference may have companions. With what is true of all our schemas: a whole number is a count or a place in an order,
 * from 0 on and exact in JSON (RFC 8259, section 6), where nothing else is said of it; ids and times look alike.
 */
export function asOpenApi31(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(asOpenApi31);
  if (!isObject(node)) return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(withPlainReference(node)).map(([key, value]) => [
      key,
      key === 'example' ? value : asOpenApi31(value),
    ]),
  );
  const schema = { ...bounded(rest), ...rest };
  if (nullable !== true) return schema;
  if (typeof schema.type === 'string') return { ...schema, type: [schema.type, 'null'] };
  return { anyOf: [schema, { type: 'null' }] };
}

/** A reference with more to say of the place is written as an `allOf` of one, which 3.1 has no more need of. */
function withPlainReference({ allOf, ...rest }: Json): Json {
  if (allOf === undefined) return rest;
  const [only, ...more] = allOf as Json[];
  return only && '$ref' in only && more.length === 0 ? { ...only, ...rest } : { allOf, ...rest };
}

function bounded(schema: Json): Json {
  if (isOf(schema, 'integer')) {
    const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = schema;
    return { format: Number(maximum) <= MOST_OF_INT32 ? 'int32' : 'int64', minimum, maximum };
  }
  if (!isOf(schema, 'string')) return {};
  if (schema.format === 'uuid') return { maxLength: UUID_LENGTH, example: SOME_ID };
  return schema.format === 'date-time' ? { example: SOME_TIME } : {};
}

/** The schemas of a document by their names. */
export type Schemas = Record<string, unknown>;

const resolved = (schema: unknown, schemas: Schemas): Json => {
  const { $ref } = (schema ?? {}) as { $ref?: string };
  return $ref === undefined ? ((schema ?? {}) as Json) : resolved(schemas[$ref.split('/').at(-1) ?? ''], schemas);
};

const choicesIn = ({ allOf, anyOf, oneOf }: Json): unknown[] => [allOf, anyOf, oneOf].flatMap((list) => list ?? []);

/** Says of a JSON body, and of the objects in it, that they take no property which they do not name: they are refused. */
export function closeBody(body: unknown, schemas: Schemas): void {
  if (body === undefined) return;
  const schema = resolved(body, schemas);
  if (schema.additionalProperties !== undefined) return;
  const properties = (schema.properties ?? {}) as Json;
  if (schema.properties) schema.additionalProperties = false;
  for (const inner of [...Object.values(properties), schema.items, ...choicesIn(schema)]) closeBody(inner, schemas);
}

/** An example of a whole answer, made of those of its parts that are always there; undefined where one has none. */
export function exampleOf(unresolved: unknown, schemas: Schemas): unknown {
  const schema = resolved(unresolved, schemas);
  if ('example' in schema) return schema.example;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.format === 'uuid') return SOME_ID;
  if (schema.format === 'date-time') return SOME_TIME;
  if (schema.items) {
    const item = exampleOf(schema.items, schemas);
    return item === undefined ? undefined : [item];
  }
  if (!schema.properties) return choicesIn(schema).map((one) => exampleOf(one, schemas))[0];
  const properties = schema.properties as Json;
  const required = (schema.required ?? []) as string[];
  const parts = required.map((name) => [name, exampleOf(properties[name], schemas)] as const);
  return parts.every(([, part]) => part !== undefined) ? Object.fromEntries(parts) : undefined;
}
