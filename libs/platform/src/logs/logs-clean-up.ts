import { Injectable, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import type { JobDefinition } from '../jobs/jobs.js';
import { JobSource, JobsWorkerModule } from '../jobs/jobs.module.js';

const EVERY_MS = 3_600_000;
const BATCH = 1000;

/** Removes kept lines that are older than LOG_RETENTION_DAYS, by the database's clock, in short statements. */
@Injectable()
export class LogsCleanUp extends JobSource {
  constructor(
    private readonly database: Database,
    private readonly settings: Settings,
  ) {
    super();
  }

  jobs(): JobDefinition[] {
    return [{ name: 'logs-clean-up', everyMs: EVERY_MS, run: (_, signal) => this.run(signal) }];
  }

  private async run(signal: AbortSignal): Promise<void> {
    const sql = `DELETE FROM platform.logs WHERE ctid = ANY (ARRAY(
                   SELECT ctid FROM platform.logs WHERE at < now() - make_interval(days => $1)
                    ORDER BY at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`;
    let removed = BATCH;
    while (removed === BATCH && !signal.aborted) {
      removed = await this.database.execute(sql, [this.settings.logRetentionDays]);
    }
  }
}

/** Background work, for the worker. */
@Module({ imports: [JobsWorkerModule.forSources([LogsCleanUp])] })
export class LogsWorkerModule {}
