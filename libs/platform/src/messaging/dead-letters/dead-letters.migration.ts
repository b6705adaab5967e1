import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Dead letters of either broker in one table, where staff looks at them; those of the embedded one move there. */
export class DeadLetters1763770800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE platform.dead_letters (
        -- Made of the consumer and the key.
        id                  uuid PRIMARY KEY,
        consumer            text NOT NULL,
        -- The id of the event, or a digest of what is none.
        key                 text NOT NULL,
        body                bytea NOT NULL,
        -- False: the body had a secret, and is kept without.
        data_kept           boolean NOT NULL,
        traceparent         text,
        reason              text NOT NULL,
        attempts            integer NOT NULL,
        first_failed_at     timestamptz NOT NULL,
        last_failed_at      timestamptz NOT NULL,
        -- Waits for the relay to give it to its consumer once more.
        replay_requested_at timestamptz
      );
      CREATE INDEX dead_letters_consumer ON platform.dead_letters (consumer);
      CREATE INDEX dead_letters_replay ON platform.dead_letters (replay_requested_at)
       WHERE replay_requested_at IS NOT NULL;

      INSERT INTO platform.dead_letters
        (id, consumer, key, body, data_kept, traceparent, reason, attempts, first_failed_at, last_failed_at)
      SELECT gen_random_uuid(), consumer, coalesce(substring(body FROM '"id":"([0-9a-f-]{36})"'), md5(body)),
             convert_to(body, 'UTF8'), body <> '' AND body NOT LIKE '%"data":{}%', traceparent, dead_reason, attempts, now(), now()
        FROM platform.embedded_messages WHERE dead_reason IS NOT NULL;
      DELETE FROM platform.embedded_messages WHERE dead_reason IS NOT NULL;

      -- With its indexes.
      ALTER TABLE platform.embedded_messages DROP COLUMN dead_reason;
      CREATE INDEX embedded_messages_due ON platform.embedded_messages (consumer, position);
      ALTER TABLE platform.embedded_messages
        ADD COLUMN first_failed_at timestamptz,
        -- More than 0: a dead letter that is tried once more.
        ADD COLUMN earlier_attempts integer NOT NULL DEFAULT 0;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE platform.dead_letters;
      ALTER TABLE platform.embedded_messages DROP COLUMN first_failed_at, DROP COLUMN earlier_attempts,
        ADD COLUMN dead_reason text;
      CREATE INDEX embedded_messages_dead ON platform.embedded_messages (position) WHERE dead_reason IS NOT NULL;
    `);
  }
}
