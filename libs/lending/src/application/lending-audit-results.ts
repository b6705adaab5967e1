import { Injectable } from '@nestjs/common';

/** What audits of this process found of one invariant. */
export interface AuditResult {
  /** Violations at the last audit. */
  last: number;
  /** Violations found by all audits since the start: one that stays is counted each time. */
  total: number;
}

/** The numbers of the audits of this process, for metrics. An invariant is there from the first audit on, also with none. */
@Injectable()
export class LendingAuditResults {
  private readonly results = new Map<string, AuditResult>();
  private checkedAt: Date | null = null;

  record(checkedAt: Date, findings: readonly { invariant: string; count: number }[]): void {
    this.checkedAt = checkedAt;
    for (const { invariant, count } of findings) {
      this.results.set(invariant, { last: count, total: (this.results.get(invariant)?.total ?? 0) + count });
    }
  }

  get byInvariant(): ReadonlyMap<string, AuditResult> {
    return this.results;
  }

  /** When the last audit was done; null before the first. */
  get lastCheckedAt(): Date | null {
    return this.checkedAt;
  }
}
