import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import { type ChannelModel, connect } from 'amqplib';
import { backoff, Pauses, within } from '../pause.js';

const HEARTBEAT_SECONDS = 10;
const CONNECT_LIMIT_MS = 5_000;
const SET_UP_LIMIT_MS = 30_000;
const CLOSE_LIMIT_MS = 2_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 15_000;
/** A connection that stood this long counts as good: the next loss begins with a short delay again. */
const GOOD_AFTER_MS = 10_000;

/** Puts channels and consumers on a new connection. The connection counts as up when it resolves. */
export type SetUp = (connection: ChannelModel) => Promise<void>;

/**
 * One connection that comes back after any kind of loss, with a growing delay, for as long as it is not closed.
 * There is one way back for everything: whoever meets a dead channel calls `drop`, and all is built anew.
 */
export class RabbitConnection {
  private readonly logger = new Logger('RabbitMQ');
  private readonly pauses = new Pauses();
  private current: ChannelModel | undefined;
  private blocked = false;
  private closing = false;
  private failures = 0;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly url: string,
    private readonly setUp: SetUp,
  ) {}

  /** Resolves after the first attempt, whatever became of it. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.loop ??= this.keepUp(resolve);
    });
  }

  /** The connection in use; undefined while there is none, or while the server takes no messages (out of memory or disk). */
  get usable(): ChannelModel | undefined {
    return this.blocked ? undefined : this.current;
  }

  /** Ends a connection, so that everything is built anew. One that ends by itself takes its channels along, which is not said again. */
  drop(connection: ChannelModel, reason: string): void {
    if (this.closing) return;
    setImmediate(() => {
      if (socketOf(connection).destroyed) return;
      this.logger.warn(`giving the connection up: ${reason}`);
      destroy(connection);
    });
  }

  async close(): Promise<void> {
    this.closing = true;
    this.pauses.end();
    const connection = this.current;
    if (connection) {
      await within(CLOSE_LIMIT_MS, connection.close(), () => new Error('no answer')).catch(() => undefined);
      destroy(connection);
    }
    await this.loop;
  }

  private async keepUp(firstAttemptDone: () => void): Promise<void> {
    while (!this.closing) {
      const since = Date.now();
      const loss = await this.live(firstAttemptDone).catch((error: Error) => error.message);
      firstAttemptDone();
      if (this.closing) return;
      this.failures = Date.now() - since > GOOD_AFTER_MS ? 0 : this.failures + 1;
      const delay = backoff(this.failures, FIRST_DELAY_MS, LONGEST_DELAY_MS);
      this.logger.warn(`not connected (${loss}); trying again in ${Math.round(delay)} ms`);
      await this.pauses.wait(delay);
    }
  }

  /** The whole life of one connection. Resolves with the reason of its end. */
  private async live(up: () => void): Promise<string> {
    const connection = await connect(withHeartbeat(this.url), {
      timeout: CONNECT_LIMIT_MS,
      keepAlive: true,
      noDelay: true,
      clientProperties: { connection_name: 'holdfast' },
    });
    let reason = 'closed';
    const ended = new Promise<string>((resolve) => connection.once('close', () => resolve(reason)));
    connection.on('error', (error: Error) => (reason = error.message));
    connection.on('blocked', (why: string) => this.block(true, why));
    connection.on('unblocked', () => this.block(false, ''));
    this.blocked = false;
    try {
      await within(
        SET_UP_LIMIT_MS,
        Promise.race([this.setUp(connection), ended.then(fail)]),
        () => new Error('setting up took too long'),
      );
      this.current = connection;
      if (this.closing) await connection.close();
      else this.logger.log('connected');
      up();
      return await ended;
    } finally {
      this.current = undefined;
      destroy(connection);
    }
  }

  private block(blocked: boolean, why: string): void {
    this.blocked = blocked;
    this.logger.warn(blocked ? `takes no messages for now: ${why}` : 'takes messages again');
  }
}

const fail = (reason: string): never => {
  throw new Error(reason);
};

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  return parsed.toString();
}

/** amqplib only ends its half of a socket, and a dead peer never ends the other. */
function destroy(connection: ChannelModel): void {
  socketOf(connection).destroy(new Error('given up'));
}

const socketOf = (connection: ChannelModel): Duplex => (connection.connection as unknown as { stream: Duplex }).stream;
