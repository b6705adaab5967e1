import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LendingSchema1763770000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA lending;

      -- book_id, customer_id and library_id have no foreign keys: an ended reservation outlives all three.
      CREATE TABLE lending.reservations (
        id              uuid PRIMARY KEY,
        book_id         uuid NOT NULL,
        customer_id     uuid NOT NULL,
        library_id      uuid,
        status          text NOT NULL CHECK (status IN ('pending', 'active', 'completed', 'cancelled')),
        ticket          bigint,
        requested_at    timestamptz NOT NULL,
        requested_until timestamptz NOT NULL,
        starts_at       timestamptz,
        ends_at         timestamptz,
        price_cents     bigint CHECK (price_cents >= 0),
        renewals        integer NOT NULL DEFAULT 0,
        version         integer NOT NULL DEFAULT 1,
        updated_at      timestamptz NOT NULL DEFAULT now(),
        CHECK (requested_until > requested_at),
        CHECK (ends_at > starts_at),
        CONSTRAINT pending_has_a_ticket_and_no_copy CHECK (
          status <> 'pending' OR (ticket IS NOT NULL AND starts_at IS NULL AND ends_at IS NULL AND price_cents IS NULL)),
        CONSTRAINT active_has_a_copy CHECK (
          status <> 'active' OR (library_id IS NOT NULL AND starts_at IS NOT NULL AND ends_at IS NOT NULL AND price_cents IS NOT NULL))
      );
      CREATE UNIQUE INDEX one_open_reservation_of_a_book ON lending.reservations (customer_id, book_id)
        WHERE status IN ('pending', 'active');
      CREATE UNIQUE INDEX reservations_queue ON lending.reservations (book_id, ticket) WHERE status = 'pending';
      CREATE INDEX reservations_out ON lending.reservations (book_id, ends_at) WHERE status = 'active';
      CREATE INDEX reservations_customer ON lending.reservations (customer_id, id);
      CREATE INDEX reservations_ends ON lending.reservations (ends_at) WHERE status = 'active';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA lending CASCADE');
  }
}
