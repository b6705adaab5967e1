import { z } from 'zod';
import type { EventType } from '../events.js';

/** The part of JSON Schema (draft 7, as AsyncAPI has it) that the schemas of events are made of. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  format?: string;
  pattern?: string;
  const?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

/** The schema of an event's data as JSON Schema. Objects are open: what is said of additional properties is nothing. */
export function jsonSchemaOf({ data }: EventType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(data, {
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      delete jsonSchema.additionalProperties;
      // The library's own patterns for what a format says already, and its limits of what a number can hold.
      if (jsonSchema.format) delete jsonSchema.pattern;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return schema as JsonSchema;
}

/** A field of the data, for people. */
export interface Field {
  /** `authors[].name` is that of each author. */
  name: string;
  type: string;
  meaning: string;
}

/** All fields, each before its own. */
export function fieldsOf(schema: JsonSchema, prefix = ''): Field[] {
  const { properties = {}, required = [] } = inner(schema);
  return Object.entries(properties).flatMap(([key, field]) => {
    const name = prefix + key;
    const list = inner(field).items;
    const optional = required.includes(key) ? '' : ', optional';
    return [
      { name, type: typeOf(field) + optional, meaning: field.description ?? '' },
      ...fieldsOf(list ?? field, `${name}${list ? '[]' : ''}.`),
    ];
  });
}

/** What it is when it is not null. */
const inner = (schema: JsonSchema): JsonSchema => schema.anyOf?.find(({ type }) => type !== 'null') ?? schema;

function typeOf(schema: JsonSchema): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(', ');
  if (schema.items) return `array of ${typeOf(schema.items)}`;
  const least = schema.minimum === undefined ? '' : ` ≥ ${schema.minimum}`;
  return (schema.format ?? [schema.type ?? 'anything'].flat().join(' or ')) + least;
}
