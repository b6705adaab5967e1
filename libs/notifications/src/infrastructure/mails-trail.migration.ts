import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The ids of the request that a mail goes back to, for the log lines of every attempt. */
export class MailsTrail1763773260000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE notifications.mails ADD COLUMN request_id text, ADD COLUMN traceparent text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE notifications.mails DROP COLUMN request_id, DROP COLUMN traceparent');
  }
}
