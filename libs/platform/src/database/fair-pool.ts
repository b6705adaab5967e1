import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { currentContext } from '../http/request-context.js';
import { FairTurns } from './fair-turns.js';

type Release = (destroy?: Error | boolean) => void;
type Connected = (error: Error | undefined, client: PoolClient | undefined, release: Release) => void;

/**
 * A pool of connections whose lines are those of the routes. One line for all would be first come, first served, too; but what
 * is quick would wait there, for each of its statements, behind all that a flooded or slow route is let in with.
 */
export class FairPool extends Pool {
  private readonly turns: FairTurns;
  /** Those whom somebody has who took a turn: the pool also releases connections that it gave to nobody. */
  private readonly taken = new WeakSet<PoolClient>();

  /** `connectionTimeoutMillis`: for the wait in line, and again for a connection to be made. */
  constructor(options: PoolConfig & { connectionTimeoutMillis: number }) {
    super(options);
    this.turns = new FairTurns(this.options.max, options.connectionTimeoutMillis);
    // Before the connection is put back: whoever has the turn then waits for it in the pool's own line.
    this.on('release', (_error, client) => {
      if (this.taken.delete(client)) this.turns.giveBack();
    });
  }

  /** Calls that wait for a connection. */
  get waiting(): number {
    return this.turns.waiting + this.waitingCount;
  }

  override connect(): Promise<PoolClient>;
  override connect(connected: Connected): void;
  override connect(connected?: Connected): Promise<PoolClient> | void {
    if (connected) return this.connectInTurn(connected);
    return new Promise((resolve, reject) => {
      this.connectInTurn((error, client) => (error ? reject(error) : resolve(client as PoolClient)));
    });
  }

  private connectInTurn(connected: Connected): void {
    this.turns.take(
      currentLine,
      () => this.connectNow(connected),
      // In the words of the pool.
      () => connected(new Error('timeout exceeded when trying to connect'), undefined, nothing),
    );
  }

  private connectNow(connected: Connected): void {
    const failed = (error: Error): void => {
      // Not at once: the next may fail at once, too, and so on, each inside of the one before.
      queueMicrotask(() => this.turns.giveBack());
      connected(error, undefined, nothing);
    };
    try {
      super.connect((error, client, release) => {
        if (!client) return failed(error as Error);
        this.taken.add(client);
        connected(undefined, client, release);
      });
    } catch (error) {
      // Such as a certificate that cannot be read: each connection reads it again.
      failed(error as Error);
    }
  }
}

const nothing = (): void => undefined;

const OWN_LINE = 'outside of requests';

const currentLine = (): string => currentContext()?.route ?? OWN_LINE;
