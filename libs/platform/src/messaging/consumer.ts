import type { CloudEvent } from './events.js';

/**
 * A consumer of events with a durable queue of its own. `handle` runs in a transaction together with the inbox row of
 * the event, so its effect in the database happens once however often the event is delivered. An effect outside the
 * database (a mail) must be idempotent by the event's id, or be done by a job that the transaction enqueues.
 *
 * To provide it in a module of the worker is to subscribe it; at start its events are checked against the registry.
 * An error thrown by `handle` means: again later.
 *
 * `handle` gets only what is as the schema of its event says; the rest becomes a dead letter. Who may import the table of
 * the context that publishes says `EventConsumer<EventOf<typeof itsEvents, 'book_deleted'>>` and has the data typed.
 */
export abstract class EventConsumer<Event extends CloudEvent = CloudEvent> {
  /** Name of the queue after `holdfast.`; never changes once in use. Letters, digits and dashes. */
  abstract readonly name: string;
  abstract readonly events: readonly Event['type'][];
  /**
   * Events that are under way at once. Those that come together are handled one after the other, in the order in which
   * they came, in one transaction: `handle` should take milliseconds.
   */
  readonly prefetch: number = 100;
  abstract handle(event: Event): Promise<void>;
}

/** Thrown by a handler when no retry can help: the event becomes a dead letter at once, with this reason. */
export class UnprocessableEvent extends Error {}
