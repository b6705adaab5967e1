import { Injectable } from '@nestjs/common';
import type { QueryResultRow } from 'pg';
import { Database } from '../../database/database.js';

/** More waiting events than this are not counted. */
const COUNTED = 10_000;

export const BACKLOG = `
  SELECT (SELECT count(*)::int FROM (SELECT FROM platform.outbox WHERE published_at IS NULL LIMIT ${COUNTED}) AS waiting)
           AS pending,
         (SELECT greatest(0, extract(epoch FROM clock_timestamp() - occurred_at))::float8
            FROM platform.outbox WHERE published_at IS NULL ORDER BY position LIMIT 1) AS "oldestSeconds"`;

/** `pending` stops at 10,000. `oldestSeconds` is the age of the first event that waits, null when none does. */
export interface Backlog {
  pending: number;
  oldestSeconds: number | null;
}

type Row = Backlog & QueryResultRow;

/** How far the relay is behind. */
@Injectable()
export class OutboxStatus {
  constructor(private readonly database: Database) {}

  read(): Promise<Backlog> {
    return this.database.one<Row>(BACKLOG);
  }
}
