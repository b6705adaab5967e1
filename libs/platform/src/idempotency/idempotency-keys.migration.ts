import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was answered to requests that have an Idempotency-Key. */
export class IdempotencyKeys1763770700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Written with what it answers for, or not at all: there is no row of a request that still runs.
      CREATE TABLE platform.idempotency_keys (
        -- SHA-256 of the caller and the key, which is kept nowhere.
        digest      bytea PRIMARY KEY,
        -- The id of an account, or a network; to forget what was answered to an account that is deleted.
        caller      text NOT NULL,
        -- HMAC of the request under the key: without the key it tells nothing of a password in the request.
        fingerprint bytea NOT NULL,
        status      integer NOT NULL,
        location    text,
        -- The ETag, a line break, and the body, byte for byte.
        content     text NOT NULL,
        expires_at  timestamptz NOT NULL
      );
      CREATE INDEX idempotency_keys_caller ON platform.idempotency_keys (caller);
      CREATE INDEX idempotency_keys_expires ON platform.idempotency_keys (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE platform.idempotency_keys');
  }
}
