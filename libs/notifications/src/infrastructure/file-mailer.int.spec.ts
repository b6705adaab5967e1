import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@holdfast/platform';
import { decoded } from '../../testing/post-office.js';
import { type Mail, MailFailure } from '../application/mailer.js';
import { PublicLinks } from '../application/public-links.js';
import { FileMailer } from './file-mailer.js';

const mail: Mail = {
  id: '0199a1b2-0000-7000-8000-0000000000aa.00000000ada0',
  to: 'ada@example.org',
  subject: 'Your code for a new password',
  text: '042117',
  html: '<p>042117</p>',
  date: new Date('2026-11-28T12:00:00.000Z'),
};

describe('Mail without an SMTP server', () => {
  let home: string;
  let folder: string;
  let mailer: FileMailer;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'holdfast-mail-'));
    folder = join(home, 'mail');
    mailer = new FileMailer(folder, 'Holdfast <library@holdfast.example>');
  });
  afterEach(() => rm(home, { recursive: true }));

  it('becomes one .eml file, that only we can read, however often it is sent', async () => {
    await Promise.all([mailer.send(mail), mailer.send(mail)]);
    const path = join(folder, `${mail.id}.eml`);
    const before = await stat(path);
    expect(await mailer.send(mail)).toBe(`<${mail.id}@holdfast.example>`);
    expect(await readdir(folder)).toEqual([`${mail.id}.eml`]);
    expect((await stat(path)).ino).toBe(before.ino);
    expect([before.mode & 0o777, (await stat(folder)).mode & 0o777]).toEqual([0o600, 0o700]);
    const text = decoded(await readFile(path, 'utf8'));
    expect(text).toContain('To: ada@example.org');
    expect(text.split('042117')).toHaveLength(3);
  });

  it('waits when the folder cannot be written', async () => {
    await mkdir(home, { recursive: true });
    await writeFile(folder, 'no folder');
    const sent = mailer.send(mail);
    await expect(sent).rejects.toThrow(MailFailure);
    await expect(sent).rejects.toMatchObject({ kind: 'away' });
  });
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
