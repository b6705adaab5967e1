import { newId } from '@holdfast/kernel';
import { Logger } from '@nestjs/common';
import { eventually } from '@holdfast/platform/testing';
import {
  codeData,
  FROM,
  MailHouse,
  type MailWorker,
  NEVER,
  reservationData,
  RESERVATION,
  verificationData,
} from '../testing/mail-house.js';
import { DOUBTS_LIMIT } from './domain/attempts.js';
import { SmtpMailer } from './infrastructure/smtp-mailer.js';

Logger.overrideLogger(false);

jest.setTimeout(60_000);

/** Eight at once, of two processes. */
const crowd = (...workers: MailWorker[]): Promise<unknown> =>
  Promise.all(Array.from({ length: 8 }, (_, place) => workers[place % workers.length]!.sender.sendDue(NEVER)));

describe('A mail', () => {
  let house: MailHouse;
  let worker: MailWorker;
  let other: MailWorker;

  beforeAll(async () => {
    house = await MailHouse.open();
    worker = await house.worker();
    other = await house.worker();
  });
  beforeEach(() => house.clear());
  afterAll(() => house.close());

  const activated = (id?: string) => house.event('reservation_activated', reservationData(), id);
  const messageIds = () => house.post.received.map(({ messageId }) => messageId);
  const sendDue = () => worker.sender.sendDue(NEVER);
  const again = async () => {
    await house.letTimePass();
    await sendDue();
  };

  describe('is sent once', () => {
    it('for an event that comes fifty times at once, to two consumers', async () => {
      const event = activated();
      await Promise.all(Array.from({ length: 50 }, (_, place) => house.hand(place % 2 ? worker : other, event)));
      expect(house.jobs.asked).toEqual([{ mail: (await house.rowOf(event)).id }]);
      await crowd(worker, other);
      expect(house.post.received).toHaveLength(1);
      await house.hand(worker, event);
      await again();
      expect(house.post.received).toHaveLength(1);
      expect(await house.rows()).toHaveLength(1);
    });

    it('by eight senders of two processes that find forty', async () => {
      const events = Array.from({ length: 40 }, () => activated());
      for (const event of events) await house.hand(worker, event);
      await crowd(worker, other);
      expect(house.post.received).toHaveLength(40);
      expect(new Set(messageIds()).size).toBe(40);
      expect(await house.rows()).toEqual(Array(40).fill(expect.objectContaining({ state: 'sent', attempts: 1 })));
    });

    it('by the job of its own, and by no other that comes with the same', async () => {
      const event = activated();
      await house.hand(worker, event);
      const [job] = worker.sender.jobs();
      const { id } = await house.rowOf(event);
      await Promise.all([1, 2, 3].map(() => job!.run({ mail: id }, NEVER)));
      expect(house.post.received).toHaveLength(1);
    });

    it('and not at all when the transaction of its event is undone', async () => {
      const undone = worker.unitOfWork.run(async () => {
        await worker.consumer.handle(activated());
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      await sendDue();
      expect([await house.rows(), house.jobs.asked, house.post.received]).toEqual([[], [], []]);
    });

    it('by no sender whose lease is over before it begins', async () => {
      await house.hand(worker, activated());
      house.state.beforeLook = async () => {
        house.state.beforeLook = () => undefined;
        await house.letTimePass();
        await other.sender.sendDue(NEVER);
      };
      await sendDue();
      expect(house.post.received).toHaveLength(1);
      expect((await house.rows())[0]).toMatchObject({ state: 'sent', attempts: 2, doubts: 0 });
    });
  });

  describe('whose worker died', () => {
    const dieAt = async (sending: boolean) => {
      const mail = await worker.mails.claim(newId());
      if (sending) await worker.mails.begin(mail!);
    };

    it('is left alone until its lease is over, then sent by another, under the Message-ID that it had', async () => {
      const event = activated();
      await house.hand(worker, event);
      await dieAt(true);
      await other.sender.sendDue(NEVER);
      expect(house.post.received).toEqual([]);
      expect((await house.rowOf(event)).pause).toBeGreaterThan(60);
      await house.letTimePass();
      await other.sender.sendDue(NEVER);
      expect(messageIds()).toEqual([expect.stringContaining(event.id)]);
      expect(await house.rowOf(event)).toMatchObject({ state: 'sent', attempts: 2, doubts: 1 });
    });

    it('before it began to send is no doubtful one', async () => {
      const event = activated();
      await house.hand(worker, event);
      await dieAt(false);
      await again();
      expect(await house.rowOf(event)).toMatchObject({ state: 'sent', attempts: 2, doubts: 0 });
    });

    it('each time is given up after three times, for nobody knows how often it arrived', async () => {
      const event = activated();
      await house.hand(worker, event);
      for (let death = 0; death < DOUBTS_LIMIT; death++) {
        await house.letTimePass();
        await dieAt(true);
      }
      await again();
      expect(await house.rowOf(event)).toMatchObject({ state: 'failed', doubts: 3, news: null });
      expect(house.post.received).toEqual([]);
    });

    it('and comes back after another one has sent it changes nothing', async () => {
      const event = activated();
      await house.hand(worker, event);
      const late = (await worker.mails.claim(newId()))!;
      await house.letTimePass();
      await other.sender.sendDue(NEVER);
      await worker.mails.end(late, 'failed', { reason: 'late' });
      await worker.mails.postpone(late, 0, 'late', true);
      expect(await worker.mails.begin(late)).toBe(false);
      expect(await house.rowOf(event)).toMatchObject({ state: 'sent', reason: null });
    });
  });

  describe('that the server puts off', () => {
    it('is tried again after pauses that grow to an hour, and arrives once', async () => {
      house.post.atRecipient = () => ({ code: 451, text: 'try later' });
      const event = activated();
      await house.hand(worker, event);
      const pauses: number[] = [];
      for (let attempt = 1; attempt <= 10; attempt++) {
        await again();
        const row = await house.rowOf(event);
        expect(row).toMatchObject({ state: 'queued', attempts: attempt, doubts: 0 });
        expect(row.reason).toContain('451');
        pauses.push(row.pause);
      }
      expect(pauses[0]).toBeGreaterThan(15);
      expect(pauses[0]).toBeLessThan(31);
      for (const [place, pause] of pauses.slice(0, 6).entries()) expect(pauses[place + 1]).toBeGreaterThan(pause);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(3600);
      expect(pauses[9]).toBeGreaterThan(2000);
      house.post.atRecipient = () => undefined;
      await again();
      await again();
      expect(house.post.received).toHaveLength(1);
      expect(await house.rowOf(event)).toMatchObject({ state: 'sent', attempts: 11, reason: null });
    });

    it('has failed after MAIL_RETRY_HOURS, and says why', async () => {
      house.post.atContent = () => ({ code: 452, text: 'full' });
      const event = activated();
      await house.hand(worker, event);
      await worker.database.query(`UPDATE notifications.mails SET created_at = now() - interval '47 hours'`);
      await again();
      expect((await house.rowOf(event)).state).toBe('queued');
      await worker.database.query(`UPDATE notifications.mails SET created_at = now() - interval '49 hours'`);
      await again();
      expect(await house.rowOf(event)).toMatchObject({ state: 'failed', news: null });
      expect((await house.rowOf(event)).reason).toContain('full');
    });

    it('is judged again each time', async () => {
      house.post.atRecipient = () => ({ code: 451 });
      const event = activated();
      await house.tell(worker, event);
      house.post.atRecipient = () => undefined;
      house.state.now!.status = 'cancelled';
      await again();
      expect(await house.rowOf(event)).toMatchObject({
        state: 'skipped',
        reason: 'the reservation is cancelled by now',
      });
      expect(house.post.received).toEqual([]);
    });

    it.each([
      ['the sender is refused', 550],
      ['we are to sign in first', 530],
    ])('since %s waits for us to mend it', async (_, code) => {
      if (code === 550) house.post.atSender = () => ({ code });
      else house.post.atRecipient = () => ({ code });
      const event = activated();
      expect(await house.tell(worker, event)).toMatchObject({ state: 'queued' });
    });
  });

  describe('that the server refuses for good', () => {
    it.each([
      ['at the recipient', 'atRecipient', 550],
      ['at the recipient, by a full mailbox', 'atRecipient', 552],
      ['at the content', 'atContent', 554],
    ] as const)(
      '%s ends as refused, with the reason and without the address, and is not tried again',
      async (...all) => {
        const [, at, code] = all;
        house.post[at] = () => ({ code, text: 'no such user ada@example.org here' });
        const event = activated();
        expect(await house.tell(worker, event)).toMatchObject({ state: 'refused', attempts: 1, news: null });
        const { reason } = await house.rowOf(event);
        expect(reason).toContain(`${code}`);
        expect(reason).toContain('no such user … here');
        house.post[at] = () => undefined;
        await again();
        expect(house.post.received).toEqual([]);
      },
    );

    it('keeps no secret in its reason, though the server quotes it', async () => {
      const text = 'spam: https://library.example/api/auth/verify-email/to%2Fken%2B1 to/ken+1 042117';
      house.post.atContent = () => ({ code: 554, text });
      const link = await house.tell(worker, house.event('email_verification_requested', verificationData()));
      const code = await house.tell(worker, house.event('otp_generated', codeData()));
      expect(link.reason).toContain('spam: https://library.example/api/auth/verify-email/… …');
      expect(link.reason).not.toMatch(/ken/);
      expect(code.reason).not.toContain('042117');
    });

    it('keeps no other one from being sent', async () => {
      const broken = activated();
      await house.hand(worker, broken);
      house.post.atContent = ({ messageId }) => (messageId.includes(broken.id) ? { code: 554 } : undefined);
      const events = Array.from({ length: 5 }, () => activated());
      for (const event of events) await house.hand(worker, event);
      await sendDue();
      expect(house.post.received).toHaveLength(5);
    });
  });

  describe('of a server that is not there', () => {
    it('waits, and the others with it are not tried in vain; all arrive once when it is back', async () => {
      house.post.shut();
      const events = Array.from({ length: 5 }, () => activated());
      for (const event of events) await house.hand(worker, event);
      await sendDue();
      expect((await house.rows()).map(({ attempts }) => attempts).sort()).toEqual([0, 0, 0, 0, 1]);
      house.post.reopen();
      await house.letTimePass();
      await crowd(worker, other);
      expect(new Set(messageIds()).size).toBe(5);
      expect(house.post.received).toHaveLength(5);
    });

    it('waits too when nothing listens at all, or the name is nowhere', async () => {
      for (const url of ['smtp://127.0.0.1:1', 'smtp://nowhere.invalid:25']) {
        const lost = await house.worker({ mailer: new SmtpMailer(url, FROM) });
        const event = activated();
        expect(await house.tell(lost, event)).toMatchObject({ state: 'queued', doubts: 0, attempts: 1 });
      }
    });
  });

  describe('of a server that falls silent', () => {
    it.each([
      ['at the recipient', 'atRecipient', 0],
      ['after it has read all of the mail', 'atContent', 1],
    ] as const)('%s (%s) is given up for this time; whether that is a doubt: %s', async (_, at, doubts) => {
      const impatient = await house.worker({ mailer: new SmtpMailer(house.post.url, FROM, 300) });
      house.post[at] = () => 'silence';
      const event = activated();
      expect(await house.tell(impatient, event)).toMatchObject({ state: 'queued', attempts: 1, doubts });
    });

    it('keeps nobody else from being sent', async () => {
      const stuck = activated();
      await house.hand(worker, stuck);
      house.post.atContent = ({ messageId }) => (messageId.includes(stuck.id) ? 'silence' : undefined);
      const ending = new AbortController();
      const hanging = worker.sender.sendDue(ending.signal);
      await eventually(() => expect(house.post.visits).toBe(1));
      for (let count = 0; count < 5; count++) await house.hand(worker, activated());
      await sendDue();
      expect(house.post.received).toHaveLength(5);
      // The shutdown gives it some seconds, then ends the attempt; it is another one's turn after a pause.
      ending.abort();
      await hanging;
      expect(await house.rowOf(stuck)).toMatchObject({ state: 'queued', doubts: 1 });
    });
  });

  describe('whose connection is cut', () => {
    it('after the server took it, and before it said so, is sent again as the same mail, three times at most', async () => {
      house.post.atContent = () => 'cut';
      const event = activated();
      await house.tell(worker, event);
      expect(await house.rowOf(event)).toMatchObject({ state: 'queued', doubts: 1 });
      await again();
      await again();
      await again();
      expect(house.post.received).toHaveLength(3);
      expect(new Set(messageIds()).size).toBe(1);
      // The same to the last header: whoever has seen one knows the others.
      const heads = house.post.received.map(({ raw }) => raw.split('\r\n\r\n')[0]!.replace(/boundary="[^"]*"/, ''));
      expect(new Set(heads).size).toBe(1);
      expect(await house.rowOf(event)).toMatchObject({ state: 'failed', attempts: 3 });
    });

    it('before the server had all of it is no doubtful one', async () => {
      house.post.atRecipient = () => {
        house.post.atRecipient = () => undefined;
        house.post.cut();
        return 'silence';
      };
      const event = activated();
      expect(await house.tell(worker, event)).toMatchObject({ state: 'queued', doubts: 0 });
      await again();
      expect(house.post.received).toHaveLength(1);
    });
  });

  it('that a fault of ours keeps from being written waits, and keeps no other', async () => {
    const [broken, fine] = [activated(), activated()];
    await house.hand(worker, broken);
    house.state.beforeLook = () => {
      house.state.beforeLook = () => undefined;
      throw new TypeError('x is not a function');
    };
    await house.hand(worker, fine);
    await sendDue();
    expect(await house.rowOf(broken)).toMatchObject({ state: 'queued', reason: 'a fault of ours: TypeError' });
    expect(await house.rowOf(fine)).toMatchObject({ state: 'sent' });
  });

  it('ends no more when a shutdown has begun', async () => {
    await house.hand(worker, activated());
    const ended = new AbortController();
    ended.abort();
    await worker.sender.sendDue(ended.signal);
    expect(await house.rows()).toMatchObject([{ state: 'queued', attempts: 0 }]);
  });

  it('is counted by what became of it, and those that wait are told, with the longest wait', async () => {
    const fresh = await house.worker();
    const figures = () => house.figures(fresh);
    expect(await figures()).toMatch(/^holdfast_mails_waiting 0$[^]*^holdfast_mails_oldest_seconds 0$/m);
    await house.tell(fresh, activated());
    house.post.atRecipient = () => ({ code: 550 });
    await house.tell(fresh, activated());
    house.post.atRecipient = () => ({ code: 450 });
    await house.tell(fresh, activated());
    await fresh.database.query(
      `UPDATE notifications.mails SET created_at = now() - interval '90 seconds' WHERE state = 'queued'`,
    );
    const text = await figures();
    for (const outcome of ['sent', 'refused', 'postponed']) {
      expect(text).toContain(`holdfast_mails_total{kind="active",outcome="${outcome}"} 1\n`);
    }
    expect(text).toContain('holdfast_mails_waiting 1\n');
    expect(Number(/^holdfast_mails_oldest_seconds (\S+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(90);
  });

  it('is forgotten MAIL_RETENTION_DAYS after its end, and never before it has one', async () => {
    const [old, young, open] = [activated(), activated(), activated()];
    await house.tell(worker, old);
    await house.tell(worker, young);
    await house.hand(worker, open);
    await house.hand(worker, house.event('book_deleted', { id: RESERVATION, isbn: null, title: 'Emma' }));
    await worker.database.query(
      `UPDATE notifications.mails SET created_at = now() - interval '31 days',
              ended_at = CASE WHEN ended_at IS NOT NULL THEN now() - interval '31 days' END WHERE event_id <> $1`,
      [young.id],
    );
    await worker.database.query(`UPDATE notifications.kept_titles SET kept_at = now() - interval '31 days'`);
    const [, cleanUp] = worker.sender.jobs();
    await cleanUp!.run({}, NEVER);
    expect((await house.rows()).map(({ event_id }) => event_id).sort()).toEqual([young.id, open.id].sort());
    expect(await worker.mails.keptTitle(RESERVATION)).toBeNull();
  });
});
