import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The extensions, functions and tables that no context owns. */
export class PlatformSchema1763769600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
      CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;
      CREATE SCHEMA platform;

      -- RFC 3339 in UTC with milliseconds, as every JSON that leaves the house writes a time.
      CREATE FUNCTION platform.rfc3339(at timestamptz) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE
      RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

      -- Case and accents folded, for search. unaccent() is only STABLE, for its dictionary might be changed; ours is not.
      CREATE FUNCTION platform.fold(input text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN lower(public.unaccent('public.unaccent', input));

      CREATE TABLE platform.outbox (
        position     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id           uuid NOT NULL UNIQUE,
        type         text NOT NULL,
        subject      text NOT NULL,
        data         jsonb NOT NULL,
        traceparent  text,
        occurred_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        attempts     integer NOT NULL DEFAULT 0,
        next_try_at  timestamptz NOT NULL DEFAULT now(),
        last_error   text,
        published_at timestamptz
      );
      CREATE INDEX outbox_unpublished ON platform.outbox (position) WHERE published_at IS NULL;
      CREATE INDEX outbox_failing ON platform.outbox (subject, position) WHERE published_at IS NULL AND attempts > 0;
      CREATE INDEX outbox_published ON platform.outbox (published_at) WHERE published_at IS NOT NULL;

      CREATE TABLE platform.inbox (
        consumer   text NOT NULL,
        event_id   uuid NOT NULL,
        handled_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, event_id)
      );
      CREATE INDEX inbox_handled ON platform.inbox (handled_at);

      -- The queues of the embedded broker. A row without dead_reason is a message that waits, or is under way until
      -- next_try_at; a row with it is a dead letter.
      CREATE TABLE platform.embedded_messages (
        position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        consumer    text NOT NULL,
        body        text NOT NULL,
        traceparent text,
        attempts    integer NOT NULL DEFAULT 0,
        next_try_at timestamptz NOT NULL DEFAULT now(),
        dead_reason text
      );
      CREATE INDEX embedded_messages_due ON platform.embedded_messages (consumer, position) WHERE dead_reason IS NULL;
      CREATE INDEX embedded_messages_dead ON platform.embedded_messages (position) WHERE dead_reason IS NOT NULL;

      -- Rows come and go all the time: the scan of the few that wait must not wade through the dead ones.
      ALTER TABLE platform.outbox SET (autovacuum_vacuum_scale_factor = 0.02);
      ALTER TABLE platform.embedded_messages SET (autovacuum_vacuum_scale_factor = 0.02);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA platform CASCADE');
  }
}
