import { Injectable } from '@nestjs/common';
import type { MailEnd, MailKind } from '../domain/mail.js';

/** How an attempt ended: as the mail did, or put off. */
export type MailOutcome = MailEnd | 'postponed';

/** What became of the mails that this process had in its hands, since its start, for metrics. */
@Injectable()
export class MailOutcomes {
  private readonly counts = new Map<string, { kind: MailKind; outcome: MailOutcome; count: number }>();

  note(kind: MailKind, outcome: MailOutcome): void {
    const key = `${kind} ${outcome}`;
    const known = this.counts.get(key);
    if (known) known.count += 1;
    else this.counts.set(key, { kind, outcome, count: 1 });
  }

  get all(): readonly { kind: MailKind; outcome: MailOutcome; count: number }[] {
    return [...this.counts.values()];
  }
}
