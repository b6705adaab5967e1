import { Logger } from '@nestjs/common';
import type { Outcome, Subscription } from '../broker.js';
import { deadLetterBody } from '../dead-letters/dead-letter-body.js';
import type { DeadLetterTable } from '../dead-letters/dead-letter-table.js';
import { Pauses } from '../pause.js';
import type { MessageTable, TakenMessage } from './message-table.js';

/** Longer than any handler may take, for after it another process takes the message. */
const LEASE_MS = 60_000;
const POLL_MS = 500;
const PAUSE_AFTER_FAILURE_MS = 1_000;

/** The consumer's side of one queue: takes messages while it has room, hands them over, settles them. */
export class EmbeddedQueue {
  private readonly logger = new Logger('EmbeddedBroker');
  private readonly pauses = new Pauses();
  private readonly underWay = new Set<Promise<void>>();
  private readonly running: Promise<void>;
  private stopped = false;

  constructor(
    private readonly table: MessageTable,
    private readonly deadLetters: DeadLetterTable,
    private readonly subscription: Subscription,
    private readonly delaysMs: readonly number[],
  ) {
    this.running = this.run();
  }

  /** Something may have arrived. */
  wake(): void {
    this.pauses.end();
  }

  /** Takes no more; resolves when everything that was taken is settled. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
    await Promise.all(this.underWay);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const taken = await this.takeSome();
      for (const message of taken) this.begin(message);
      if (taken.length === 0 && !this.stopped) await this.pauses.wait(POLL_MS);
    }
  }

  private async takeSome(): Promise<TakenMessage[]> {
    const room = this.subscription.prefetch - this.underWay.size;
    if (room <= 0) return [];
    try {
      return await this.table.take(this.subscription.name, room, LEASE_MS);
    } catch (error) {
      this.logger.warn(`the queue ${this.subscription.name} cannot be read: ${(error as Error).message}`);
      await this.pauses.wait(PAUSE_AFTER_FAILURE_MS);
      return [];
    }
  }

  private begin(message: TakenMessage): void {
    const work = this.deliver(message)
      .catch((error: Error) => this.logger.warn(`a message was not settled and comes again: ${error.message}`))
      .finally(() => {
        this.underWay.delete(work);
        this.wake();
      });
    this.underWay.add(work);
  }

  private async deliver(message: TakenMessage): Promise<void> {
    const deliveries = this.delaysMs.length + 1;
    if (message.attempts > deliveries) {
      return this.setAside(message, 'the process that handled it ended without an answer, again and again');
    }
    const outcome = await this.handle(message);
    const isReplay = message.earlierAttempts > 0;
    const delay = isReplay ? undefined : this.delaysMs[message.attempts - 1];
    if (outcome.kind === 'done') return this.table.remove(message.position);
    if (outcome.kind === 'retry' && delay !== undefined) return this.table.putOff(message.position, delay);
    return this.setAside(message, outcome.reason);
  }

  /** It is kept before it goes: a crash in between has it handled once more, and loses nothing. */
  private async setAside(message: TakenMessage, reason: string): Promise<void> {
    const kept = deadLetterBody(message.body, this.subscription);
    const lastFailedAt = new Date();
    await this.deadLetters.keep({
      consumer: this.subscription.name,
      body: Buffer.from(kept),
      dataKept: kept === message.body,
      traceparent: message.traceparent,
      reason,
      attempts: message.earlierAttempts + message.attempts,
      firstFailedAt: message.firstFailedAt ?? lastFailedAt,
      lastFailedAt,
    });
    await this.table.remove(message.position);
  }

  private async handle({ body, traceparent, requestId, attempts, earlierAttempts }: TakenMessage): Promise<Outcome> {
    try {
      return await this.subscription.handle({
        body: Buffer.from(body, 'utf8'),
        traceparent: traceparent ?? undefined,
        requestId: requestId ?? undefined,
        previousAttempts: earlierAttempts + attempts - 1,
      });
    } catch (error) {
      return { kind: 'retry', reason: (error as Error).message };
    }
  }
}
