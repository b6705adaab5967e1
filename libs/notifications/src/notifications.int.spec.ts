import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@holdfast/kernel';
import { type CloudEvent, readSettings, UnprocessableEvent } from '@holdfast/platform';
import { Logger } from '@nestjs/common';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Mailer } from './application/mailer.js';
import { NotificationsConsumer } from './application/notifications-consumer.js';
import { PublicLinks } from './application/public-links.js';
import { FileMailer } from './infrastructure/file-mailer.js';
import { SmtpMailer } from './infrastructure/smtp-mailer.js';

Logger.overrideLogger(false);

const FROM = 'Holdfast <library@holdfast.example>';
const clock = { now: () => new Date('2026-11-22T12:00:00.000Z') };

const consumerWith = (mailer: Mailer, env: Record<string, string> = { PUBLIC_URL: 'https://library.example/' }) =>
  new NotificationsConsumer(mailer, new PublicLinks(readSettings(env)), clock);

const requested = (data: object = {}): CloudEvent => ({
  specversion: '1.0',
  id: newId(),
  source: '/holdfast/identity',
  type: 'email_verification_requested',
  subject: 'users/1',
  time: '2026-11-22T11:59:00.000Z',
  datacontenttype: 'application/json',
  dataschema: '/x',
  sequence: '000000000000001',
  data: {
    userId: newId(),
    email: 'ada@example.org',
    token: 'to/ken+1',
    expiresAt: '2026-11-23T12:00:00.000Z',
    ...data,
  },
});

const CODE = '042117';

const generated = (data: object = {}): CloudEvent => ({
  ...requested(),
  type: 'otp_generated',
  data: {
    userId: newId(),
    email: 'ada@example.org',
    otp: CODE,
    expiresAt: '2026-11-22T12:09:00.000Z',
    purpose: 'password_reset',
    ...data,
  },
});

const LINK = 'https://library.example/api/auth/verify-email/to%2Fken%2B1';

/** Undoes the soft line breaks and escapes of quoted-printable. */
const readable = (mail: string): string =>
  mail
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

describe('Mail through SMTP', () => {
  let server: SMTPServer;
  let received: { to: string[]; mail: string }[];

  async function listening(options: SMTPServerOptions = {}): Promise<SmtpMailer> {
    received = [];
    server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const to = session.envelope.rcptTo.map(({ address }) => address);
          received.push({ to, mail: Buffer.concat(chunks).toString('utf8') });
          done();
        });
      },
      ...options,
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SmtpMailer(`smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, FROM);
  }
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  it('carries the verification link as text and as HTML, from us to the reader, marked as automatic', async () => {
    const event = requested();
    await consumerWith(await listening()).handle(event);
    expect(received).toHaveLength(1);
    const [{ to, mail }] = received as [{ to: string[]; mail: string }];
    expect(to).toEqual(['ada@example.org']);
    expect(mail).toContain(`Message-ID: <${event.id}@holdfast.example>`);
    expect(mail).toContain('Auto-Submitted: auto-generated');
    expect(mail).toContain('From: Holdfast <library@holdfast.example>');
    expect(mail).toContain('Date: Sun, 22 Nov 2026 11:59:00 +0000');
    expect(mail).toMatch(/Content-Type: text\/plain[\s\S]*Content-Type: text\/html/);
    const text = readable(mail);
    expect(text.split(LINK)).toHaveLength(4);
    expect(text).toContain('until 2026-11-23 12:00 UTC');
  });

  it('carries a code as text and as HTML, says how long it is good for, and keeps it out of the subject', async () => {
    const event = generated();
    await consumerWith(await listening()).handle(event);
    expect(received).toHaveLength(1);
    const [{ to, mail }] = received as [{ to: string[]; mail: string }];
    expect(to).toEqual(['ada@example.org']);
    expect(mail).toContain(`Message-ID: <${event.id}@holdfast.example>`);
    const [head = '', ...parts] = readable(mail).split(/\r\n\r\n/);
    expect(head).toContain('Subject: Your code for a new password');
    expect(head).not.toContain(CODE);
    const [text = '', html = ''] = parts.join('\n').split('Content-Type: text/html');
    for (const part of [text, html]) {
      expect(part.split(CODE)).toHaveLength(2);
      expect(part).toContain('for 10 minutes: until 2026-11-22 12:09 UTC');
      expect(part).toContain('If you did not ask for it, ignore this mail');
      expect(part).toContain('Nobody from the library will ever ask you for this code');
    }
  });

  it.each([
    ['a link', requested()],
    ['a code', generated()],
  ])('sends the same mail with %s, by its Message-ID, when the event comes again', async (_, event) => {
    const consumer = consumerWith(await listening());
    await consumer.handle(event);
    await consumer.handle(event);
    const ids = received.map(({ mail }) => /Message-ID: (.*)\r/.exec(mail)?.[1]);
    expect(ids).toEqual([`<${event.id}@holdfast.example>`, `<${event.id}@holdfast.example>`]);
  });

  it('sends nothing when the link or the code has expired', async () => {
    const consumer = consumerWith(await listening());
    await consumer.handle(requested({ expiresAt: '2026-11-22T12:00:00.000Z' }));
    await consumer.handle(generated({ expiresAt: '2026-11-22T12:00:00.000Z' }));
    expect(received).toEqual([]);
  });

  it('will not be tried again when the server refuses the recipient for good', async () => {
    const refusing = await listening({
      onRcptTo: (_, __, done) => done(Object.assign(new Error('no such user'), { responseCode: 550 })),
    });
    await expect(consumerWith(refusing).handle(requested())).rejects.toThrow(UnprocessableEvent);
  });

  it('will be tried again when the server says later, or is not there', async () => {
    const busy = await listening({
      onRcptTo: (_, __, done) => done(Object.assign(new Error('try later'), { responseCode: 451 })),
    });
    for (const mailer of [busy, new SmtpMailer('smtp://127.0.0.1:1', FROM)]) {
      const error: unknown = await consumerWith(mailer)
        .handle(requested())
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(UnprocessableEvent);
      expect(error).not.toHaveProperty('code');
    }
  });

  it.each([
    ['no token', requested({ token: undefined }), 'token'],
    ['an address that is none', requested({ email: 'ada\r\nBcc: all@example.org' }), 'email'],
    ['a time that is none', requested({ expiresAt: 'soon' }), 'expiresAt'],
    ['no code', generated({ otp: undefined }), 'otp'],
    ['a code that is none', generated({ otp: '<b>42</b>' }), 'otp'],
    ['a purpose that nobody knows', generated({ purpose: 'open_the_safe' }), 'purpose'],
  ])(
    'is not written for an event with %s, and the reason names the field but not what it held',
    async (_, event, field) => {
      const handled = consumerWith(await listening()).handle(event);
      await expect(handled).rejects.toThrow(UnprocessableEvent);
      await expect(handled).rejects.toThrow(new RegExp(`not as agreed: ${field}$`));
      expect(received).toEqual([]);
    },
  );
});

describe('Mail without an SMTP server', () => {
  let folder: string;

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'holdfast-mail-')), 'mail');
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true }));

  it.each([
    ['link', requested(), LINK],
    ['code', generated(), CODE],
  ])(
    'becomes one .eml file for one %s, that only we can read, however often the event comes',
    async (_, event, secret) => {
      const consumer = consumerWith(new FileMailer(folder, FROM));
      await Promise.all([consumer.handle(event), consumer.handle(event)]);
      const before = await stat(join(folder, `${event.id}.eml`));
      await consumer.handle(event);
      expect(await readdir(folder)).toEqual([`${event.id}.eml`]);
      const path = join(folder, `${event.id}.eml`);
      expect((await stat(path)).ino).toBe(before.ino);
      expect(before.mode & 0o777).toBe(0o600);
      const mail = readable(await readFile(path, 'utf8'));
      expect(mail).toContain('To: ada@example.org');
      expect(mail).toContain(secret);
    },
  );
});

describe('A link in a mail', () => {
  const linkWith = (env: Record<string, string>) => new PublicLinks(readSettings(env)).emailVerification('t');

  it('leads to the public address, with its path, or else to where the API listens', () => {
    expect(linkWith({ PUBLIC_URL: 'https://x.example/library/' })).toBe(
      'https://x.example/library/api/auth/verify-email/t',
    );
    expect(linkWith({ HOST: '127.0.0.1', PORT: '4000' })).toBe('http://127.0.0.1:4000/api/auth/verify-email/t');
    expect(linkWith({ HOST: '0.0.0.0' })).toBe('http://localhost:3000/api/auth/verify-email/t');
    expect(linkWith({ HOST: '::1' })).toBe('http://[::1]:3000/api/auth/verify-email/t');
  });
});
