import { Injectable } from '@nestjs/common';
import { type JobDefinition, JobSource, Settings } from '@holdfast/platform';
import { LendingAuditor } from './audit-lending.js';

/** Asks every so often whether lending keeps what it promises. What staff or another process is at is not done twice. */
@Injectable()
export class AuditRegularly extends JobSource {
  constructor(
    private readonly auditor: LendingAuditor,
    private readonly settings: Settings,
  ) {
    super();
  }

  jobs(): JobDefinition[] {
    const everyMs = this.settings.lendingAuditMinutes * 60_000;
    return [{ name: 'lending-audit', everyMs, run: () => this.run() }];
  }

  private async run(): Promise<void> {
    await this.auditor.audit();
  }
}
