import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The W3C trace context of what asked for a mail: it may be sent much later, by another process. */
export class MailTraces1763771900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE notifications.mails ADD COLUMN traceparent text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE notifications.mails DROP COLUMN traceparent');
  }
}
