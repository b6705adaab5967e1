import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';

/** More waiting events than this are not counted. */
const COUNTED = 10_000;

/** How far the relay is behind; for health and metrics. */
@Injectable()
export class OutboxStatus {
  constructor(private readonly database: Database) {}

  /** `pending` stops at 10,000. `oldestSeconds` is the age of the first event that waits, null when none does. */
  async read(): Promise<{ pending: number; oldestSeconds: number | null }> {
    return this.database.one(
      `SELECT (SELECT count(*)::int FROM (SELECT FROM platform.outbox WHERE published_at IS NULL LIMIT $1) AS waiting)
                AS pending,
              (SELECT greatest(0, extract(epoch FROM clock_timestamp() - occurred_at))::float8
                 FROM platform.outbox WHERE published_at IS NULL ORDER BY position LIMIT 1) AS "oldestSeconds"`,
      [COUNTED],
    );
  }
}
