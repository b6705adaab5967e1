import type { Client as Postgres } from 'pg';
import { eventually } from '@holdfast/platform/testing';
import { connected } from './import-house.js';

/** Where a worker is held. */
export type Stage =
  /** The broker has confirmed the events, and the first of them is about to be marked as published. */
  | 'mark'
  /** A consumer has handled an event, and waits for the answer to its COMMIT. */
  | 'commit';

const LOCK = 7_340_034;

/** Holds workers between two steps, so that a fault surely hits them there: triggers that wait for a lock of ours. */
export class EventsGate {
  private constructor(private readonly keeper: Postgres) {}

  static async build(url: string): Promise<EventsGate> {
    const gate = new EventsGate(await connected(url));
    await gate.keeper.query(`
      CREATE SCHEMA gate;
      CREATE TABLE gate.closed (stage text);
      CREATE FUNCTION gate.pass() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT FROM gate.closed WHERE stage = TG_ARGV[0])
          THEN PERFORM pg_advisory_lock(${LOCK}); PERFORM pg_advisory_unlock(${LOCK}); END IF;
          RETURN NEW;
        END $$;
      CREATE TRIGGER gate BEFORE UPDATE OF published_at ON platform.outbox
        FOR EACH ROW WHEN (NEW.published_at IS NOT NULL) EXECUTE FUNCTION gate.pass('mark');
      CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON platform.inbox DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION gate.pass('commit');
    `);
    await gate.keep();
    return gate;
  }

  /** Who comes there from now on waits. */
  async closeAt(stage: Stage): Promise<void> {
    await this.keeper.query('INSERT INTO gate.closed VALUES ($1)', [stage]);
  }

  /** Resolves when at least so many wait; gives the ids of their database sessions. */
  holds(count = 1): Promise<number[]> {
    return eventually(async () => {
      const pids = await this.waiting();
      if (pids.length < count) throw new Error(`${pids.length} wait at the gate, not ${count}`);
      return pids;
    }, 30_000);
  }

  /**
   * Nobody is held any more; who waits now goes on, or, as the database would find out of a machine that is gone, loses what
   * was not committed.
   */
  async open(who: 'lets them go on' | 'drops them'): Promise<void> {
    await this.keeper.query('DELETE FROM gate.closed');
    if (who === 'drops them') {
      for (const pid of await this.waiting()) await this.keeper.query('SELECT pg_terminate_backend($1)', [pid]);
      await eventually(async () => {
        if ((await this.waiting()).length > 0) throw new Error('a dropped session is still there');
      });
    }
    await this.keeper.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    await this.keep();
  }

  async remove(): Promise<void> {
    await this.keeper.end().catch(() => undefined);
  }

  private async waiting(): Promise<number[]> {
    const { rows } = await this.keeper.query<{ pid: number }>(
      `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows.map(({ pid }) => pid);
  }

  private async keep(): Promise<void> {
    await this.keeper.query('SELECT pg_advisory_lock($1)', [LOCK]);
  }
}
