import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The mails that events ask for, and what became of them. */
export class Mails1763771040000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA notifications;

      CREATE TABLE notifications.mails (
        id          uuid PRIMARY KEY,
        event_id    uuid NOT NULL,
        -- A user; no foreign key: the mail of a deleted one ends as skipped.
        recipient   uuid NOT NULL,
        kind        text NOT NULL CHECK (kind IN ('verification', 'code', 'confirmed', 'queued', 'active', 'renewed',
                                                  'ends_soon', 'overdue', 'cancelled', 'import_ended')),
        subject     text NOT NULL,
        sequence    text NOT NULL,
        occurred_at timestamptz NOT NULL,
        state       text NOT NULL DEFAULT 'queued'
                    CHECK (state IN ('queued', 'sending', 'sent', 'skipped', 'refused', 'failed')),
        -- What the event said. It may hold a link or a code, so it goes with the end of the mail.
        news        jsonb,
        attempts    integer NOT NULL DEFAULT 0,
        -- Attempts that may have reached the reader, though nobody knows.
        doubts      integer NOT NULL DEFAULT 0,
        -- When it may be taken (again); while somebody has it, the end of the lease.
        due_at      timestamptz NOT NULL DEFAULT now(),
        lease       uuid,
        -- Why it ended so, or why the last attempt came to nothing.
        reason      text,
        message_id  text,
        created_at  timestamptz NOT NULL DEFAULT now(),
        ended_at    timestamptz,
        CONSTRAINT one_mail_per_event_and_recipient UNIQUE (event_id, recipient),
        CONSTRAINT an_end_leaves_no_news CHECK (
          (state IN ('queued', 'sending')) = (ended_at IS NULL) AND (ended_at IS NULL) = (news IS NOT NULL)),
        CONSTRAINT sending_has_a_lease CHECK (state <> 'sending' OR lease IS NOT NULL)
      );
      CREATE INDEX mails_due ON notifications.mails (due_at) WHERE ended_at IS NULL;
      CREATE INDEX mails_waiting ON notifications.mails (created_at) WHERE ended_at IS NULL;
      CREATE INDEX mails_secret ON notifications.mails (recipient, kind, sequence) WHERE kind IN ('verification', 'code');
      CREATE INDEX mails_ended ON notifications.mails (ended_at);
      CREATE INDEX mails_state ON notifications.mails (state);

      -- The mail of a place that went with its book names the book all the same.
      CREATE TABLE notifications.kept_titles (
        book_id uuid PRIMARY KEY,
        title   text NOT NULL,
        kept_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX kept_titles_age ON notifications.kept_titles (kept_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA notifications CASCADE');
  }
}
