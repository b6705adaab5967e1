import { isId } from '../kernel/index.js';
import { UnprocessableEvent } from './consumer.js';
import type { CloudEvent, EventType } from './events.js';

/** What the outbox knows of an event. */
export interface StoredEvent {
  /** Place in the outbox; decimal digits, as `bigint` comes from PostgreSQL. */
  position: string;
  id: string;
  type: string;
  subject: string;
  data: unknown;
  occurredAt: Date;
}

const SEQUENCE_DIGITS = 15;

/** Where the AsyncAPI document has the schema of the data. */
export const dataSchemaOf = ({ schema }: EventType): string => `/api/events/schema#/components/schemas/${schema}`;

export function toCloudEvent(event: StoredEvent, type: EventType): CloudEvent {
  return {
    specversion: '1.0',
    id: event.id,
    source: type.source,
    type: event.type,
    subject: event.subject,
    time: event.occurredAt.toISOString(),
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(type),
    sequence: event.position.padStart(SEQUENCE_DIGITS, '0'),
    data: event.data,
  };
}

const REQUIRED_TEXTS = ['source', 'type', 'subject', 'time', 'sequence'] as const;

/**
 * Reads a structured CloudEvent 1.0.
 * @throws UnprocessableEvent with a sentence that says what is wrong with the body.
 */
export function readCloudEvent(body: Buffer): CloudEvent {
  const event = parse(body);
  if (event.specversion !== '1.0') throw new UnprocessableEvent('specversion is not 1.0');
  if (!isId(event.id)) throw new UnprocessableEvent('id is not a UUID');
  const missing = REQUIRED_TEXTS.filter((name) => typeof event[name] !== 'string' || event[name] === '');
  if (missing.length > 0) throw new UnprocessableEvent(`${missing.join(', ')} missing or not a text`);
  if (Number.isNaN(Date.parse(event.time as string))) throw new UnprocessableEvent('time is not a time');
  if (event.data === undefined) throw new UnprocessableEvent('data is missing');
  return event as unknown as CloudEvent;
}

/**
 * Compares the data with the schema of its event. The reason names fields and never values: those may be secrets.
 * @throws UnprocessableEvent
 */
export function checkData({ type, data }: CloudEvent, { data: schema }: EventType): void {
  const { error } = schema.safeParse(data);
  if (!error) return;
  const fields = new Set(error.issues.map(({ path }) => path.join('.') || 'data'));
  throw new UnprocessableEvent(`the data of ${type} is not as agreed: ${[...fields].join(', ')}`);
}

function parse(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    // The parser's message quotes the body, which may be that of a private event.
    throw new UnprocessableEvent('the body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnprocessableEvent('the body is not a JSON object');
  }
  return value as Record<string, unknown>;
}
