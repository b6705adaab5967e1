import {
  type BeforeApplicationShutdown,
  Global,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { Broker } from './broker.js';
import { EventConsumer } from './consumer.js';
import { ConsumerRunner } from './consuming/consumer-runner.js';
import { ConsumerMetrics } from './consuming/consumer-metrics.js';
import { Inbox } from './consuming/inbox.js';
import { DeadLetterTable } from './dead-letters/dead-letter-table.js';
import { EmbeddedBroker } from './embedded/embedded-broker.js';
import { EventRegistry } from './events.js';
import { RabbitMqBroker } from './rabbitmq/rabbitmq-broker.js';
import { RelayMetrics } from './relay/relay-metrics.js';
import { Relay } from './relay/relay.js';

const createBroker = (settings: Settings, database: Database): Broker =>
  settings.rabbitmqUrl
    ? new RabbitMqBroker({ url: settings.rabbitmqUrl, deadLetters: new DeadLetterTable(database.pool) })
    : new EmbeddedBroker(database, { dataDir: settings.dataDir });

/**
 * The publishing and consuming side of events, for the worker. Every `EventConsumer` that some module of the app provides
 * is subscribed; there is no second list to forget one on. Queues are declared before the relay publishes anything.
 */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: Broker, inject: [Settings, Database], useFactory: createBroker },
    Relay,
    RelayMetrics,
    Inbox,
    ConsumerMetrics,
  ],
  exports: [Broker, Relay],
})
export class MessagingWorkerModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Messaging');
  private runner: ConsumerRunner | undefined;

  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(Broker) private readonly broker: Broker,
    @Inject(Relay) private readonly relay: Relay,
    @Inject(EventRegistry) private readonly registry: EventRegistry,
    @Inject(Inbox) private readonly inbox: Inbox,
    @Inject(ConsumerMetrics) private readonly metrics: ConsumerMetrics,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const consumers = this.consumers();
    this.runner = new ConsumerRunner(consumers, this.registry, this.inbox, (one) => this.metrics.count(one));
    for (const { name, events } of consumers) this.logger.log(`${name} consumes ${events.join(', ')}`);
    await this.broker.start(this.runner.subscriptions());
    this.relay.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.runner?.stop();
    await this.broker.stopConsuming();
    await this.relay.stop();
    await this.broker.close();
  }

  /** A class that several modules provide is one consumer. */
  private consumers(): EventConsumer[] {
    const found = new Map<unknown, EventConsumer>();
    for (const { instance } of this.discovery.getProviders() as { instance: unknown }[]) {
      if (instance instanceof EventConsumer && !found.has(instance.constructor))
        found.set(instance.constructor, instance as EventConsumer);
    }
    return [...found.values()];
  }
}
