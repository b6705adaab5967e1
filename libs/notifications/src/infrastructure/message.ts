import type { SendMailOptions } from 'nodemailer';
import type { Mail } from '../application/mailer.js';

/** The same for the same mail, from wherever it is sent: servers and mail programs see by it that they have it already. */
export const messageIdOf = ({ id }: Mail, from: string): string =>
  `<${id}@${/@([^\s>]+)/.exec(from)?.[1] ?? 'holdfast.invalid'}>`;

/** The mail as nodemailer takes it. The same mail gives the same headers, Date and Message-ID included. */
export const messageOf = (mail: Mail, from: string): SendMailOptions => ({
  // An object, so that no address is read as a list or as a name with another address in it.
  to: { name: '', address: mail.to },
  from,
  subject: mail.subject,
  text: mail.text,
  html: mail.html,
  date: mail.date,
  messageId: messageIdOf(mail, from),
  headers: {
    // RFC 3834: no vacation notice shall answer it. Exchange asks for a header of its own.
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'OOF, AutoReply',
  },
  disableFileAccess: true,
  disableUrlAccess: true,
});
