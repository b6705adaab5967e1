import type { AddressInfo } from 'node:net';
import { FaultProxy } from '@holdfast/platform/testing';
import { SMTPServer } from 'smtp-server';

export interface Received {
  to: string[];
  /** As it came. */
  raw: string;
  messageId: string;
  /** Its header and its parts, with soft line breaks and escapes undone. */
  readable: string;
  subject: string;
}

/** What the server answers instead of taking something: a reply code, or nothing at all. */
export type Refusal = { code: number; text?: string } | 'silence';

/** A real SMTP server that can misbehave, behind a proxy that can cut its connections. */
export class PostOffice {
  readonly received: Received[] = [];
  /** Asked for each command of this kind; undefined: taken. */
  atSender: (address: string) => Refusal | undefined = () => undefined;
  atRecipient: (address: string) => Refusal | undefined = () => undefined;
  /** After all of the mail was read. `cut`: the mail is kept, and the connection ends before the answer. */
  atContent: (mail: Received) => Refusal | 'cut' | undefined = () => undefined;
  /** Connections so far. */
  visits = 0;
  private proxy!: FaultProxy;

  private readonly server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onConnect: (_, done) => {
      this.visits++;
      done();
    },
    onMailFrom: ({ address }, _, done) => answer(this.atSender(address), done),
    onRcptTo: ({ address }, _, done) => answer(this.atRecipient(address), done),
    onData: (stream, session, done) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const raw = Buffer.concat(pieces).toString('utf8');
        const mail = received(
          session.envelope.rcptTo.map(({ address }) => address),
          raw,
        );
        const refusal = this.atContent(mail);
        if (refusal === undefined || refusal === 'cut') this.received.push(mail);
        if (refusal === 'cut') this.proxy.cut();
        else answer(refusal, done);
      });
    },
  });

  static async open(): Promise<PostOffice> {
    const office = new PostOffice();
    office.server.on('error', () => undefined);
    await new Promise<void>((resolve) => office.server.listen(0, '127.0.0.1', resolve));
    office.proxy = await FaultProxy.to('127.0.0.1', (office.server.server.address() as AddressInfo).port);
    return office;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.proxy.port}`;
  }

  /** Takes everything, and has taken nothing yet. */
  putBack(): void {
    this.received.length = 0;
    this.visits = 0;
    this.atSender = this.atRecipient = this.atContent = () => undefined;
  }

  /** Ends all connections. */
  cut(): void {
    this.proxy.cut();
  }

  /** Takes no connection any more. */
  shut(): void {
    this.proxy.refuse();
  }

  reopen(): void {
    this.proxy.heal();
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

function answer(refusal: Refusal | undefined, done: (error?: Error | null) => void): void {
  if (refusal === 'silence') return;
  if (!refusal) return done();
  done(Object.assign(new Error(refusal.text ?? 'not now'), { responseCode: refusal.code }));
}

function received(to: string[], raw: string): Received {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const unfolded = head.replace(/\r\n[ \t]+/g, ' ');
  const header = (name: string): string => new RegExp(`^${name}: (.*)$`, 'im').exec(unfolded)?.[1]?.trim() ?? '';
  const readable = `${unfolded}\n\n${decoded(rest.join('\n\n'))}`;
  return { to, raw, messageId: header('Message-ID'), readable, subject: wordsOf(header('Subject')) };
}

/** Quoted-printable. */
export const decoded = (text: string): string =>
  Buffer.from(
    text
      .replace(/=\r?\n/g, '')
      .replace(/[\u0080-\uffff]/g, '?')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');

/** Encoded words of a header (RFC 2047). */
const wordsOf = (header: string): string =>
  header
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, way: string, text: string) =>
      way.toUpperCase() === 'B' ? Buffer.from(text, 'base64').toString('utf8') : decoded(text.replaceAll('_', ' ')),
    );
