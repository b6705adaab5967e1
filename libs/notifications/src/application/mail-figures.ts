import type { MailState } from '../domain/mail.js';

/** How the mails are doing, for metrics and alarms: one statement over what `MAIL_RETENTION_DAYS` keep. */
export abstract class MailFigures {
  /** How many there are in each state; 0 is said too. */
  abstract byState(): Promise<Record<MailState, number>>;
  /** How long the oldest that has not ended has been waiting; 0: none waits. */
  abstract longestWaitSeconds(): Promise<number>;
}
