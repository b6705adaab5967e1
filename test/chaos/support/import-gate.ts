import { type Client as Postgres } from 'pg';
import { eventually } from '@holdfast/platform/testing';
import { connected } from './import-house.js';

/** Where the gate stands in the transaction of a chunk. */
export type Stage =
  /** Books are about to be inserted; the row of the upload is not locked yet. */
  | 'write'
  /** The progress is about to be noted, by the last statement. */
  | 'record'
  /** All is done, and the worker waits for the answer to its COMMIT. */
  | 'commit';

const LOCK = 7_340_033;

/**
 * Holds the worker amid a chunk, so that a fault surely hits it there: triggers that wait for a lock of ours. Knows of the
 * import only what anybody can see: that books are inserted, and that progress is a column of `catalog.uploads`.
 */
export class ImportGate {
  private constructor(private keeper: Postgres) {}

  static async build(url: string): Promise<ImportGate> {
    const keeper = await connected(url);
    await keeper.query(`
      CREATE SCHEMA gate;
      CREATE TABLE gate.closed (stage text, rows integer);
      CREATE TABLE gate.fault (state text);
      CREATE FUNCTION gate.pass(at text, done integer) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT FROM gate.closed WHERE stage = at AND done >= rows)
          THEN PERFORM pg_advisory_lock(${LOCK}); PERFORM pg_advisory_unlock(${LOCK}); END IF;
        END $$;
      CREATE FUNCTION gate.writing() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE fault text;
        BEGIN
          PERFORM gate.pass('write', 0);
          SELECT state INTO fault FROM gate.fault;
          IF FOUND THEN RAISE 'the gate is broken' USING ERRCODE = fault; END IF;
          RETURN NULL;
        END $$;
      CREATE FUNCTION gate.recording() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.processed_rows > OLD.processed_rows THEN PERFORM gate.pass('record', NEW.processed_rows); END IF;
          RETURN NEW;
        END $$;
      CREATE FUNCTION gate.committing() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.processed_rows > OLD.processed_rows THEN PERFORM gate.pass('commit', NEW.processed_rows); END IF;
          RETURN NULL;
        END $$;
      CREATE TRIGGER gate BEFORE INSERT ON catalog.books FOR EACH STATEMENT EXECUTE FUNCTION gate.writing();
      CREATE TRIGGER gate BEFORE UPDATE ON catalog.uploads FOR EACH ROW EXECUTE FUNCTION gate.recording();
      CREATE CONSTRAINT TRIGGER gate_at_commit AFTER UPDATE ON catalog.uploads DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION gate.committing();
    `);
    const gate = new ImportGate(keeper);
    await gate.keep();
    return gate;
  }

  /** After a restart of the database, which opens it. */
  async rebuild(url: string): Promise<void> {
    await this.remove();
    this.keeper = await connected(url);
    await this.keep();
  }

  /** Who comes to this stage of a chunk that brings an upload to so many rows waits there from now on. */
  async closeAt(stage: Stage, rows = 0): Promise<void> {
    await this.keeper.query('DELETE FROM gate.closed');
    await this.keeper.query('INSERT INTO gate.closed VALUES ($1, $2)', [stage, rows]);
  }

  /** Resolves when so many wait; gives the ids of their database sessions. */
  async holds(count = 1, withinMs = 30_000): Promise<number[]> {
    return eventually(async () => {
      const { rows } = await this.keeper.query<{ pid: number }>(
        `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK} AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      if (rows.length < count) throw new Error(`${rows.length} wait at the gate, not ${count}`);
      return rows.map(({ pid }) => pid);
    }, withinMs);
  }

  /** Lets those pass who wait; who comes from now on waits where `next` says, or nowhere. */
  async letPass(next?: { stage: Stage; rows?: number }): Promise<void> {
    if (next) await this.closeAt(next.stage, next.rows);
    else await this.keeper.query('DELETE FROM gate.closed');
    await this.keeper.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    await this.keep();
  }

  /** No book can be inserted: PostgreSQL refuses with this SQLSTATE. Null: it is mended. */
  async breakWith(state: string | null): Promise<void> {
    await this.keeper.query('DELETE FROM gate.fault');
    if (state) await this.keeper.query('INSERT INTO gate.fault VALUES ($1)', [state]);
  }

  private async keep(): Promise<void> {
    await this.keeper.query('SELECT pg_advisory_lock($1)', [LOCK]);
  }

  async remove(): Promise<void> {
    await this.keeper.end().catch(() => undefined);
  }
}
