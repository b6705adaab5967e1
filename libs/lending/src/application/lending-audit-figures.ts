import { Injectable } from '@nestjs/common';
import { Metrics } from '@holdfast/platform';
import { LendingAuditResults } from './lending-audit-results.js';

/** Tells the metrics what the audits of this process found; nothing before the first. */
@Injectable()
export class LendingAuditFigures {
  constructor(metrics: Metrics, results: LendingAuditResults) {
    metrics.watch({
      name: 'lending_audit',
      figures: {
        holdfast_lending_violations: {
          help: 'How often an invariant of lending did not hold at the last audit of this process.',
          labels: ['invariant'],
        },
        holdfast_lending_violations_found_total: {
          help: 'Violations found by all audits of this process: one that stays is counted each time.',
          labels: ['invariant'],
        },
        holdfast_lending_audited_timestamp_seconds: { help: 'When the last audit of this process was done.' },
      },
      read: () => {
        const found = [...results.byInvariant];
        return {
          holdfast_lending_violations: found.map(([invariant, { last }]) => ({ labels: { invariant }, value: last })),
          holdfast_lending_violations_found_total: found.map(([invariant, { total }]) => ({
            labels: { invariant },
            value: total,
          })),
          holdfast_lending_audited_timestamp_seconds: results.lastCheckedAt && results.lastCheckedAt.getTime() / 1000,
        };
      },
    });
  }
}
