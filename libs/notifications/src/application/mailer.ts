/** One mail to one person. */
export interface Mail {
  /** Made of the event and the recipient: gives the Message-ID, so that a mail that is sent again is the same mail. */
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** When what it tells of happened. */
  date: Date;
}

/**
 * What a failure means. `refused`: the server will never take this mail. `later`: it may take it another time. `away`: there
 * is no server to speak to, for no mail. `doubt`: it had all of the mail, and its answer was lost.
 */
export type MailFailureKind = 'refused' | 'later' | 'away' | 'doubt';

/** The message is fit for a log: it has neither the address nor anything of the content, unless the server quotes it. */
export class MailFailure extends Error {
  constructor(
    readonly kind: MailFailureKind,
    message: string,
  ) {
    super(message);
  }
}

/** Sends mail: to an SMTP server, or into files. */
export abstract class Mailer {
  /**
   * Resolves with the Message-ID when the server has taken it. The same mail may be sent again: it has the same headers.
   * Aborted, it ends the connection.
   * @throws MailFailure
   */
  abstract send(mail: Mail, signal: AbortSignal): Promise<string>;
}
