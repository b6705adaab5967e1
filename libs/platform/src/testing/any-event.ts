import { z } from 'zod';
import { EVENTS_EXCHANGE, type EventType } from '../messaging/events.js';

/** A type of event for a test, whose data may be anything. */
export const anyEvent = (schema: string, changes: Partial<EventType> = {}): EventType => ({
  exchange: EVENTS_EXCHANGE,
  source: '/holdfast/catalog',
  subject: 'books/{id}',
  schema,
  description: 'Something happened.',
  data: z.looseObject({}),
  example: { id: '1' },
  ...changes,
});
