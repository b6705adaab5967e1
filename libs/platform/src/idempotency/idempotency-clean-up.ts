import { Injectable, Module } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { JobDefinition } from '../jobs/jobs.js';
import { JobSource, JobsWorkerModule } from '../jobs/jobs.module.js';

const EVERY_MS = 3_600_000;
const BATCH = 1000;

/**
 * Removes answers that are given no more, by the database's clock: in short statements that skip what a request replaces at
 * this moment, so several at once share the work.
 */
@Injectable()
export class IdempotencyCleanUp extends JobSource {
  constructor(private readonly database: Database) {
    super();
  }

  jobs(): JobDefinition[] {
    return [{ name: 'idempotency-clean-up', everyMs: EVERY_MS, run: (_, signal) => this.run(signal) }];
  }

  private async run(signal: AbortSignal): Promise<void> {
    // ARRAY: planned as a join, the limited subquery could be run again for each row.
    const sql = `DELETE FROM platform.idempotency_keys WHERE ctid = ANY (ARRAY(
                   SELECT ctid FROM platform.idempotency_keys WHERE expires_at <= now()
                    ORDER BY expires_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`;
    let removed = BATCH;
    while (removed === BATCH && !signal.aborted) removed = await this.database.execute(sql);
  }
}

/** Background work, for the worker. */
@Module({ imports: [JobsWorkerModule.forSources([IdempotencyCleanUp])] })
export class IdempotencyWorkerModule {}
