import type { SendMailOptions } from 'nodemailer';
import type { Mail } from '../application/mailer.js';

/** The mail as nodemailer takes it. The same mail gives the same headers, Date and Message-ID included. */
export const messageOf = ({ id, to, subject, text, html, date }: Mail, from: string): SendMailOptions => ({
  // An object, so that no address is read as a list or as a name with another address in it.
  to: { name: '', address: to },
  from,
  subject,
  text,
  html,
  date,
  messageId: `<${id}@${/@([^\s>]+)/.exec(from)?.[1] ?? 'holdfast.invalid'}>`,
  // RFC 3834: no vacation notice shall answer it.
  headers: { 'Auto-Submitted': 'auto-generated' },
  disableFileAccess: true,
  disableUrlAccess: true,
});
