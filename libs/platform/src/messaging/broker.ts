import type { CloudEvent } from './events.js';

/** A message on its way to an exchange. */
export interface OutgoingMessage {
  exchange: string;
  event: CloudEvent;
  traceparent: string | null;
}

/** What a consumer gets: the bytes as they came, and how often it was tried before (0 the first time). */
export interface Delivery {
  body: Buffer;
  messageId: string | undefined;
  traceparent: string | undefined;
  previousAttempts: number;
}

/**
 * What became of a delivery: done; again after a growing delay; or set aside with the reason, for people to look at.
 * A handler that throws counts as `retry` with its message.
 */
export type Outcome = { kind: 'done' } | { kind: 'retry'; reason: string } | { kind: 'dead'; reason: string };

/** A durable queue of one consumer. Its name on the wire is `holdfast.<name>`. */
export interface Subscription {
  name: string;
  /** Events by name, in the registry. */
  events: readonly string[];
  /** Deliveries that may be under way at once. */
  prefetch: number;
}

/** A message that nobody can handle, with what is known of it. */
export interface DeadLetter {
  consumer: string;
  body: string;
  reason: string;
}

/**
 * The message broker: RabbitMQ, or the stand-in in PostgreSQL. One contract suite runs on both.
 *
 * - `publish` resolves when the broker has taken responsibility for the message (a durable queue has it), and rejects
 *   when it could not be routed, was refused, or the connection was lost meanwhile: publish it again then.
 * - Messages that are published one after the other reach a queue in that order.
 * - Each delivery comes at least once. A retry waits outside of the queue, with a growing delay; after
 *   `MAX_DELIVERIES` the message is a dead letter.
 * - After any loss of the connection everything is taken up again by itself.
 */
export abstract class Broker {
  /** Declares exchanges, queues and bindings; may be repeated. Resolves when the broker has them. */
  abstract declare(subscriptions: readonly Subscription[]): Promise<void>;
  abstract publish(message: OutgoingMessage): Promise<void>;
  abstract consume(subscription: Subscription, handle: (delivery: Delivery) => Promise<Outcome>): Promise<void>;
  /** Stops taking new deliveries; resolves when those under way are settled, at most after some seconds. */
  abstract stopConsuming(): Promise<void>;
  abstract deadLetters(limit: number): Promise<DeadLetter[]>;
  /** Whether the connection in use is alive now. */
  abstract isReady(): boolean;
  abstract close(): Promise<void>;
}

export const MAX_DELIVERIES = 8;

/** Delay before the next try, in milliseconds: 1 s, doubled each time, at most a minute. */
export const retryDelayMs = (previousAttempts: number): number => Math.min(60_000, 1000 * 2 ** previousAttempts);
