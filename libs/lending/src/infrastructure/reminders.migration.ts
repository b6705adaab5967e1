import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What readers are reminded of, once for each occasion. */
export class Reminders1763770600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The latest reminder of the present occasion.
      ALTER TABLE lending.reservations
        ADD reminded_of text NOT NULL DEFAULT 'nothing' CHECK (reminded_of IN ('nothing', 'ends_soon', 'overdue'));
      CREATE INDEX reservations_reminders ON lending.reservations (reminded_of, ends_at) WHERE status = 'active';
      DROP INDEX lending.reservations_ends;

      -- An occasion is the number of renewals so far: each renewal makes a new one.
      CREATE TABLE lending.reminders (
        reservation_id uuid NOT NULL REFERENCES lending.reservations ON DELETE CASCADE,
        kind           text NOT NULL CHECK (kind IN ('ends_soon', 'overdue')),
        occasion       integer NOT NULL CHECK (occasion >= 0),
        given_at       timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT once_per_occasion PRIMARY KEY (reservation_id, kind, occasion)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE lending.reminders;
      ALTER TABLE lending.reservations DROP reminded_of;
      CREATE INDEX reservations_ends ON lending.reservations (ends_at) WHERE status = 'active';
    `);
  }
}
