export type Schema = Record<string, any>;

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
const FORMATS: Record<string, (text: string) => boolean> = {
  uuid: isUuid,
  'date-time': (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) && !Number.isNaN(Date.parse(text)),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text),
  email: (text) => /^\S+@\S+$/.test(text),
  uri: (text) => /^https?:\/\/\S+$/.test(text),
  binary: () => true,
  // Of numbers, whose limits stand beside it.
  int32: () => true,
  int64: () => true,
  password: () => true,
};

const TYPES: Record<string, (value: unknown) => boolean> = {
  null: (value) => value === null,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  array: Array.isArray,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

type Check = (expected: any, value: any) => boolean;
const on =
  (type: keyof typeof TYPES, check: Check): Check =>
  (expected, value) =>
    !TYPES[type]?.(value) || check(expected, value);

const KEYWORDS: Record<string, Check> = {
  type: (types, value) => [types].flat().some((type: string) => TYPES[type]?.(value) ?? false),
  enum: (values: unknown[], value) => values.includes(value),
  const: (only, value) => value === only,
  minLength: on('string', (least, text: string) => text.length >= least),
  maxLength: on('string', (most, text: string) => text.length <= most),
  pattern: on('string', (pattern: string, text: string) => new RegExp(pattern, 'u').test(text)),
  minimum: on('number', (least, number) => number >= least),
  maximum: on('number', (most, number) => number <= most),
  multipleOf: on('number', (step, number) => Math.abs(number / step - Math.round(number / step)) < 1e-6),
  minItems: on('array', (least, list: unknown[]) => list.length >= least),
  maxItems: on('array', (most, list: unknown[]) => list.length <= most),
  uniqueItems: on(
    'array',
    (_, list: unknown[]) => new Set(list.map((item) => JSON.stringify(item))).size === list.length,
  ),
  required: on('object', (names: string[], object: object) => names.every((name) => Object.hasOwn(object, name))),
};
/** They say something to people, or are looked at below. */
const OTHERS = ['$ref', 'title', 'description', 'example', 'default', 'format', 'properties', 'additionalProperties'];
const COMBINED = ['items', 'allOf', 'anyOf', 'oneOf'];

/**
 * Checks values against the part of JSON Schema that our OpenAPI and AsyncAPI documents use. A keyword or a format that it does not know
 * is an error, so that it never passes what it has not looked at. An object has no property that its schema does not name.
 */
export class SchemaChecker {
  constructor(private readonly schemas: Record<string, Schema>) {}

  resolve(schema: Schema): Schema {
    if (schema.$ref === undefined) return schema;
    const found = this.schemas[String(schema.$ref).replace('#/components/schemas/', '')];
    if (!found) throw new Error(`there is no ${schema.$ref}`);
    return this.resolve(found);
  }

  /** What is wrong with the value, each with its place; nothing when it is as the schema says. */
  complaints(unresolved: Schema, value: any, place = ''): string[] {
    const schema = this.resolve(unresolved);
    this.refuseUnknown(schema, place);
    const failed = Object.keys(KEYWORDS).filter(
      (keyword) => schema[keyword] !== undefined && !KEYWORDS[keyword]?.(schema[keyword], value),
    );
    const told = failed.map(
      (one) => `${place} is not of ${one} ${JSON.stringify(schema[one])}: ${JSON.stringify(value)}`,
    );
    if (typeof value === 'string' && schema.format && !FORMATS[schema.format]?.(value))
      told.push(`${place} is no ${schema.format}: ${value}`);
    for (const one of schema.allOf ?? []) told.push(...this.complaints(one, value, place));
    const fitting = (schemas: Schema[]): number =>
      schemas.filter((one) => this.complaints(one, value, place).length === 0).length;
    if (schema.anyOf && fitting(schema.anyOf) === 0) told.push(`${place} is none of anyOf: ${JSON.stringify(value)}`);
    if (schema.oneOf && fitting(schema.oneOf) !== 1)
      told.push(`${place} is not one of oneOf: ${JSON.stringify(value)}`);
    if (Array.isArray(value) && schema.items)
      told.push(...value.flatMap((item, at) => this.complaints(schema.items, item, `${place}/${at}`)));
    return TYPES.object?.(value) ? [...told, ...this.complaintsOfProperties(schema, value, place)] : told;
  }

  private complaintsOfProperties(schema: Schema, value: Schema, place: string): string[] {
    const { properties = {}, additionalProperties = false } = schema;
    const saysNothing = Object.keys(schema).length === 0;
    if (saysNothing || schema.allOf || schema.anyOf || schema.oneOf) return [];
    return Object.entries(value).flatMap(([name, inner]) => {
      const known = properties[name] ?? (additionalProperties === true ? {} : additionalProperties);
      return known ? this.complaints(known, inner, `${place}/${name}`) : [`${place}/${name} is not in the schema`];
    });
  }

  private refuseUnknown(schema: Schema, place: string): void {
    const known = [...Object.keys(KEYWORDS), ...OTHERS, ...COMBINED];
    const unknown = Object.keys(schema).filter((keyword) => !known.includes(keyword));
    if (unknown.length > 0) throw new Error(`${place} has keywords that are not checked: ${unknown.join()}`);
    if (schema.format !== undefined && !FORMATS[schema.format])
      throw new Error(`${place} has a format ${schema.format}`);
  }
}
