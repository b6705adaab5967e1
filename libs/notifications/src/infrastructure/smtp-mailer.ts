import { createTransport } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';
import { type Mail, Mailer, MailFailure, type MailFailureKind } from '../application/mailer.js';
import { messageIdOf, messageOf } from './message.js';

const CONNECT_LIMIT_MS = 5_000;
/** Silence of the server. */
const ANSWER_LIMIT_MS = 30_000;

/** Sends through an SMTP server, a connection for each mail. */
export class SmtpMailer extends Mailer {
  /** `answerLimitMs`: how long the server may be silent. */
  constructor(
    private readonly url: string,
    private readonly from: string,
    private readonly answerLimitMs = ANSWER_LIMIT_MS,
  ) {
    super();
  }

  async send(mail: Mail, signal: AbortSignal): Promise<string> {
    const progress = new Progress();
    try {
      await this.transport(progress).sendMail({ ...messageOf(mail, this.from), signal });
      return messageIdOf(mail, this.from);
    } catch (error) {
      throw new MailFailure(
        kindOf(error as SmtpError, progress.isHandedOver),
        `the mail server did not take the mail: ${(error as Error).message}`,
      );
    }
  }

  private transport(logger: Progress) {
    return createTransport({
      url: this.url,
      connectionTimeout: CONNECT_LIMIT_MS,
      greetingTimeout: CONNECT_LIMIT_MS,
      dnsTimeout: CONNECT_LIMIT_MS,
      socketTimeout: this.answerLimitMs,
      logger,
    } as unknown as SMTPTransport.Options);
  }
}

/** Hears from nodemailer, which tells it to its logger only, when all of the message is on its way to the server. */
class Progress {
  isHandedOver = false;
  readonly trace = ignore;
  readonly debug = ignore;
  readonly warn = ignore;
  readonly error = ignore;
  readonly fatal = ignore;
  readonly info = (entry: { tnx?: string }): void => {
    if (entry.tnx === 'message') this.isHandedOver = true;
  };
}

function ignore(): void {}

interface SmtpError {
  code?: string;
  command?: string;
  responseCode?: number;
}

/**
 * By the answer of the server (RFC 5321): 5yz to the recipient or the content is for good; a refused sender or sign-in may
 * be mended, by us. Without an answer nobody knows, once the whole message was on its way.
 */
function kindOf({ code, command, responseCode }: SmtpError, isHandedOver: boolean): MailFailureKind {
  const isAboutTheMail = (code === 'EENVELOPE' || code === 'EMESSAGE') && command !== 'MAIL FROM';
  if (isAboutTheMail && responseCode === undefined) return 'refused';
  if (isAboutTheMail && responseCode !== 421) return isForGood(responseCode) ? 'refused' : 'later';
  return isHandedOver && responseCode === undefined ? 'doubt' : 'away';
}

/** 530: it wants us to sign in first. */
const isForGood = (responseCode = 0): boolean => responseCode >= 500 && responseCode !== 530;
