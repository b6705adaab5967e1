import { Logger } from '@nestjs/common';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { Subscription } from '../broker.js';
import { deadLetterBody } from '../dead-letters/dead-letter-body.js';
import type { DeadLetter, DeadLetterTable } from '../dead-letters/dead-letter-table.js';
import { backoff, Pauses } from '../pause.js';
import { attemptsOf, DATA_REMOVED, FAILED_AT, firstFailureOf, REASON, textHeader, timeHeader } from './headers.js';
import { DEAD_LETTERS } from './topology.js';

const AT_ONCE = 20;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const TAG = 'holdfast';

/**
 * Brings dead letters from their queue, where they can only be found by taking them, to the table where staff finds them.
 * Each is acknowledged once it is there; while the database is away they wait.
 */
export class DeadLetterCollector {
  private readonly logger = new Logger('DeadLetters');
  private readonly pauses = new Pauses();
  private readonly underWay = new Set<Promise<void>>();
  private stopped = false;
  private closed = false;

  private constructor(
    private readonly channel: Channel,
    private readonly subscriptions: readonly Subscription[],
    private readonly table: DeadLetterTable,
  ) {
    channel.once('close', () => {
      this.closed = true;
      this.end();
    });
  }

  static async begin(
    connection: ChannelModel,
    subscriptions: readonly Subscription[],
    table: DeadLetterTable,
    lost: (reason: string) => void,
  ): Promise<DeadLetterCollector> {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined); // 'close' follows
    channel.once('close', () => lost(`the channel of ${DEAD_LETTERS} was closed`));
    const collector = new DeadLetterCollector(channel, subscriptions, table);
    await channel.prefetch(AT_ONCE);
    await channel.consume(
      DEAD_LETTERS,
      (message) => (message ? collector.take(message) : lost(`${DEAD_LETTERS} was deleted`)),
      { consumerTag: TAG },
    );
    return collector;
  }

  /** Takes no more. What could not be kept stays in the queue. */
  async stop(): Promise<void> {
    await this.channel.cancel(TAG).catch(() => undefined);
    this.end();
    await Promise.all(this.underWay);
  }

  private end(): void {
    this.stopped = true;
    this.pauses.end();
  }

  private take(message: ConsumeMessage): void {
    const work = this.keep(message).finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  private async keep(message: ConsumeMessage): Promise<void> {
    const letter = this.letterOf(message);
    for (let failures = 0; !this.stopped; failures++) {
      try {
        await this.table.keep(letter);
        if (!this.closed) this.channel.ack(message);
        return;
      } catch (error) {
        this.logger.warn(`a dead letter stays in ${DEAD_LETTERS} for now: ${(error as Error).message}`);
        await this.pauses.wait(backoff(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
      }
    }
  }

  /** One without a reason of ours was set aside by RabbitMQ, as it was: its secrets are still in it. */
  private letterOf(message: ConsumeMessage): DeadLetter {
    const consumer = message.fields.routingKey;
    const reason = textHeader(message, REASON);
    const text = message.content.toString('utf8');
    const kept = reason === undefined ? deadLetterBody(text, this.subscriptionOf(consumer)) : text;
    const lastFailedAt = timeHeader(message, FAILED_AT) ?? new Date();
    return {
      consumer,
      body: kept === text ? message.content : Buffer.from(kept),
      dataKept: kept === text && message.properties.headers?.[DATA_REMOVED] !== true,
      traceparent: textHeader(message, 'traceparent') ?? null,
      reason: reason ?? textHeader(message, 'x-first-death-reason') ?? 'unknown',
      attempts: reason === undefined ? attemptsOf(message) + 1 : attemptsOf(message),
      firstFailedAt: firstFailureOf(message) ?? lastFailedAt,
      lastFailedAt,
    };
  }

  private subscriptionOf(consumer: string): Subscription | undefined {
    return this.subscriptions.find(({ name }) => name === consumer);
  }
}
