import { Injectable, Logger } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Clock, Settings, TemporarilyUnavailable } from '@holdfast/platform';
import type { LendingAuditView } from './lending-audit.view.js';
import { LendingAuditResults } from './lending-audit-results.js';

/** Less than the 30 s that every statement is given. */
const LIMIT_MS = 25_000;
/** Of a hundred examples that staff can read, so many are enough for a line of the log. */
const LOGGED_EXAMPLES = 3;

/** What was found of one invariant. */
export interface Finding {
  invariant: string;
  /** What must hold, as a sentence. */
  says: string;
  /** How often it does not. */
  count: number;
  /** The first of them, with ids. */
  examples: string[];
}

/** The promises of lending, asked of the tables. */
export abstract class LendingAudit {
  /**
   * A finding for each invariant, all of one moment; null when an audit is under way already, here or elsewhere.
   * @throws TemporarilyUnavailable when it takes longer than `limitMs`
   */
  abstract check(openReservationsLimit: number, limitMs: number): Promise<Finding[] | null>;
}

/** Looks, and tells staff, the log and the metrics alike. */
@Injectable()
export class LendingAuditor {
  private readonly logger = new Logger('LendingAudit');

  constructor(
    private readonly tables: LendingAudit,
    private readonly results: LendingAuditResults,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** Null when an audit is under way already. */
  async audit(limitMs = LIMIT_MS): Promise<LendingAuditView | null> {
    const checkedAt = this.clock.now();
    const findings = await this.tables.check(this.settings.openReservationsLimit, limitMs);
    if (!findings) return null;
    this.results.record(checkedAt, findings);
    const violations = findings.filter(({ count }) => count > 0);
    for (const violation of violations) this.logger.error(lineOf(violation));
    if (violations.length === 0) this.logger.log(`all ${findings.length} invariants of lending hold`);
    return { checkedAt: checkedAt.toISOString(), violations };
  }
}

const lineOf = ({ invariant, says, count, examples }: Finding): string =>
  `${invariant} does not hold (${count} times): ${says}, but ${examples.slice(0, LOGGED_EXAMPLES).join(' | ')}`;

/** Whether lending keeps what it promises, now. */
export class AuditLending extends Query<LendingAuditView> {}

@QueryHandler(AuditLending)
export class AuditLendingHandler implements IQueryHandler<AuditLending> {
  constructor(private readonly auditor: LendingAuditor) {}

  async execute(): Promise<LendingAuditView> {
    const view = await this.auditor.audit();
    if (!view) throw new TemporarilyUnavailable('An audit is under way; try again when it is done.');
    return view;
  }
}
