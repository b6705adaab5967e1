import { eventually } from '@holdfast/platform/testing';
import { Session } from './session.js';

/** What PostgreSQL raises when two transactions stand in each other's way. */
export const CONFLICTS = { '40P01': 'deadlock_detected', '40001': 'serialization_failure' } as const;
export type Conflict = keyof typeof CONFLICTS;

/** When a transaction meets the obstacle: as it writes its event, or as it commits. */
export type Moment = 'at its event' | 'at its commit';

const LOCK = 4_867_301_777;

/**
 * Obstacles in a test's own database, put there by triggers on the outbox: whatever is changed, and however, an event is
 * written in the same transaction. `of` narrows them to one type of event.
 */
export class Obstacles {
  private constructor(private readonly session: Session) {}

  static async in(databaseUrl: string): Promise<Obstacles> {
    const session = await Session.open(databaseUrl);
    await session.run(`
      CREATE SCHEMA obstacles;
      CREATE SEQUENCE obstacles.met;
      CREATE FUNCTION obstacles.fail() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        -- A sequence counts on through every rollback.
        IF nextval('obstacles.met') <= TG_ARGV[1]::bigint THEN
          RAISE EXCEPTION 'an obstacle of the test' USING ERRCODE = TG_ARGV[0];
        END IF;
        RETURN NEW;
      END $$;
      CREATE FUNCTION obstacles.wait() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::bigint);
        RETURN NEW;
      END $$;`);
    return new Obstacles(session);
  }

  /** The next `times` transactions, of all that come, fail at this moment. */
  async fail(state: Conflict, times: number, moment: Moment, of?: string): Promise<void> {
    await this.session.run('ALTER SEQUENCE obstacles.met RESTART');
    await this.place('fail', `'${state}', '${times}'`, moment, of);
  }

  /** How many transactions came to the obstacle. */
  async met(): Promise<number> {
    const rows = await this.session.query<{ met: string }>(
      'SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS met FROM obstacles.met',
    );
    return Number(rows[0]?.met);
  }

  /** From now on whoever comes to this moment waits there, until `letGo`. */
  async hold(moment: Moment, of?: string): Promise<void> {
    await this.session.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await this.place('wait', `'${LOCK}'`, moment, of);
  }

  /** The process ids of the PostgreSQL sessions that wait; as soon as there are so many. */
  waiting(count = 1): Promise<number[]> {
    return eventually(async () => {
      const rows = await this.session.query<{ pid: number }>(
        `SELECT pid FROM pg_locks
          WHERE locktype = 'advisory' AND NOT granted AND objid = $1::bigint & 4294967295 AND classid = $1::bigint >> 32
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        [LOCK],
      );
      if (rows.length < count) throw new Error(`${rows.length} of ${count} wait at the obstacle`);
      return rows.map(({ pid }) => pid);
    }, 15_000);
  }

  /** Ends the sessions as an administrator, or a failover, would. */
  async cut(pids: readonly number[]): Promise<void> {
    await this.session.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);
    await eventually(async () => {
      const rows = await this.session.query('SELECT FROM pg_stat_activity WHERE pid = ANY ($1::int[])', [pids]);
      if (rows.length > 0) throw new Error('the sessions have not ended');
    });
  }

  async letGo(): Promise<void> {
    await this.session.run('SELECT pg_advisory_unlock_all()');
  }

  /** Nothing stands in the way any more. Those who wait must have been let go or cut before, for they hold the table. */
  async clear(): Promise<void> {
    await this.letGo();
    await this.session.run('DROP TRIGGER IF EXISTS obstacle ON platform.outbox');
  }

  close(): Promise<void> {
    return this.session.close();
  }

  private async place(what: string, argument: string, moment: Moment, of?: string): Promise<void> {
    const which = of === undefined ? `NEW.type LIKE 'reservation%'` : `NEW.type = '${of}'`;
    const when =
      moment === 'at its event'
        ? 'CREATE TRIGGER obstacle BEFORE INSERT ON platform.outbox FOR EACH ROW'
        : 'CREATE CONSTRAINT TRIGGER obstacle AFTER INSERT ON platform.outbox DEFERRABLE INITIALLY DEFERRED FOR EACH ROW';
    await this.session.run(
      `DROP TRIGGER IF EXISTS obstacle ON platform.outbox; ${when} WHEN (${which}) EXECUTE FUNCTION obstacles.${what}(${argument});`,
    );
  }
}
