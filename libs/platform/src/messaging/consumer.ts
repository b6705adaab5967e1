import type { CloudEvent } from './events.js';

/**
 * A consumer of events with a durable queue of its own. `handle` runs in a transaction together with the inbox row of
 * the event, so its effect in the database happens once however often the event is delivered. An effect outside the
 * database (a mail) must be idempotent by the event's id, or be done by a job that the transaction enqueues.
 *
 * Give it to `MessagingModule.forConsumers`; at start its events are checked against the registry.
 */
export abstract class EventConsumer {
  /** Name of the queue after `holdfast.`; never changes once in use. */
  abstract readonly name: string;
  abstract readonly events: readonly string[];
  abstract handle(event: CloudEvent): Promise<void>;
}

/** Thrown by a handler when no retry can help: the event becomes a dead letter at once, with this reason. */
export class UnprocessableEvent extends Error {}
