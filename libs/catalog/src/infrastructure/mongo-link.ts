import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import mongoose, { type Connection } from 'mongoose';
import { CatalogError } from '../domain/errors.js';

/** Nothing of ours is buffered or waits for long: a MongoDB that is away costs milliseconds. */
const OPTIONS: mongoose.ConnectOptions = {
  bufferCommands: false,
  autoIndex: false,
  autoCreate: false,
  serverSelectionTimeoutMS: 1000,
  connectTimeoutMS: 1000,
  waitQueueTimeoutMS: 1000,
  socketTimeoutMS: 5000,
  maxPoolSize: 20,
  // What was acknowledged outlives a crash and a change of the primary, and is seen by the next read.
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
};
const NEXT_TRY_AFTER_MS = 250;
/** Longer than the driver's own limits together: a ping that lasts longer was lost. */
const PING_LIMIT_MS = 8000;
const CLOSE_LIMIT_MS = 2000;
/** Longer than the driver pauses between two of its own looks at the server. */
const PATIENCE_MS = 15_000;
/** Limits are counted in parts, so that a pause of this process is no silence of MongoDB. */
const SLICES = 5;

/**
 * The connection to MongoDB for callers that cannot wait. Every call has its limit; after one that got no answer all
 * others are refused at once, until a ping is answered. So a MongoDB that hangs costs its limit once, and is used again
 * as soon as it answers.
 */
export class MongoLink {
  readonly connection: Connection = mongoose.createConnection();
  private readonly logger = new Logger(MongoLink.name);
  private readonly closing = new AbortController();
  private isAnswering = false;
  private complained = false;

  /**
   * `whenAnswering` runs at the start and after each loss; nobody waits for it, and it must not throw. `patienceMs`: how
   * long the driver may take to come back before another client takes its place.
   */
  constructor(
    private readonly url: string,
    private readonly whenAnswering: () => Promise<void>,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.connection.on('error', (error: Error) => this.complain(error.message));
    this.connection.on('disconnected', () => this.lose('disconnected'));
    void this.open();
  }

  /** @throws CatalogError `metadata-unavailable` within the limit, whatever MongoDB does */
  async within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
    if (!this.isAnswering) throw metadataAway();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      let left = SLICES;
      const slice = (): void => (--left > 0 ? undefined : reject(new Error(`no answer within ${limitMs} ms`)));
      timer = setInterval(slice, limitMs / SLICES);
    });
    try {
      return await Promise.race([work(), tooLate]);
    } catch (error) {
      const { message } = error as Error;
      if (isAnswer(error)) this.logger.warn(`MongoDB refused: ${message}`);
      else this.lose(message);
      throw metadataAway();
    } finally {
      clearInterval(timer);
    }
  }

  isReady(): boolean {
    return this.isAnswering;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.connection.close(true);
  }

  private open(): Promise<void> {
    return this.untilAnswered(() => this.connection.openUri(this.url, OPTIONS));
  }

  private lose(reason: string): void {
    if (!this.isAnswering || this.closing.signal.aborted) return;
    this.isAnswering = false;
    this.complain(reason);
    const trusted = performance.now() + this.patienceMs;
    void this.untilAnswered(() => (performance.now() < trusted ? this.ping() : this.renew()));
  }

  private async ping(): Promise<void> {
    const lost = this.failAfter(PING_LIMIT_MS, 'the ping was lost');
    await Promise.race([this.connection.db?.command({ ping: 1 }), lost]);
  }

  /**
   * The driver comes back from most losses by itself. But what it writes to a socket that ends in that moment waits for
   * ever, and if that is its own look at the server, it never finds the server again (driver 7.8, `writeCommand`).
   */
  private async renew(): Promise<void> {
    // Without force: that would stay with the connection, and refuse everything from then on.
    const stuck = this.failAfter(CLOSE_LIMIT_MS, 'the old client does not close');
    await Promise.race([this.connection.close(), stuck]).catch(() => undefined);
    await this.connection.openUri(this.url, OPTIONS);
  }

  private async failAfter(limitMs: number, reason: string): Promise<never> {
    await pause(limitMs, undefined, { ref: false, signal: this.closing.signal });
    throw new Error(reason);
  }

  /** One attempt at a time: one that hangs is answered when MongoDB goes on, or ended by its limit. */
  private async untilAnswered(attempt: () => Promise<unknown>): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        await attempt();
        this.isAnswering = true;
        if (this.complained) this.logger.log('MongoDB answers again');
        this.complained = false;
        void this.whenAnswering();
        return;
      } catch (error) {
        this.complain((error as Error).message);
        await pause(NEXT_TRY_AFTER_MS, undefined, { ref: false, signal: this.closing.signal }).catch(() => undefined);
      }
    }
  }

  /** Once for each time that it is away. */
  private complain(reason: string): void {
    if (!this.complained && !this.closing.signal.aborted)
      this.logger.warn(`MongoDB does not answer, metadata waits: ${reason}`);
    this.complained = true;
  }
}

/** An error that MongoDB answered with; that of a bulk may be a lost connection. */
const isAnswer = (error: unknown): boolean =>
  error instanceof mongoose.mongo.MongoServerError && !(error instanceof mongoose.mongo.MongoBulkWriteError);

export const metadataAway = (detail = 'The store of the metadata does not answer.'): CatalogError =>
  new CatalogError('metadata-unavailable', detail);
