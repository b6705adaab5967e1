import { Logger } from '@nestjs/common';
import { UnprocessableEvent } from '@holdfast/platform';
import {
  ADA,
  BOOK,
  codeData,
  importData,
  MailHouse,
  type MailWorker,
  NEVER,
  reservationData,
  RESERVATION,
  verificationData,
} from '../testing/mail-house.js';
import type { MailKind } from './domain/mail.js';
import type { ReservationNow } from './domain/mail-policies.js';

Logger.overrideLogger(false);

/** Every mail: what tells of it, how the house stands then, and what its subject says. */
interface Case {
  kind: MailKind;
  type: string;
  data: object;
  now?: Partial<ReservationNow>;
  subject: string;
}
const waiting = { status: 'pending', queuePosition: 3, endOfReservation: null } as const;
const cases: Case[] = [
  {
    kind: 'verification',
    type: 'email_verification_requested',
    data: verificationData(),
    subject: 'Confirm your e-mail address',
  },
  { kind: 'code', type: 'otp_generated', data: codeData(), subject: 'Your code for a new password' },
  { kind: 'confirmed', type: 'reservation_created', data: reservationData(), subject: '“Emma” is reserved for you' },
  {
    kind: 'queued',
    type: 'reservation_created',
    data: reservationData({ status: 'pending', endOfReservation: null }),
    now: waiting,
    subject: 'You are in line for “Emma”',
  },
  { kind: 'active', type: 'reservation_activated', data: reservationData(), subject: 'It is your turn: “Emma”' },
  { kind: 'renewed', type: 'reservation_renewed', data: reservationData(), subject: 'You can keep “Emma” for longer' },
  {
    kind: 'ends_soon',
    type: 'reservation_ends_soon',
    data: reservationData(),
    subject: 'Please return “Emma” by Sunday 29 November',
  },
  { kind: 'overdue', type: 'reservation_overdue', data: reservationData(), subject: '“Emma” is overdue' },
  {
    kind: 'cancelled',
    type: 'reservation_cancelled',
    data: reservationData({ status: 'cancelled' }),
    now: { status: 'cancelled' },
    subject: 'Your reservation of “Emma” is cancelled',
  },
  { kind: 'import_ended', type: 'books_imported', data: importData(), subject: 'Your import is done: books.csv' },
];
const byChoice = cases.filter(({ kind }) => kind !== 'verification' && kind !== 'code');
const asked = cases.filter((one) => !byChoice.includes(one));
const ofReservations = byChoice.filter(({ kind }) => kind !== 'import_ended');

describe('A notice', () => {
  let house: MailHouse;
  let worker: MailWorker;

  beforeAll(async () => {
    house = await MailHouse.open();
    worker = await house.worker();
  });
  beforeEach(() => house.clear());
  afterAll(() => house.close());

  const tell = ({ type, data, now }: Case) => {
    if (now) house.state.now = { ...house.state.now!, ...now };
    return house.tell(worker, house.event(type, data));
  };
  const mailed = () => house.post.received.map(({ subject }) => subject);

  it.each(cases)('of $type makes the mail $kind, to the reader', async (one) => {
    const row = await tell(one);
    expect([row.kind, row.state, row.reason]).toEqual([one.kind, 'sent', null]);
    expect(house.post.received.map(({ to, subject }) => [to, subject])).toEqual([[['ada@example.org'], one.subject]]);
    const [{ raw, messageId }] = house.post.received as [(typeof house.post.received)[0]];
    expect(messageId).toBe(`<${row.event_id}.${ADA.slice(-12)}@holdfast.example>`);
    expect(row.message_id).toBe(messageId);
    expect(raw).toContain('Auto-Submitted: auto-generated\r\n');
    expect(raw).toContain('X-Auto-Response-Suppress: OOF, AutoReply\r\n');
    expect(raw).toContain('From: Holdfast <library@holdfast.example>\r\n');
    expect(raw).toContain('To: ada@example.org\r\n');
    expect(raw).toContain('Date: Sat, 28 Nov 2026 11:59:00 +0000\r\n');
    expect(raw).toMatch(/Content-Type: text\/plain[\s\S]*Content-Type: text\/html/);
  });

  it.each(byChoice)('$kind is not mailed to a reader who has switched notices off by then', async (one) => {
    await house.hand(worker, house.event(one.type, one.data));
    house.state.ada!.wantsNotices = false;
    expect(await tell(one)).toMatchObject({ state: 'skipped', reason: 'the reader wants no notices by e-mail' });
    expect(mailed()).toEqual([]);
  });

  it.each(asked)('$kind is mailed whatever the choice, for it was asked for', async (one) => {
    house.state.ada!.wantsNotices = false;
    expect(await tell(one)).toMatchObject({ state: 'sent' });
  });

  it.each(cases)('$kind is not mailed to an account that is gone', async (one) => {
    house.state.ada = null;
    expect(await tell(one)).toMatchObject({ state: 'skipped', reason: 'the account is gone', news: null });
    expect(mailed()).toEqual([]);
  });

  it.each(cases)('$kind is not mailed to an account that is inactive', async (one) => {
    house.state.ada!.isActive = false;
    expect(await tell(one)).toMatchObject({ state: 'skipped', reason: 'the account is inactive' });
    expect(mailed()).toEqual([]);
  });

  it.each(ofReservations.filter(({ kind }) => kind !== 'cancelled'))(
    '$kind is not mailed when the reservation was cancelled meanwhile',
    async (one) => {
      expect(await tell({ ...one, now: { ...one.now, status: 'cancelled' } })).toMatchObject({
        state: 'skipped',
        reason: 'the reservation is cancelled by now',
      });
      expect(mailed()).toEqual([]);
    },
  );

  it.each([
    ['queued', 'active'],
    ['confirmed', 'completed'],
    ['active', 'completed'],
    ['ends_soon', 'completed'],
    ['overdue', 'completed'],
  ] as const)('%s is not mailed when the reservation is %s by then', async (kind, status) => {
    const one = cases.find((each) => each.kind === kind)!;
    expect(await tell({ ...one, now: { ...one.now, status } })).toMatchObject({ state: 'skipped' });
    expect(mailed()).toEqual([]);
  });

  it.each(['ends_soon', 'overdue', 'confirmed', 'renewed'])(
    '%s is not mailed when the reservation was renewed meanwhile',
    async (kind) => {
      const one = cases.find((each) => each.kind === kind)!;
      const row = await tell({ ...one, now: { endOfReservation: '2026-12-09T10:00:00.000Z' } });
      expect(row).toMatchObject({ state: 'skipped', reason: 'the reservation has another end by now' });
    },
  );

  it('that something ends soon is not mailed once it has ended', async () => {
    house.time = new Date('2026-11-29T10:00:00.000Z');
    expect(await tell(cases.find(({ kind }) => kind === 'ends_soon')!)).toMatchObject({
      state: 'skipped',
      reason: 'the reservation has ended by now',
    });
  });

  it('tells the place and the estimate as they are when it is sent', async () => {
    const one = cases.find(({ kind }) => kind === 'queued')!;
    await tell({ ...one, now: { ...waiting, queuePosition: 2, estimatedFrom: '2026-12-01T08:00:00.000Z' } });
    expect(house.post.received[0]!.readable).toContain('Your place in line: 2');
    expect(house.post.received[0]!.readable).toContain('Tuesday 1 December 2026, 08:00 UTC');
  });

  it.each(ofReservations)('$kind survives a title that wants to be more than a title', async (one) => {
    house.state.title = `Emma\r\nBcc: all@example.org\r\n\r\n<script>x</script>👩‍🚀${'x'.repeat(500)}`;
    expect(await tell(one)).toMatchObject({ state: 'sent' });
    const [{ to, raw, subject, readable }] = house.post.received as [(typeof house.post.received)[0]];
    expect(to).toEqual(['ada@example.org']);
    expect(raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im);
    expect(subject).toContain('Emma Bcc: all@example.org <script>x</script>👩‍🚀');
    expect(subject.length).toBeLessThan(130);
    expect(readable).toContain('&lt;script&gt;x&lt;/script&gt;👩‍🚀');
  });

  it('of a place that went with its book names the book, also when the event of the book comes later', async () => {
    const one = cases.find(({ kind }) => kind === 'cancelled')!;
    house.state.title = null;
    const row = await tell(one);
    expect(row).toMatchObject({ state: 'queued', reason: null });
    expect(row.pause).toBeGreaterThan(0);
    expect(mailed()).toEqual([]);
    await house.hand(worker, house.event('book_deleted', { id: BOOK, isbn: null, title: 'Evelina' }));
    await house.letTimePass();
    await worker.sender.sendDue(NEVER);
    expect(mailed()).toEqual(['Your reservation of “Evelina” is cancelled']);
    expect(house.post.received[0]!.readable).toContain('does not have this book any more');
  });

  it('does not wait for ever for a title that nobody tells', async () => {
    house.state.title = null;
    await tell(cases.find(({ kind }) => kind === 'cancelled')!);
    await worker.database.query(`UPDATE notifications.mails SET created_at = now() - interval '3 minutes'`);
    await house.letTimePass();
    await worker.sender.sendDue(NEVER);
    expect(mailed()).toEqual(['Your reservation of “a book that is no longer in the catalogue” is cancelled']);
  });

  describe('with a secret', () => {
    const verification = (changes: object = {}) =>
      house.event('email_verification_requested', verificationData(changes));
    const code = (changes: object = {}) => house.event('otp_generated', codeData(changes));

    it('carries the link as text and as HTML, and is kept without it once it has ended', async () => {
      await house.hand(worker, verification());
      expect((await house.rows())[0]!.news).toMatchObject({ token: 'to/ken+1' });
      await worker.sender.sendDue(NEVER);
      const link = 'https://library.example/api/auth/verify-email/to%2Fken%2B1';
      expect(house.post.received[0]!.readable.split(link)).toHaveLength(4);
      expect((await house.rows())[0]).toMatchObject({ state: 'sent', news: null });
    });

    it('carries the code, and keeps it out of the header', async () => {
      await house.tell(worker, code());
      const [head = '', ...parts] = house.post.received[0]!.readable.split('\n\n');
      expect(head).not.toContain('042117');
      expect(parts.join('\n\n').split('042117')).toHaveLength(3);
      expect((await house.rows())[0]).toMatchObject({ state: 'sent', news: null });
    });

    it('is not mailed when the link or the code has expired', async () => {
      for (const event of [verification({ expiresAt: NOW_ISO }), code({ expiresAt: NOW_ISO })]) {
        expect(await house.tell(worker, event)).toMatchObject({
          state: 'skipped',
          reason: 'it has expired',
          news: null,
        });
      }
      expect(mailed()).toEqual([]);
    });

    it('has failed, and does not just lapse, when the server took it never and it has expired', async () => {
      house.post.atRecipient = () => ({ code: 451 });
      const event = code();
      await house.tell(worker, event);
      house.time = new Date('2026-11-28T12:09:00.000Z');
      await house.letTimePass();
      await worker.sender.sendDue(NEVER);
      expect(await house.rowOf(event)).toMatchObject({ state: 'failed', news: null });
      expect((await house.rowOf(event)).reason).toMatch(/it has expired; before that: .*451/);
    });

    it('is looked at again when it expires, however long the pause would be', async () => {
      house.post.atRecipient = () => ({ code: 451 });
      const event = code();
      await house.hand(worker, event);
      await worker.database.query('UPDATE notifications.mails SET attempts = 20');
      await worker.sender.sendDue(NEVER);
      const { pause } = await house.rowOf(event);
      expect(pause).toBeGreaterThan(500);
      expect(pause).toBeLessThanOrEqual(540);
    });

    it('is not mailed when a newer one has replaced it, in whatever order they come', async () => {
      const [old, young] = [verification({ token: 'old' }), verification({ token: 'young' })];
      await house.hand(worker, young);
      await house.hand(worker, old);
      await worker.sender.sendDue(NEVER);
      expect(await house.rowOf(old)).toMatchObject({ state: 'skipped', reason: 'a newer one replaces it', news: null });
      expect(await house.rowOf(young)).toMatchObject({ state: 'sent' });
      const [one, other] = [code(), code({ userId: '0199a1b2-0000-7000-8000-000000000ada' })];
      await house.hand(worker, one);
      await house.hand(worker, other);
      await worker.sender.sendDue(NEVER);
      expect([(await house.rowOf(one)).state, (await house.rowOf(other)).state]).toEqual(['sent', 'sent']);
    });

    it('is not mailed to an address that is not the account’s any more', async () => {
      house.state.ada!.email = 'new@example.org';
      for (const event of [verification(), code()]) {
        expect(await house.tell(worker, event)).toMatchObject({
          state: 'skipped',
          reason: 'the account has another address by now',
        });
      }
      expect(mailed()).toEqual([]);
    });
  });

  it.each([
    ['no token', 'email_verification_requested', verificationData({ token: undefined }), 'token'],
    [
      'an address that is none',
      'email_verification_requested',
      verificationData({ email: 'ada\r\nBcc: all@example.org' }),
      'email',
    ],
    ['a time that is none', 'email_verification_requested', verificationData({ expiresAt: 'soon' }), 'expiresAt'],
    ['no code', 'otp_generated', codeData({ otp: undefined }), 'otp'],
    ['a code that is none', 'otp_generated', codeData({ otp: '<b>42</b>' }), 'otp'],
    ['a purpose that nobody knows', 'otp_generated', codeData({ purpose: 'open_the_safe' }), 'purpose'],
    ['no customer', 'reservation_activated', reservationData({ customerId: 'ada' }), 'customerId'],
    ['a status that is none', 'reservation_created', reservationData({ status: 'lost' }), 'status'],
    ['fewer than no rows', 'books_imported', importData({ failedRows: -1 }), 'failedRows'],
  ])('is not made of an event with %s, and the reason names the field and not what it held', async (...all) => {
    const [, type, data, field] = all;
    const handed = house.hand(worker, house.event(type, data));
    await expect(handed).rejects.toThrow(UnprocessableEvent);
    await expect(handed).rejects.toThrow(new RegExp(`not as agreed: ${field}$`));
    expect(await house.rows()).toEqual([]);
  });

  it('is not made of an import that does not say whose it was', async () => {
    await house.hand(worker, house.event('books_imported', importData({ uploadedBy: undefined })));
    expect(await house.rows()).toEqual([]);
  });

  it('takes fields that are new to it', async () => {
    await house.hand(worker, house.event('reservation_activated', reservationData({ shelf: 'A1' })));
    expect(await house.rows()).toMatchObject([{ news: { reservationId: RESERVATION } }]);
  });
});

const NOW_ISO = '2026-11-28T12:00:00.000Z';
