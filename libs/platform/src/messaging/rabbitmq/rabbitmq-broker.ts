import { Logger } from '@nestjs/common';
import type { ChannelModel, Options } from 'amqplib';
import {
  Broker,
  BrokerUnavailable,
  type OutgoingMessage,
  type Redelivery,
  RETRY_DELAYS_MS,
  SETTLE_LIMIT_MS,
  type Subscription,
} from '../broker.js';
import { readObject } from '../dead-letters/dead-letter-body.js';
import type { DeadLetterTable } from '../dead-letters/dead-letter-table.js';
import { within } from '../pause.js';
import { RabbitConnection } from './connection.js';
import { DeadLetterCollector } from './dead-letter-collector.js';
import { Deliveries } from './deliveries.js';
import { pastHeaders, REPLAY, REQUEST_ID } from './headers.js';
import { Publisher } from './publisher.js';
import { declareTopology, queueOf, topologyOf } from './topology.js';

export interface RabbitMqOptions {
  url: string;
  retryDelaysMs?: readonly number[];
  /** How long a confirm may take before the connection counts as dead. */
  publishLimitMs?: number;
  /** Where dead letters are brought; without it they stay in their queue. */
  deadLetters?: DeadLetterTable;
}

const CLOUD_EVENT = 'application/cloudevents+json';

/** RabbitMQ 3.10 or later: one connection, a confirm channel to publish on, a channel for each consumer. */
export class RabbitMqBroker extends Broker {
  private readonly logger = new Logger('RabbitMQ');
  private readonly connection: RabbitConnection;
  private readonly delaysMs: readonly number[];
  private readonly publishLimitMs: number;
  private readonly deadLetters: DeadLetterTable | undefined;
  private subscriptions: readonly Subscription[] = [];
  private publisher: Publisher | undefined;
  private consuming: { stop(): Promise<void> }[] = [];
  /** Resolve, and never reject, once they consume or have failed to. */
  private beginning: Promise<void>[] = [];
  private stopped = false;

  constructor(options: RabbitMqOptions) {
    super();
    this.delaysMs = options.retryDelaysMs ?? RETRY_DELAYS_MS;
    this.publishLimitMs = options.publishLimitMs ?? 10_000;
    this.deadLetters = options.deadLetters;
    this.connection = new RabbitConnection(options.url, (connection) => this.setUp(connection));
  }

  start(subscriptions: readonly Subscription[]): Promise<void> {
    this.subscriptions = subscriptions;
    return this.connection.start();
  }

  publish({ exchange, event, traceparent, requestId }: OutgoingMessage): Promise<void> {
    return this.send(exchange, event.type, Buffer.from(JSON.stringify(event)), {
      contentType: CLOUD_EVENT,
      messageId: event.id,
      type: event.type,
      timestamp: Math.floor(Date.parse(event.time) / 1000),
      headers: { ...(traceparent ? { traceparent } : {}), ...(requestId ? { [REQUEST_ID]: requestId } : {}) },
    });
  }

  /** The default exchange knows each queue by its name. */
  redeliver({ consumer, body, ...past }: Redelivery): Promise<void> {
    const { id, type } = readObject(body.toString('utf8')) ?? {};
    return this.send('', queueOf(consumer), body, {
      contentType: CLOUD_EVENT,
      ...(typeof id === 'string' ? { messageId: id } : {}),
      ...(typeof type === 'string' ? { type } : {}),
      headers: { ...pastHeaders(past), [REPLAY]: true },
    });
  }

  async stopConsuming(): Promise<void> {
    this.stopped = true;
    // Those that are only beginning stop themselves, see `begin`.
    const settled = Promise.all([...this.beginning, ...this.consuming.map((deliveries) => deliveries.stop())]);
    const late = (): Error => new Error('deliveries are still under way; they will come again');
    await within(SETTLE_LIMIT_MS, settled, late).catch((error: Error) => this.logger.warn(error.message));
  }

  isReady(): boolean {
    return this.connection.usable !== undefined;
  }

  close(): Promise<void> {
    this.stopped = true;
    return this.connection.close();
  }

  private async send(exchange: string, routingKey: string, body: Buffer, options: Options.Publish): Promise<void> {
    const connection = this.connection.usable;
    if (!connection || !this.publisher) throw new BrokerUnavailable('RabbitMQ is not connected or takes no messages');
    const sent = this.publisher.send(exchange, routingKey, body, options);
    // A confirm that does not come means that the connection hangs: it is dropped, and with it what waits in its buffers.
    await within(this.publishLimitMs, sent, () => {
      this.connection.drop(connection, 'a confirm did not come in time');
      return new BrokerUnavailable('RabbitMQ did not confirm in time');
    });
  }

  private async setUp(connection: ChannelModel): Promise<void> {
    const lost = (reason: string): void => this.connection.drop(connection, reason);
    await declareTopology(connection, topologyOf(this.subscriptions, this.delaysMs), (problem) =>
      this.logger.error(problem),
    );
    const publisher = await Publisher.open(connection, lost);
    this.publisher = publisher;
    this.consuming = [];
    // Not waited for: a quorum queue without a leader keeps its consumer waiting, and that shall not stop all publishing.
    this.beginning = (this.stopped ? [] : this.subscriptions).map((subscription) =>
      this.begin(subscription.name, Deliveries.begin(connection, subscription, publisher, this.delaysMs, lost), lost),
    );
    if (this.stopped || !this.deadLetters) return;
    const collector = DeadLetterCollector.begin(connection, this.subscriptions, this.deadLetters, lost);
    this.beginning.push(this.begin('the collector of dead letters', collector, lost));
  }

  private async begin(
    who: string,
    beginning: Promise<{ stop(): Promise<void> }>,
    lost: (reason: string) => void,
  ): Promise<void> {
    try {
      const consuming = await beginning;
      if (this.stopped) await consuming.stop();
      else this.consuming.push(consuming);
    } catch (error) {
      lost(`${who} cannot consume: ${(error as Error).message}`);
    }
  }
}
