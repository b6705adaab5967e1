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

  constructor(options: PoolConfig & { connectionTimeoutMillis: number }) {
    super(options);
    this.turns = new FairTurns(this.options.max, options.connectionTimeoutMillis);
    // Before the connection is put back: whoever has the turn then waits for it in the pool's own line, alone.
    this.on('release', () => this.turns.giveBack());
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
      () =>
        super.connect((error, client, release) => {
          if (!client) this.turns.giveBack();
          connected(error, client, release);
        }),
      // In the words of the pool.
      () => connected(new Error('timeout exceeded when trying to connect'), undefined, () => undefined),
    );
  }
}

const OWN_LINE = 'outside of requests';

const currentLine = (): string => currentContext()?.line?.() ?? OWN_LINE;
