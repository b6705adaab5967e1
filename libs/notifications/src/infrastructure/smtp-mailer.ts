import { createTransport, type Transporter } from 'nodemailer';
import { type Mail, Mailer, MailRefused } from '../application/mailer.js';
import { messageOf } from './message.js';

const CONNECT_LIMIT_MS = 5_000;
/** Silence of the server. */
const ANSWER_LIMIT_MS = 10_000;

/** Sends through an SMTP server, a connection for each mail. */
export class SmtpMailer extends Mailer {
  private readonly transport: Transporter;

  constructor(
    url: string,
    private readonly from: string,
  ) {
    super();
    this.transport = createTransport({
      url,
      connectionTimeout: CONNECT_LIMIT_MS,
      greetingTimeout: CONNECT_LIMIT_MS,
      dnsTimeout: CONNECT_LIMIT_MS,
      socketTimeout: ANSWER_LIMIT_MS,
    });
  }

  async send(mail: Mail): Promise<void> {
    try {
      await this.transport.sendMail(messageOf(mail, this.from));
    } catch (error) {
      // A new error: a network code in it would be taken for a failure of the database.
      const message = `the mail server did not take the mail: ${(error as Error).message}`;
      throw isRefusal(error) ? new MailRefused(message) : new Error(message);
    }
  }
}

/** A permanent answer (5yz, RFC 5321) to the envelope or the content; a refused sign-in may be mended. */
function isRefusal(error: unknown): boolean {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode !== undefined && responseCode >= 500;
}
