import { readSettings } from '@holdfast/platform';
import { type MailKind, mailKinds, type News } from '../domain/mail.js';
import type { ReservationNow } from '../domain/mail-policies.js';
import { type Facts, type Letter, Letters } from './letters.js';
import { PublicLinks } from './public-links.js';

const letters = new Letters(new PublicLinks(readSettings({ PUBLIC_URL: 'https://library.example/' })));

const ID = '0199a1b2-0000-7000-8000-0000000000aa';
const reader = { email: 'ada@example.org', emailVerified: true, name: 'Ada', isActive: true, wantsNotices: true };
const reservation: ReservationNow = {
  status: 'active',
  bookId: ID,
  library: 'Main Library',
  queuePosition: 3,
  estimatedFrom: '2026-12-06T10:00:00.000Z',
  requestedUntil: '2026-12-05T23:59:59.999Z',
  endOfReservation: '2026-11-29T10:00:00.000Z',
  price: 2.8,
};
const upload = { fileName: 'books.csv', status: 'completed', insertedRows: 12, updatedRows: 3, failedRows: 1 } as const;

const newsOf = (kind: MailKind): News => {
  const expiresAt = '2026-11-23T12:00:00.000Z';
  if (kind === 'verification') return { kind, email: reader.email, token: 'to/ken+1', expiresAt };
  if (kind === 'code') return { kind, email: reader.email, code: '042117', expiresAt, minutes: 10 };
  if (kind === 'import_ended') return { kind, upload };
  return { kind, reservationId: ID, endOfReservation: null };
};

const letter = (kind: MailKind, facts: Partial<Facts> = {}): Letter =>
  letters.write({ news: newsOf(kind), reader, reservation, title: 'Emma', isGone: false, ...facts });

/** What a browser shows of it, roughly. */
const seen = (html: string): string =>
  html
    .replace(/<title>[\s\S]*?<\/title>/, '')
    .replace(/<[^>]*>/g, '')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');

const aboutBooks = mailKinds.filter((kind) => !['verification', 'code', 'import_ended'].includes(kind));

const HOSTILE = [
  ['line breaks', 'Emma\r\nBcc: all@example.org\r\n\r\nBuy now', 'Emma Bcc: all@example.org Buy now'],
  ['other breaks', 'Em\u2028ma\u0085\u000b\u0000X', 'Em ma X'],
  ['markup', `<script>alert("1")</script> & 'more'`, `<script>alert("1")</script> & 'more'`],
  ['an emoji of several', 'Family 👨‍👩‍👧‍👦', 'Family 👨‍👩‍👧‍👦'],
  ['Hebrew', 'שלום', '\u2068שלום\u2069'],
  ['marks of direction', 'abc\u202Efdp.exe\u2066', 'abcfdp.exe'],
  ['a template', '<%= it.code %>${process.env}', '<%= it.code %>${process.env}'],
  ['half a character', 'Emma \uD83D', 'Emma \uFFFD'],
] as const;

describe('A letter', () => {
  it.each(mailKinds)('about %s says the same as text and as HTML, and why it came', (kind) => {
    const { subject, text, html } = letter(kind);
    expect(subject.length).toBeGreaterThan(10);
    const lines = text.split('\n').filter((line) => line !== '' && line !== '-- ');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(seen(html)).toContain(line);
    expect(text).toMatch(/-- \nYou get this mail because/);
    expect(text + html + subject).not.toMatch(/undefined|null|\[object|<%/);
  });

  it.each(mailKinds)('about %s loads nothing, runs nothing and follows nobody', (kind) => {
    const { html } = letter(kind);
    expect(html).not.toMatch(/<(img|script|link|iframe|style|form|object)\b|url\(|@import|\bon\w+=/i);
    const links = [...html.matchAll(/https?:\/\/[^"<\s]+/g)].map(([link]) => link);
    expect(links.filter((link) => !link.startsWith('https://library.example/'))).toEqual([]);
  });

  it.each(aboutBooks)('about %s names the book, in the subject too, and calls the reader by name', (kind) => {
    const { subject, text } = letter(kind);
    expect(subject).toContain('“Emma”');
    expect(text).toContain('“Emma”');
    expect(text).toMatch(/^Hello Ada,\n/);
  });

  it.each(mailKinds)('about %s calls nobody by a name at an address that nobody has confirmed', (kind) => {
    const stranger = { ...reader, emailVerified: false, name: 'Cheap pills at http://evil.example' };
    const { subject, text, html } = letter(kind, { reader: stranger });
    expect(subject + text + html).not.toContain('evil');
  });

  it('keeps the code, and the link, out of the subject and the line beside it', () => {
    for (const [kind, secret] of [
      ['code', '042117'],
      ['verification', 'to%2Fken%2B1'],
    ] as const) {
      const { subject, text, html } = letter(kind);
      expect(subject).not.toContain(secret);
      expect(html.slice(0, html.indexOf('max-width:560px'))).not.toContain(secret);
      expect(text).toContain(secret);
      expect(seen(html)).toContain(secret);
    }
    expect(letter('verification').html).toContain('href="https://library.example/api/auth/verify-email/to%2Fken%2B1"');
  });

  it('says when it ends in words, by UTC, and how long a code is good for', () => {
    expect(letter('ends_soon').subject).toBe('Please return “Emma” by Sunday 29 November');
    expect(letter('confirmed').text).toContain('Yours until: Sunday 29 November 2026, 10:00 UTC');
    expect(letter('confirmed').text).toContain('Library: Main Library\n');
    expect(letter('confirmed').text).toContain('Price: 2.80\n');
    expect(letter('overdue').text).toContain('It was due on: Sunday 29 November 2026, 10:00 UTC');
    expect(letter('code').text).toContain('once, for 10 minutes: until Monday 23 November 2026, 12:00 UTC');
  });

  it('of one who waits says the place, and when a copy can be expected if that is known', () => {
    expect(letter('queued').text).toContain(
      'Your place in line: 3\nA copy can be expected from: Sunday 6 December 2026, 10:00 UTC\n',
    );
    const unknown = letter('queued', { reservation: { ...reservation, estimatedFrom: null } });
    expect(unknown.text).toContain('Your place in line: 3\nWhen a copy comes back cannot be told yet.');
  });

  it('of a place that went with its book says so', () => {
    expect(letter('cancelled', { isGone: true }).text).toContain('does not have this book any more');
    expect(letter('cancelled').text).not.toContain('any more');
    expect(letter('cancelled', { isGone: true, title: null }).text).toContain('a book that is no longer');
  });

  it('of an import says how it ended, of which file, with its counts', () => {
    expect(letter('import_ended').subject).toBe('Your import is done: books.csv');
    const text = letter('import_ended').text;
    expect(text).toContain('Books added: 12\nBooks changed: 3\nRows with errors: 1\n');
    expect(text).toContain('The report of the upload');
    const ended = (status: 'failed' | 'cancelled') =>
      letter('import_ended', { news: { kind: 'import_ended', upload: { ...upload, status, failedRows: 0 } } });
    expect(ended('failed').subject).toContain('has failed');
    expect(ended('cancelled').text).toContain('was cancelled');
    expect(ended('failed').text).not.toContain('The report of the upload');
  });

  it.each(HOSTILE)('keeps %s in a title from doing harm', (_, title, shown) => {
    for (const kind of aboutBooks) {
      const { subject, text, html } = letter(kind, { title });
      expect(subject).toContain(`“${shown}”`);
      expect(subject).not.toMatch(/[\r\n\u2028\u2029\u0085\0]/);
      expect(text).toContain(`“${shown}”`);
      expect(seen(html)).toContain(`“${shown}”`);
      expect(html).not.toMatch(/<script/i);
      expect(text.split('\n').length).toBe(letter(kind).text.split('\n').length);
    }
  });

  it('cuts a title of five hundred characters, in the subject to sixty, and never inside of a character', () => {
    const { subject, text } = letter('confirmed', { title: '👩‍🚀'.repeat(500) });
    expect(subject.match(/👩‍🚀/gu)!.length).toBeLessThanOrEqual(60);
    expect(subject).toMatch(/^“(👩‍🚀)+…” is reserved for you$/u);
    expect(text.length).toBeLessThan(5000);
    const pile = letter('confirmed', { title: `e${'\u0301'.repeat(10_000)}` });
    expect(pile.subject.length).toBeLessThan(400);
    expect(letter('confirmed', { title: 'x'.repeat(500) }).subject).toBe(`“${'x'.repeat(60)}…” is reserved for you`);
  });

  it('escapes the names of readers, libraries and files too', () => {
    const evil = '<img src=x onerror=alert(1)>\nX';
    const all = [
      letter('confirmed', { reader: { ...reader, name: evil } }),
      letter('confirmed', { reservation: { ...reservation, library: evil } }),
      letter('import_ended', { news: { kind: 'import_ended', upload: { ...upload, fileName: evil } } }),
    ];
    for (const { html, text, subject } of all) {
      expect(html).not.toContain('<img');
      expect(seen(html)).toContain('<img src=x onerror=alert(1)> X');
      expect(text).toContain('<img src=x onerror=alert(1)> X');
      expect(subject).not.toContain('\n');
    }
  });

  it('is written in no time for a text of a million characters', () => {
    const begun = performance.now();
    for (const title of ['a'.repeat(1e6), ' '.repeat(1e6), '\u0301'.repeat(1e6), '<'.repeat(1e6)])
      letter('confirmed', { title });
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
