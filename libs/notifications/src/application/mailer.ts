/** One mail to one person. */
export interface Mail {
  /** Of the event that it tells of: makes the Message-ID, so that a mail that is sent again is the same mail. */
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** When what it tells of happened. */
  date: Date;
}

/**
 * Sends mail: to an SMTP server, or into files. Resolves when the server has taken it. It may be called again with the
 * same mail, for nobody can know whether a server took a mail whose answer was lost: the Message-ID is then the same.
 */
export abstract class Mailer {
  /** @throws MailRefused when this mail will never be taken; any other error may pass. */
  abstract send(mail: Mail): Promise<void>;
}

/** The server refused the mail or its recipient for good. */
export class MailRefused extends Error {}
