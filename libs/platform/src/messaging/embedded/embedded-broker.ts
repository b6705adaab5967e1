import { join } from 'node:path';
import type { Database } from '../../database/database.js';
import {
  Broker,
  BrokerUnavailable,
  type OutgoingMessage,
  type Redelivery,
  RETRY_DELAYS_MS,
  SETTLE_LIMIT_MS,
  type Subscription,
} from '../broker.js';
import { DeadLetterTable } from '../dead-letters/dead-letter-table.js';
import { EVENTS_EXCHANGE } from '../events.js';
import { within } from '../pause.js';
import { EmbeddedQueue } from './embedded-queue.js';
import { EventLog } from './event-log.js';
import { MessageTable, type NewMessage } from './message-table.js';

export interface EmbeddedOptions {
  /** Public events are appended to `events.ndjson` in this folder. */
  dataDir: string;
  retryDelaysMs?: readonly number[];
}

interface Waiting {
  messages: NewMessage[];
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * The stand-in for RabbitMQ: queues as rows in PostgreSQL, so as durable as the outbox. Who subscribes is known in this
 * process only: publish from a process that was started with all consumers. An event that no queue wants is confirmed.
 */
export class EmbeddedBroker extends Broker {
  private readonly table: MessageTable;
  private readonly deadLetters: DeadLetterTable;
  private readonly log: EventLog;
  private readonly delaysMs: readonly number[];
  private subscriptions: readonly Subscription[] = [];
  private queues: EmbeddedQueue[] = [];
  private waiting: Waiting[] = [];
  private writing = false;
  private open = false;

  constructor(database: Database, options: EmbeddedOptions) {
    super();
    this.table = new MessageTable(database.pool);
    this.deadLetters = new DeadLetterTable(database.pool);
    this.log = new EventLog(join(options.dataDir, 'events.ndjson'));
    this.delaysMs = options.retryDelaysMs ?? RETRY_DELAYS_MS;
  }

  start(subscriptions: readonly Subscription[]): Promise<void> {
    this.subscriptions = subscriptions;
    this.queues = subscriptions.map(
      (subscription) => new EmbeddedQueue(this.table, this.deadLetters, subscription, this.delaysMs),
    );
    this.open = true;
    return Promise.resolve();
  }

  async publish({ exchange, event, traceparent, requestId = null }: OutgoingMessage): Promise<void> {
    if (!this.open) throw new BrokerUnavailable('the embedded broker is not started');
    const body = JSON.stringify(event);
    const messages = this.subscriptions
      .filter(({ bindings }) => bindings.some((b) => b.exchange === exchange && b.event === event.type))
      .map(({ name }) => ({ consumer: name, body, traceparent, requestId }));
    if (messages.length > 0) await this.add(messages);
    // Never the private exchange: its events carry secrets.
    if (exchange === EVENTS_EXCHANGE) this.log.append(event);
  }

  async stopConsuming(): Promise<void> {
    const settled = Promise.all(this.queues.map((queue) => queue.stop()));
    await within(SETTLE_LIMIT_MS, settled, () => new Error('late')).catch(() => undefined);
  }

  async redeliver(letter: Redelivery): Promise<void> {
    if (!this.open) throw new BrokerUnavailable('the embedded broker is not started');
    if (!this.subscriptions.some(({ name }) => name === letter.consumer)) {
      throw new Error(`no consumer "${letter.consumer}" is there`);
    }
    await this.table.addAgain(letter).catch((error: Error) => {
      throw new BrokerUnavailable(error.message);
    });
    for (const queue of this.queues) queue.wake();
  }

  isReady(): boolean {
    return this.open;
  }

  async close(): Promise<void> {
    this.open = false;
    await this.stopConsuming();
    await this.log.flush();
  }

  /** What is published while a statement runs goes together into the next one: one connection, and the order is kept. */
  private add(messages: NewMessage[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ messages, resolve, reject });
      if (!this.writing) void this.write();
    });
  }

  private async write(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.table.add(batch.flatMap(({ messages }) => messages));
        for (const { resolve } of batch) resolve();
        for (const queue of this.queues) queue.wake();
      } catch (error) {
        for (const { reject } of batch) reject(new BrokerUnavailable((error as Error).message));
      }
    }
    this.writing = false;
  }
}
