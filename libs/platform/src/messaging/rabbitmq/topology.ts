import type { Channel, ChannelModel, Options } from 'amqplib';
import type { Subscription } from '../broker.js';
import { EVENTS_EXCHANGE, PRIVATE_EXCHANGE } from '../events.js';

export const DEAD_LETTERS = 'holdfast.dead';
/**
 * Takes every public event and keeps the latest. With it an event can always be routed, so "nobody listens yet" is not
 * an error while a private event without its consumer is; and operators can look at what was published last.
 */
export const RECENT_QUEUE = 'holdfast.recent';
const RECENT_LENGTH = 10_000;

/**
 * Deliveries that end without an answer (the process or its channel died) before RabbitMQ itself sets a message aside.
 * Ordinary failures never come here: they wait in a retry queue and count by header.
 */
const DELIVERY_LIMIT = 20;

export const queueOf = (consumer: string): string => `holdfast.${consumer}`;
export const retryExchange = (delayMs: number): string => `holdfast.retry.${delayMs}`;

type QueueOfConsumer = Pick<Subscription, 'name' | 'bindings'>;

interface Queue {
  name: string;
  options: Options.AssertQueue;
}

/** All that must exist in the broker, as data. */
export interface Topology {
  exchanges: { name: string; type: 'topic' | 'fanout' }[];
  queues: Queue[];
  bindings: { queue: string; exchange: string; key: string }[];
}

/** Dead lettering inside the broker that survives its crash: the message stays until the other queue has confirmed it. */
const safely = { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' };

/** The exchanges have no arguments at all: outside clients assert them as "topic, durable" and nothing else. */
export function topologyOf(subscriptions: readonly QueueOfConsumer[], delaysMs: readonly number[]): Topology {
  const delays = [...new Set(delaysMs)];
  return {
    exchanges: [
      { name: EVENTS_EXCHANGE, type: 'topic' },
      { name: PRIVATE_EXCHANGE, type: 'topic' },
      { name: DEAD_LETTERS, type: 'topic' },
      ...delays.map((delay) => ({ name: retryExchange(delay), type: 'fanout' as const })),
    ],
    queues: [
      // Drops its oldest message when it is full.
      { name: RECENT_QUEUE, options: { arguments: { 'x-max-length': RECENT_LENGTH, 'x-overflow': 'drop-head' } } },
      // Classic: people look at it again and again, which a quorum queue would count as failed deliveries.
      { name: DEAD_LETTERS, options: {} },
      ...delays.map(retryQueue),
      ...subscriptions.map(consumerQueue),
    ],
    bindings: [
      { queue: RECENT_QUEUE, exchange: EVENTS_EXCHANGE, key: '#' },
      { queue: DEAD_LETTERS, exchange: DEAD_LETTERS, key: '#' },
      ...delays.map((delay) => ({ queue: retryExchange(delay), exchange: retryExchange(delay), key: '' })),
      ...subscriptions.flatMap(({ name, bindings }) =>
        bindings.map(({ exchange, event }) => ({ queue: queueOf(name), exchange, key: event })),
      ),
    ],
  };
}

function consumerQueue({ name }: QueueOfConsumer): Queue {
  return {
    name: queueOf(name),
    options: {
      arguments: {
        'x-queue-type': 'quorum',
        'x-delivery-limit': DELIVERY_LIMIT,
        'x-dead-letter-exchange': DEAD_LETTERS,
        'x-dead-letter-routing-key': name,
        ...safely,
      },
    },
  };
}

/**
 * Messages wait here for the time to live and then go to the default exchange under the routing key that they came with:
 * the name of the queue that wants them again. So one queue for each delay serves all consumers.
 */
function retryQueue(delayMs: number): Queue {
  return {
    name: retryExchange(delayMs),
    options: {
      arguments: { 'x-queue-type': 'quorum', 'x-message-ttl': delayMs, 'x-dead-letter-exchange': '', ...safely },
    },
  };
}

const PRECONDITION_FAILED = 406;

/**
 * Makes what is missing; may be repeated. What exists with other arguments is reported, used as it is, and does not keep
 * the rest from being declared.
 */
export async function declareTopology(
  connection: ChannelModel,
  topology: Topology,
  report: (problem: string) => void,
): Promise<void> {
  const steps = new Steps(connection, report);
  for (const { name, type } of topology.exchanges) {
    await steps.run(`exchange ${name}`, (channel) => channel.assertExchange(name, type, { durable: true }));
  }
  for (const { name, options } of topology.queues) {
    await steps.run(`queue ${name}`, (channel) => channel.assertQueue(name, { durable: true, ...options }));
  }
  for (const { queue, exchange, key } of topology.bindings) {
    await steps.run(`binding of ${queue}`, (channel) => channel.bindQueue(queue, exchange, key));
  }
  await steps.end();
}

/** Steps on one channel, which is made anew when the server closes it for a refusal. */
class Steps {
  private channel: Channel | undefined;

  constructor(
    private readonly connection: ChannelModel,
    private readonly report: (problem: string) => void,
  ) {}

  async run(what: string, step: (channel: Channel) => Promise<unknown>): Promise<void> {
    try {
      await step((this.channel ??= await this.open()));
    } catch (error) {
      if ((error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error;
      this.channel = undefined;
      this.report(
        `The ${what} exists in RabbitMQ with other arguments (${(error as Error).message}). It is used as it is. ` +
          `To have it made anew: stop what publishes and consumes, let it run empty, delete it ` +
          `(rabbitmqctl delete_queue <name>), start again.`,
      );
    }
  }

  async end(): Promise<void> {
    await this.channel?.close();
  }

  private async open(): Promise<Channel> {
    const channel = await this.connection.createChannel();
    channel.on('error', () => undefined); // the step that caused it rejects
    return channel;
  }
}
