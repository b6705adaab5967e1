import { Injectable } from '@nestjs/common';
import { AdvisoryLocks, Database, sqlState, TemporarilyUnavailable, UnitOfWork } from '@holdfast/platform';
import { type Finding, LendingAudit } from '../application/audit-lending.js';
import { AUDIT, type LendingInvariantName, lendingInvariants } from './lending-invariants.js';

const EXAMPLES = 100;
const QUERY_CANCELED = '57014';

/** By one statement that writes nothing and waits for nobody; what goes on meanwhile is before or after it. */
@Injectable()
export class SqlLendingAudit extends LendingAudit {
  constructor(
    private readonly database: Database,
    private readonly unitOfWork: UnitOfWork,
  ) {
    super();
  }

  check(openReservationsLimit: number, limitMs: number): Promise<Finding[] | null> {
    return this.unitOfWork.run(async () => {
      await this.database.execute('SET TRANSACTION READ ONLY');
      if (!(await this.isFree())) return null;
      // To join and sort a million rows takes more memory than the lookups of requests.
      await this.database.query(
        `SELECT set_config('statement_timeout', $1, true), set_config('work_mem', '64MB', true)`,
        [String(limitMs)],
      );
      return this.ask(openReservationsLimit, limitMs);
    });
  }

  private async isFree(): Promise<boolean> {
    const sql = 'SELECT pg_try_advisory_xact_lock($1) AS taken';
    return (await this.database.one<{ taken: boolean }>(sql, [AdvisoryLocks.lendingAudit])).taken;
  }

  private async ask(openReservationsLimit: number, limitMs: number): Promise<Finding[]> {
    try {
      const rows = await this.database.query<Omit<Finding, 'says'> & { invariant: LendingInvariantName }>(AUDIT, [
        openReservationsLimit,
        EXAMPLES,
      ]);
      return rows.map((row) => ({ ...row, says: lendingInvariants[row.invariant].says }));
    } catch (error) {
      if (sqlState(error) !== QUERY_CANCELED) throw error;
      throw new TemporarilyUnavailable(`The audit took longer than ${limitMs} ms and was given up; try again later.`);
    }
  }
}
