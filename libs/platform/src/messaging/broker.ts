import type { CloudEvent } from './events.js';

/** A message on its way to an exchange; its routing key is the event's type. */
export interface OutgoingMessage {
  exchange: string;
  event: CloudEvent;
  traceparent: string | null;
  /** X-Request-Id of the request that made the change. */
  requestId?: string | null;
}

/** What a consumer gets: the bytes as they came, and how often it was tried before (0 the first time). */
export interface Delivery {
  body: Buffer;
  traceparent: string | undefined;
  requestId?: string;
  previousAttempts: number;
}

/** What became of a delivery: done; again after a growing delay; or set aside with the reason, for people to look at. */
export type Outcome = { kind: 'done' } | { kind: 'retry'; reason: string } | { kind: 'dead'; reason: string };

/** One kind of event that a queue wants, and the exchange where it is published. */
export interface Binding {
  exchange: string;
  event: string;
}

/** A durable queue of one consumer. Its name on the wire is `holdfast.<name>`. */
export interface Subscription {
  name: string;
  bindings: readonly Binding[];
  /** Deliveries that may be under way at once: handed over in the order in which they came, before the earlier ones are done. */
  prefetch: number;
  /** Must not reject: a rejection counts as `retry`. */
  handle(delivery: Delivery): Promise<Outcome>;
}

/** A message that failed before, for the one consumer that could not handle it. */
export interface Redelivery {
  consumer: string;
  body: Buffer;
  traceparent: string | null;
  attempts: number;
  firstFailedAt: Date;
}

/**
 * The message broker: RabbitMQ, or the stand-in in PostgreSQL. One contract suite runs on both.
 *
 * - `publish` resolves when the broker has taken responsibility for the message, and rejects when it could not be
 *   routed, was refused, or when the broker is away: publish it again then. Nothing is kept in memory for later.
 * - Messages that are published one after the other reach a queue in that order.
 * - Each delivery comes at least once. A retry waits outside of the queue, so it is overtaken by those behind it; after
 *   `MAX_DELIVERIES` the message is a dead letter, kept in `DeadLetterTable`: in the end, and at least once.
 * - After any loss of the connection everything is taken up again by itself.
 */
export abstract class Broker {
  /**
   * Declares the topology and begins to deliver. Call it once. Resolves when the broker has it, or when the first attempt
   * to reach it failed; then it is done as soon as the broker is there, and before anything is published to it.
   */
  abstract start(subscriptions: readonly Subscription[]): Promise<void>;
  /** @throws BrokerUnavailable when the broker, not the message, is the trouble. */
  abstract publish(message: OutgoingMessage): Promise<void>;
  /** Stops taking new deliveries; resolves when those under way are settled, at most after ten seconds. */
  abstract stopConsuming(): Promise<void>;
  /**
   * Gives a message to its consumer once more, and to no other, for one attempt. Resolves and rejects as `publish` does.
   */
  abstract redeliver(letter: Redelivery): Promise<void>;
  /** Whether a message could be published now: the connection in use is alive and not blocked. */
  abstract isReady(): boolean;
  /** Deliveries that are still under way come again at the next start. */
  abstract close(): Promise<void>;
}

/** The broker cannot be reached, went away, or does not answer in time; any message would fail now. */
export class BrokerUnavailable extends Error {}

/** Pauses before the second and each later delivery, in milliseconds: some 80 minutes in all. */
export const RETRY_DELAYS_MS: readonly number[] = [1_000, 4_000, 15_000, 60_000, 240_000, 900_000, 3_600_000];

export const MAX_DELIVERIES = RETRY_DELAYS_MS.length + 1;

/** How long `stopConsuming` waits for the deliveries under way. */
export const SETTLE_LIMIT_MS = 10_000;
