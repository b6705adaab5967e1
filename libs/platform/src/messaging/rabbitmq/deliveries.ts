import type { Channel, ChannelModel, ConsumeMessage, Options } from 'amqplib';
import type { Delivery, Outcome, Subscription } from '../broker.js';
import { deadLetterBody } from '../dead-letters/dead-letter-body.js';
import {
  attemptsOf,
  DATA_REMOVED,
  FAILED_AT,
  firstFailureOf,
  pastHeaders,
  REASON,
  REPLAY,
  REQUEST_ID,
  textHeader,
} from './headers.js';
import type { Publisher } from './publisher.js';
import { DEAD_LETTERS, queueOf, retryExchange } from './topology.js';

const LONGEST_REASON = 1_000;

/** One consumer on one connection: takes from the queue, hands over, settles. */
export class Deliveries {
  private readonly underWay = new Set<Promise<void>>();

  private constructor(
    private readonly channel: Channel,
    private readonly subscription: Subscription,
    private readonly publisher: Publisher,
    private readonly delaysMs: readonly number[],
    private readonly lost: (reason: string) => void,
  ) {}

  static async begin(
    connection: ChannelModel,
    subscription: Subscription,
    publisher: Publisher,
    delaysMs: readonly number[],
    lost: (reason: string) => void,
  ): Promise<Deliveries> {
    const channel = await connection.createChannel();
    const queue = queueOf(subscription.name);
    let reason = `the channel of ${queue} was closed`;
    channel.on('error', (error: Error) => (reason = error.message));
    channel.once('close', () => lost(reason));
    const deliveries = new Deliveries(channel, subscription, publisher, delaysMs, lost);
    await channel.prefetch(subscription.prefetch);
    // A queue that is deleted under its consumer is told by a null message.
    await channel.consume(queue, (message) => (message ? deliveries.take(message) : lost(`${queue} was deleted`)), {
      consumerTag: TAG,
    });
    return deliveries;
  }

  /** Takes no more; resolves when everything that was taken is settled. */
  async stop(): Promise<void> {
    await this.channel.cancel(TAG).catch(() => undefined);
    await Promise.all(this.underWay);
  }

  private take(message: ConsumeMessage): void {
    const work = this.deliver(message)
      .catch((error: Error) => this.lost(`a delivery could not be settled: ${error.message}`))
      .finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  /** The copy for the retry or dead letter queue is confirmed before the original goes: a crash doubles it, never loses it. */
  private async deliver(message: ConsumeMessage): Promise<void> {
    const previousAttempts = attemptsOf(message);
    const outcome = await this.handle({
      body: message.content,
      traceparent: textHeader(message, 'traceparent'),
      requestId: requestIdOf(message),
      previousAttempts,
    });
    const isReplay = message.properties.headers?.[REPLAY] === true;
    const delay = isReplay ? undefined : this.delaysMs[previousAttempts];
    if (outcome.kind === 'retry' && delay !== undefined) {
      await this.copy(message, message.content, retryExchange(delay), queueOf(this.subscription.name), {
        [REASON]: outcome.reason.slice(0, LONGEST_REASON),
      });
    } else if (outcome.kind !== 'done') {
      const text = message.content.toString('utf8');
      const kept = deadLetterBody(text, this.subscription);
      await this.copy(
        message,
        kept === text ? message.content : Buffer.from(kept),
        DEAD_LETTERS,
        this.subscription.name,
        {
          [REASON]: outcome.reason.slice(0, LONGEST_REASON),
          [FAILED_AT]: new Date().toISOString(),
          ...(kept === text ? {} : { [DATA_REMOVED]: true }),
        },
      );
    }
    this.channel.ack(message);
  }

  private async handle(delivery: Delivery): Promise<Outcome> {
    try {
      return await this.subscription.handle(delivery);
    } catch (error) {
      return { kind: 'retry', reason: (error as Error).message };
    }
  }

  private copy(
    message: ConsumeMessage,
    body: Buffer,
    exchange: string,
    routingKey: string,
    headers: Record<string, string | boolean>,
  ): Promise<void> {
    const { messageId, type, timestamp, contentType } = message.properties as Options.Publish;
    const past = pastHeaders({
      traceparent: textHeader(message, 'traceparent') ?? null,
      attempts: attemptsOf(message) + 1,
      firstFailedAt: firstFailureOf(message) ?? new Date(),
    });
    const requestId = requestIdOf(message);
    return this.publisher.send(exchange, routingKey, body, {
      messageId,
      type,
      timestamp,
      contentType,
      headers: { ...past, ...(requestId ? { [REQUEST_ID]: requestId } : {}), ...headers },
    });
  }
}

/** Whoever can publish could write anything there, and it goes to the log. */
function requestIdOf(message: ConsumeMessage): string | undefined {
  const text = textHeader(message, REQUEST_ID);
  return text && /^[\w.:-]{1,128}$/.test(text) ? text : undefined;
}

/** A consumer has a channel of its own, so its tag need not tell it from others. */
const TAG = 'holdfast';
