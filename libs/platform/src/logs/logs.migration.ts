import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Warnings and errors of all processes, and the id of the request that an event goes back to. */
export class Logs1763773200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE platform.logs (
        id         uuid PRIMARY KEY,
        at         timestamptz(3) NOT NULL,
        -- 40 warn, 50 error, 60 fatal.
        level      smallint NOT NULL,
        app        text NOT NULL,
        context    text,
        message    text NOT NULL,
        request_id text,
        trace_id   text,
        details    jsonb
      );
      CREATE INDEX logs_newest ON platform.logs (at DESC, id DESC);
      CREATE INDEX logs_request ON platform.logs (request_id) WHERE request_id IS NOT NULL;
      CREATE INDEX logs_message ON platform.logs USING gin (message public.gin_trgm_ops);

      -- Beside traceparent: the X-Request-Id of the request that made the change.
      ALTER TABLE platform.outbox ADD COLUMN request_id text;
      ALTER TABLE platform.embedded_messages ADD COLUMN request_id text;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE platform.logs;
      ALTER TABLE platform.outbox DROP COLUMN request_id;
      ALTER TABLE platform.embedded_messages DROP COLUMN request_id;
    `);
  }
}
