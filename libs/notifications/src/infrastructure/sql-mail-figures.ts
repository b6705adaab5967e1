import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { MailFigures } from '../application/mail-figures.js';
import { type MailState, mailStates } from '../domain/mail.js';

@Injectable()
export class SqlMailFigures extends MailFigures {
  constructor(private readonly database: Database) {
    super();
  }

  async byState(): Promise<Record<MailState, number>> {
    const rows = await this.database.query<{ state: MailState; count: number }>(
      'SELECT state, count(*)::int AS count FROM notifications.mails GROUP BY state',
    );
    const counts = Object.fromEntries(mailStates.map((state) => [state, 0])) as Record<MailState, number>;
    for (const { state, count } of rows) counts[state] = count;
    return counts;
  }

  async longestWaitSeconds(): Promise<number> {
    const { seconds } = await this.database.one<{ seconds: number }>(
      `SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS seconds
         FROM notifications.mails WHERE ended_at IS NULL`,
    );
    return seconds;
  }
}
