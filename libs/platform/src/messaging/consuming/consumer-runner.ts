import { Logger } from '@nestjs/common';
import { isConnectionFailure } from '../../database/failures.js';
import { runInContext } from '../../http/request-context.js';
import { type SpanStart, traced } from '../../tracing/tracing.js';
import type { Delivery, Outcome, Subscription } from '../broker.js';
import { checkData, readCloudEvent } from '../cloud-event.js';
import { type EventConsumer, UnprocessableEvent } from '../consumer.js';
import type { CloudEvent, EventRegistry } from '../events.js';
import { backoff, Pauses } from '../pause.js';
import { Batches } from './batches.js';
import type { Handling, Inbox } from './inbox.js';

const CONSUMER_NAME = /^[a-z][a-z0-9-]*$/;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** Events of one transaction. */
const TOGETHER = 200;

/** What became of a delivery, and the time between the event and its handling; NaN when it is no event. */
export interface HandledDelivery {
  consumer: string;
  outcome: Outcome['kind'];
  delaySeconds: number;
}

/**
 * Hands deliveries to the consumers, each event once: its inbox row is in the transaction of its effect. What comes while
 * a consumer is at work is handled in one transaction afterwards; when that fails, each event in its own.
 */
export class ConsumerRunner {
  private readonly logger = new Logger('Consumers');
  private readonly pauses = new Pauses();
  private stopping = false;

  /** @throws Error with a sentence that says what is wrong with the consumers. */
  constructor(
    private readonly consumers: readonly EventConsumer[],
    private readonly registry: EventRegistry,
    private readonly inbox: Inbox,
    private readonly onHandled: (delivery: HandledDelivery) => void = () => undefined,
  ) {
    const names = new Set<string>();
    for (const consumer of consumers) {
      this.check(consumer);
      if (names.has(consumer.name)) throw new Error(`two consumers have the name "${consumer.name}"; rename one`);
      names.add(consumer.name);
    }
  }

  subscriptions(): Subscription[] {
    return this.consumers.map((consumer) => {
      const batches = new Batches<Handling>(TOGETHER, (works) =>
        traced(
          () => handlingTogether(works),
          () => this.whenDatabaseIsThere(() => this.inbox.handle(consumer.name, works)),
        ),
      );
      return {
        name: consumer.name,
        prefetch: consumer.prefetch,
        bindings: consumer.events.map((event) => ({ exchange: this.registry.get(event).exchange, event })),
        handle: (delivery) => this.deliver(consumer, delivery, batches),
      };
    });
  }

  /** Ends the waiting for a database that is away; what waited is delivered again later. */
  stop(): void {
    this.stopping = true;
    this.pauses.end();
  }

  private check(consumer: EventConsumer): void {
    const who = `the consumer ${consumer.constructor.name}`;
    if (!CONSUMER_NAME.test(consumer.name)) throw new Error(`${who} needs a name of letters, digits and dashes`);
    if (consumer.events.length === 0) throw new Error(`${who} names no event`);
    for (const event of consumer.events) {
      if (!this.registry.has(event)) {
        throw new Error(`${who} wants "${event}", which no context publishes; look at the event tables for its name`);
      }
    }
  }

  private async deliver(consumer: EventConsumer, delivery: Delivery, batches: Batches<Handling>): Promise<Outcome> {
    const context = { requestId: delivery.requestId ?? 'none', traceparent: delivery.traceparent };
    let time = '';
    const told = (outcome: Outcome): Outcome => {
      const delaySeconds = (Date.now() - Date.parse(time)) / 1000;
      this.onHandled({ consumer: consumer.name, outcome: outcome.kind, delaySeconds });
      return outcome;
    };
    try {
      const event = readCloudEvent(delivery.body);
      time = event.time;
      context.requestId = delivery.requestId ?? event.id;
      if (!this.registry.has(event.type)) throw new UnprocessableEvent(`there is no event "${event.type}"`);
      // A binding of an earlier version may still be there. What it brings is none of this consumer's business.
      if (!consumer.events.includes(event.type)) return told({ kind: 'done' });
      checkData(event, this.registry.get(event.type));
      await traced(
        () => processing(consumer, event, delivery.traceparent),
        (span) => {
          const traceparent = span?.traceparent ?? delivery.traceparent;
          const work = (): Promise<void> => runInContext({ ...context, traceparent }, () => consumer.handle(event));
          return batches.submit({ eventId: event.id, work, traceparent });
        },
      );
      return told({ kind: 'done' });
    } catch (error) {
      const reason = `${(error as Error).name}: ${(error as Error).message}`;
      const kind = error instanceof UnprocessableEvent ? 'dead' : 'retry';
      const attempt = `attempt ${delivery.previousAttempts + 1} failed (${kind})`;
      runInContext(context, () => this.logger.warn(`${consumer.name}: ${attempt}: ${reason}`));
      return told({ kind, reason });
    }
  }

  /** A database that is away is no fault of the event, and no other event could be handled either: wait here for it. */
  private async whenDatabaseIsThere(work: () => Promise<void>): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        return await work();
      } catch (error) {
        if (this.stopping || !isConnectionFailure(error)) throw error;
        this.logger.warn(`the database is away: ${(error as Error).message}`);
        await this.pauses.wait(backoff(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
      }
    }
  }
}

const processing = ({ name }: EventConsumer, { type, id }: CloudEvent, traceparent?: string): SpanStart => ({
  name: `process ${type}`,
  kind: 'consumer',
  parents: [traceparent],
  attributes: {
    'messaging.operation.type': 'process',
    'messaging.consumer.group.name': name,
    'messaging.message.id': id,
  },
});

/** A span of the first, with links to the others: they share its transaction. */
const handlingTogether = (works: readonly Handling[]): SpanStart => ({
  name: 'handle events',
  kind: 'internal',
  parents: works.map(({ traceparent }) => traceparent),
  attributes: { 'messaging.batch.message_count': works.length },
});
