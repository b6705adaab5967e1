import { Logger } from '@nestjs/common';
import type { ChannelModel } from 'amqplib';
import {
  Broker,
  BrokerUnavailable,
  type DeadLetter,
  type OutgoingMessage,
  RETRY_DELAYS_MS,
  SETTLE_LIMIT_MS,
  type Subscription,
} from '../broker.js';
import { within } from '../pause.js';
import { RabbitConnection } from './connection.js';
import { Deliveries, peekDeadLetters } from './deliveries.js';
import { Publisher } from './publisher.js';
import { declareTopology, topologyOf } from './topology.js';

export interface RabbitMqOptions {
  url: string;
  retryDelaysMs?: readonly number[];
  /** How long a confirm may take before the connection counts as dead. */
  publishLimitMs?: number;
}

/** RabbitMQ 3.10 or later: one connection, a confirm channel to publish on, a channel for each consumer. */
export class RabbitMqBroker extends Broker {
  private readonly logger = new Logger('RabbitMQ');
  private readonly connection: RabbitConnection;
  private readonly delaysMs: readonly number[];
  private readonly publishLimitMs: number;
  private subscriptions: readonly Subscription[] = [];
  private publisher: Publisher | undefined;
  private consuming: Deliveries[] = [];
  /** Resolve, and never reject, once they consume or have failed to. */
  private beginning: Promise<void>[] = [];
  private stopped = false;

  constructor(options: RabbitMqOptions) {
    super();
    this.delaysMs = options.retryDelaysMs ?? RETRY_DELAYS_MS;
    this.publishLimitMs = options.publishLimitMs ?? 10_000;
    this.connection = new RabbitConnection(options.url, (connection) => this.setUp(connection));
  }

  start(subscriptions: readonly Subscription[]): Promise<void> {
    this.subscriptions = subscriptions;
    return this.connection.start();
  }

  async publish({ exchange, event, traceparent }: OutgoingMessage): Promise<void> {
    const connection = this.connection.usable;
    if (!connection || !this.publisher) throw new BrokerUnavailable('RabbitMQ is not connected or takes no messages');
    const sent = this.publisher.send(exchange, event.type, Buffer.from(JSON.stringify(event)), {
      contentType: 'application/cloudevents+json',
      messageId: event.id,
      type: event.type,
      timestamp: Math.floor(Date.parse(event.time) / 1000),
      headers: traceparent ? { traceparent } : {},
    });
    // A confirm that does not come means that the connection hangs: it is dropped, and with it what waits in its buffers.
    await within(this.publishLimitMs, sent, () => {
      this.connection.drop(connection, 'a confirm did not come in time');
      return new BrokerUnavailable('RabbitMQ did not confirm in time');
    });
  }

  async stopConsuming(): Promise<void> {
    this.stopped = true;
    // Those that are only beginning stop themselves, see `consume`.
    const settled = Promise.all([...this.beginning, ...this.consuming.map((deliveries) => deliveries.stop())]);
    const late = (): Error => new Error('deliveries are still under way; they will come again');
    await within(SETTLE_LIMIT_MS, settled, late).catch((error: Error) => this.logger.warn(error.message));
  }

  deadLetters(limit: number): Promise<DeadLetter[]> {
    const connection = this.connection.usable;
    if (!connection) return Promise.reject(new BrokerUnavailable('RabbitMQ is not connected'));
    return peekDeadLetters(connection, limit);
  }

  isReady(): boolean {
    return this.connection.usable !== undefined;
  }

  close(): Promise<void> {
    this.stopped = true;
    return this.connection.close();
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
      this.consume(connection, subscription, publisher, lost).catch((error: Error) =>
        lost(`${subscription.name} cannot consume: ${error.message}`),
      ),
    );
  }

  private async consume(
    connection: ChannelModel,
    subscription: Subscription,
    publisher: Publisher,
    lost: (reason: string) => void,
  ): Promise<void> {
    const deliveries = await Deliveries.begin(connection, subscription, publisher, this.delaysMs, lost);
    if (this.stopped) await deliveries.stop();
    else this.consuming.push(deliveries);
  }
}
