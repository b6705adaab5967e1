import { readdir, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually } from '@holdfast/platform/testing';
import { SMTPServer } from 'smtp-server';

/** The mail that a house sends, whole, in the order of its arrival. */
export interface Mailbox {
  mails(): Promise<string[]>;
}

/** What a house without an SMTP server writes; the names of the files are ids that sort by time. */
export const folderMailbox = (dataDir: string): Mailbox => ({
  mails: async () => {
    const folder = join(dataDir, 'mail');
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml'));
    return Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')));
  },
});

/** An SMTP server that takes everything. */
export class SmtpMailbox implements Mailbox {
  private readonly received: string[] = [];
  /** Called for each mail; what it gives is the answer: taken, or not now. */
  takes: () => boolean = () => true;
  private readonly server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onMailFrom: (_address, _session, done) =>
      done(this.takes() ? null : Object.assign(new Error('not now'), { responseCode: 451 })),
    onData: (stream, _session, done) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        this.received.push(Buffer.concat(pieces).toString('utf8'));
        done();
      });
    },
  });

  static async open(): Promise<SmtpMailbox> {
    const mailbox = new SmtpMailbox();
    await new Promise<void>((resolve) => mailbox.server.listen(0, '127.0.0.1', resolve));
    return mailbox;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  mails(): Promise<string[]> {
    return Promise.resolve([...this.received]);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

/** What the mails to an address say that matches, once there are so many of them; the newest last. */
export const saidTo = (mailbox: Mailbox, address: string, pattern: RegExp, count = 1): Promise<string[]> =>
  eventually(async () => {
    const own = await mailsTo(mailbox, address);
    const said = own.flatMap((mail) => pattern.exec(plainTextOf(mail))?.slice(-1) ?? []);
    if (said.length !== count)
      throw new Error(`${said.length} mails to ${address} say ${String(pattern)}, not ${count}`);
    return said;
  }, 15_000);

export const LINK = /\/api\/auth\/verify-email\/[\w%-]+/;
/** Six digits that are no part of a link. */
export const CODE = /(?<![\w/-])(\d{6})(?![\w-])/;

/** The mails to an address, or to those that begin like this, in the order of their arrival. */
export const mailsTo = async (mailbox: Mailbox, address: string): Promise<string[]> =>
  (await mailbox.mails()).filter((mail) => new RegExp(`^To: .*${address}`, 'im').test(mail));

export const subjectsTo = async (mailbox: Mailbox, address: string): Promise<string[]> =>
  (await mailsTo(mailbox, address)).map(subjectOf);

/** With its folds and encoded words (RFC 2047) undone. */
export function subjectOf(mail: string): string {
  const [head = ''] = mail.split(/\r?\n\r?\n/);
  const [, subject = ''] = /^Subject: (.*)$/im.exec(head.replace(/\r?\n[ \t]+/g, ' ')) ?? [];
  return subject
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, way: string, text: string) =>
      way.toUpperCase() === 'B'
        ? Buffer.from(text, 'base64').toString('utf8')
        : decodeURIComponent(
            text
              .replaceAll('_', ' ')
              .replaceAll('%', '%25')
              .replace(/=([0-9A-F]{2})/g, '%$1'),
          ),
    );
}

/** The part for readers without HTML, with its soft line breaks and escapes (quoted-printable) undone. */
export function plainTextOf(mail: string): string {
  const part = /^Content-Type: text\/plain[\s\S]*?\r?\n\r?\n([\s\S]*?)(?:\r?\n--|$(?![\s\S]))/im.exec(mail)?.[1] ?? '';
  const bytes = part
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
