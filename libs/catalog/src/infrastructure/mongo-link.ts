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

  /** `whenAnswering` runs at the start and after each loss; nobody waits for it, and it must not throw. */
  constructor(
    private readonly url: string,
    private readonly whenAnswering: () => Promise<void>,
  ) {
    this.connection.on('error', (error: Error) => this.logger.warn(`MongoDB: ${error.message}`));
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

  async close(): Promise<void> {
    this.closing.abort();
    await this.connection.close(true);
  }

  /** Once open, the driver comes back from every loss by itself; another client would be one too many. */
  private open(): Promise<void> {
    return this.untilAnswered(() => this.connection.openUri(this.url, OPTIONS));
  }

  private lose(reason: string): void {
    if (!this.isAnswering || this.closing.signal.aborted) return;
    this.isAnswering = false;
    this.complain(reason);
    void this.untilAnswered(async () => this.connection.db?.command({ ping: 1 }));
  }

  /** One attempt at a time: one that hangs is answered when MongoDB goes on, or ended by the driver. */
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
