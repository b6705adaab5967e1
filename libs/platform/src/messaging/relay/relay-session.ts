import { Client, type QueryResultRow } from 'pg';
import { AdvisoryLocks } from '../../database/advisory-locks.js';
import type { Database } from '../../database/database.js';
import { within } from '../pause.js';
import { RELAY_CHANNEL } from '../relay-signal.js';

/**
 * Shorter than the time after which PostgreSQL gives the lock of a session that cannot be reached to another (below, 15 s):
 * who still holds an old session notices first.
 */
const QUERY_LIMIT_MS = 10_000;
const CLOSE_LIMIT_MS = 2_000;
const KEEPALIVE = 'SET tcp_keepalives_idle = 6; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3';

/**
 * The database session of one relay, not from the pool. Whoever holds its lock is the active relay, and it reads and marks
 * the outbox through this very session: when the session is lost, so is the way to the outbox.
 */
export class RelaySession {
  private lost = false;

  private constructor(
    private readonly client: Client,
    onSignal: () => void,
  ) {
    const lose = (): void => {
      this.lost = true;
      onSignal();
    };
    client.on('error', lose);
    client.on('end', lose);
    client.on('notification', onSignal);
  }

  /** `onSignal` is called when events were committed, and when the session is lost. */
  static async open(database: Database, onSignal: () => void): Promise<RelaySession> {
    const client = new Client({
      ...database.pool.options,
      application_name: 'holdfast relay',
      statement_timeout: QUERY_LIMIT_MS,
      query_timeout: QUERY_LIMIT_MS,
      keepAlive: true,
    });
    const session = new RelaySession(client, onSignal);
    try {
      await client.connect();
      await client.query(KEEPALIVE);
      await client.query(`LISTEN ${RELAY_CHANNEL}`);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Whether the session is in use and has not been seen to fail. */
  get alive(): boolean {
    return !this.lost;
  }

  /** True for one session at a time, until it ends. */
  async takeRole(): Promise<boolean> {
    const [row] = await this.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
      AdvisoryLocks.relay,
    ]);
    return row?.taken === true;
  }

  async query<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(sql, values as unknown[])).rows;
  }

  async execute(sql: string, values: readonly unknown[] = []): Promise<number> {
    return (await this.client.query(sql, values as unknown[])).rowCount ?? 0;
  }

  async close(): Promise<void> {
    this.lost = true;
    await within(CLOSE_LIMIT_MS, this.client.end(), () => new Error('no answer')).catch(() => undefined);
  }
}
