import { Client, type QueryResult, type QueryResultRow } from 'pg';
import { AdvisoryLocks } from '../../database/advisory-locks.js';
import type { Database } from '../../database/database.js';
import { within } from '../pause.js';
import { RELAY_CHANNEL } from '../relay-signal.js';

const QUERY_LIMIT_MS = 10_000;
const CLOSE_LIMIT_MS = 2_000;
const HEARTBEAT_MS = 1_000;
const HEARTBEAT_LIMIT_MS = 2_500;
/**
 * PostgreSQL ends a session that says nothing for so long, and with it the lock, so that another takes over within five
 * seconds: of a process that hangs the machine goes on answering keepalives, and of a machine that vanished nothing tells.
 * The other limit is for an answer that cannot be sent. Who still holds an old session notices at about the same time, and
 * what both publish meanwhile comes twice, never in another order.
 */
const TIMEOUTS = `SET idle_session_timeout = '3s'; SET tcp_user_timeout = '3s'`;

/**
 * The database session of one relay, not from the pool. Whoever holds its lock is the active relay, and it reads and marks
 * the outbox through this very session: when the session is lost, so is the way to the outbox.
 */
export class RelaySession {
  private lost = false;
  private underWay = 0;
  private readonly heart: NodeJS.Timeout;

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
    this.heart = setInterval(() => void this.beat(lose), HEARTBEAT_MS);
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
      await client.query(TIMEOUTS);
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
    return (await this.run<Row>(sql, values)).rows;
  }

  async execute(sql: string, values: readonly unknown[] = []): Promise<number> {
    return (await this.run(sql, values)).rowCount ?? 0;
  }

  async close(): Promise<void> {
    this.lost = true;
    clearInterval(this.heart);
    await within(CLOSE_LIMIT_MS, this.client.end(), () => new Error('no answer')).catch(() => undefined);
  }

  private async run<Row extends QueryResultRow>(sql: string, values: readonly unknown[]): Promise<QueryResult<Row>> {
    this.underWay++;
    try {
      return await this.client.query<Row>(sql, values as unknown[]);
    } finally {
      this.underWay--;
    }
  }

  /** Keeps the session from being taken for a dead one, and finds out when it is. A statement under way says as much. */
  private async beat(lose: () => void): Promise<void> {
    if (this.lost || this.underWay > 0) return;
    await within(HEARTBEAT_LIMIT_MS, this.query('SELECT 1'), () => new Error('no answer')).catch(lose);
  }
}
