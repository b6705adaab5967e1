import type { MailEnd, MailKind, News } from '../domain/mail.js';

/** A mail to be sent, as the event asks for it. */
export interface NewMail {
  id: string;
  eventId: string;
  /** Of the event; grows per subject. */
  sequence: string;
  occurredAt: string;
  /** The user. */
  recipient: string;
  /** What it is about, as in the event: `reservations/<id>`. */
  subject: string;
  news: News;
}

/** A mail in the hands of one worker. */
export interface ClaimedMail extends Omit<NewMail, 'occurredAt'> {
  kind: MailKind;
  occurredAt: Date;
  /** This attempt; whoever claims the mail next has another one. */
  lease: string;
  /** This one included. */
  attempts: number;
  /** Earlier ones of which nobody knows whether the server took the mail. */
  doubts: number;
  ageSeconds: number;
  /** The request that it goes back to; null: none. */
  requestId: string | null;
  /** Why the attempt before this one came to nothing. */
  reason: string | null;
  /** W3C trace context of what asked for it. */
  traceparent: string | null;
  /** A later event asked for the same kind of mail for the same reader. */
  isOutdone: boolean;
}

/** The mails, and what became of them. Leases and pauses go by the clock of the database. */
export abstract class Mails {
  /**
   * Notes a mail in the current transaction, under the ids of the request that the event goes back to. False, and nothing changes, when there is one for this event and recipient
   * already: however often an event comes, it makes one mail.
   */
  abstract queue(mail: NewMail): Promise<boolean>;

  /**
   * Takes the mail that has been due for longest, or this one if it is due. Also one whose worker has fallen silent; when
   * that was at sending it, nobody knows how far it came: a doubt. Null: nothing is due.
   */
  abstract claim(lease: string, id?: string): Promise<ClaimedMail | null>;

  /** Marks that it is being sent, and renews the lease. False: it is in other hands by now, and must not be sent. */
  abstract begin(mail: ClaimedMail): Promise<boolean>;

  /** Its end; what the event said is removed. Nothing happens when the mail is in other hands by now. */
  abstract end(mail: ClaimedMail, state: MailEnd, outcome: { reason?: string; messageId?: string }): Promise<void>;

  /** Again after a pause. Null: nothing went wrong. Nothing happens when the mail is in other hands by now. */
  abstract postpone(mail: ClaimedMail, seconds: number, reason: string | null, isDoubt: boolean): Promise<void>;

  /** Keeps the title of a book that goes, for mails that still tell of it. Joins the current transaction. */
  abstract keepTitle(bookId: string, title: string): Promise<void>;

  /** Of a book that went. */
  abstract keptTitle(bookId: string): Promise<string | null>;

  /** Removes mails that ended, and titles that were kept, so many days ago; in short statements, until aborted. */
  abstract removeOld(days: number, signal: AbortSignal): Promise<void>;
}
