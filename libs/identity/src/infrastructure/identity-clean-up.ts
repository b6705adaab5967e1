import { Database, type JobDefinition, JobSource, Settings } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';

const EVERY_MS = 3_600_000;
const BATCH = 1000;

/**
 * Removes what has served its time, by the database's clock: refresh tokens that were spent 7 days ago (one of them that
 * comes back is refused, and no longer ends its session); sessions that were over for 30 days; codes and resets that open nothing any more; links that expired unopened (an opened one answers the same for ever); lines
 * of the audit older than AUDIT_RETENTION_DAYS. In short statements that skip what somebody holds, so it is in nobody's way,
 * and several at once share the work.
 */
@Injectable()
export class IdentityCleanUp extends JobSource {
  constructor(
    private readonly database: Database,
    private readonly settings: Settings,
  ) {
    super();
  }

  jobs(): JobDefinition[] {
    return [{ name: 'identity-clean-up', everyMs: EVERY_MS, run: (_, signal) => this.run(signal) }];
  }

  /** What fails for one kind leaves the others their turn. */
  private async run(signal: AbortSignal): Promise<void> {
    const failures: string[] = [];
    for (const [table, isOld, values] of this.old()) {
      await this.removeAll(table, isOld, values, signal).catch((error: unknown) => {
        failures.push(`${table}: ${(error as Error).message}`);
      });
    }
    if (failures.length > 0) throw new Error(failures.join('; '));
  }

  /** By expressions that are also those of an index. Tokens go before their sessions, which would take all with them at once. */
  private old(): [table: string, isOld: string, values: unknown[]][] {
    return [
      ['refresh_tokens', "spent_at < now() - interval '7 days'", []],
      ['sessions', "least(expires_at, revoked_at) < now() - interval '30 days'", []],
      ['one_time_codes', 'expires_at < now()', []],
      ['password_resets', 'expires_at < now()', []],
      ['email_verifications', 'used_at IS NULL AND expires_at < now()', []],
      ['audit', 'at < now() - make_interval(days => $1)', [this.settings.auditDays]],
    ];
  }

  private async removeAll(table: string, isOld: string, values: unknown[], signal: AbortSignal): Promise<void> {
    // ARRAY: planned as a join, the limited subquery could be run again for each row.
    const sql = `DELETE FROM identity.${table} WHERE ctid = ANY (ARRAY(
                   SELECT ctid FROM identity.${table} WHERE ${isOld} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`;
    let removed = BATCH;
    while (removed === BATCH && !signal.aborted) removed = await this.database.execute(sql, values);
  }
}
