import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@holdfast/kernel';
import {
  Clock,
  currentContext,
  isConnectionFailure,
  type JobDefinition,
  JobSource,
  runInContext,
  Settings,
  type SpanStart,
  traced,
} from '@holdfast/platform';
import { Injectable, Logger } from '@nestjs/common';
import { DOUBTS_LIMIT, pauseAfter } from '../domain/attempts.js';
import { type MailEnd, secretsOf } from '../domain/mail.js';
import { EXPIRED, reasonAgainst } from '../domain/mail-policies.js';
import { type Letter, Letters } from './letters.js';
import { MailOutcomes } from './mail-outcomes.js';
import { Mailer, MailFailure, type MailFailureKind } from './mailer.js';
import { type ClaimedMail, Mails } from './mails.js';
import { PresentState } from './present-state.js';

export const MAILS_JOB = 'notifications-mails';

const EVERY_MS = 10_000;
const CLEAN_UP_EVERY_MS = 3_600_000;
/** Mails that one process sends side by side, so that one that hangs does not keep the others. */
const SIDE_BY_SIDE = 4;
/** Of one attempt, shorter than its lease. */
const ATTEMPT_LIMIT_MS = 60_000;
/** At a shutdown, for what is under way. */
const LAST_MS = 8_000;
/** The event that tells of a deleted book's title comes after the one of the place that went with it: it is waited for. */
const TITLE_PAUSE_SECONDS = 5;
const TITLE_PATIENCE_SECONDS = 120;

/** What is to become of a mail before it is sent. */
type Draft = { letter: Letter; to: string } | { skip: string } | 'wait';

/**
 * Sends the mails that are due. Each is claimed, judged by the state of things at that moment, marked as being sent, sent, and
 * marked as sent, each step committed: so it is sent once, unless the process dies, or the server's answer is lost, after
 * the server took it and before our mark. Then it is sent again, under the same Message-ID, three times in all.
 */
@Injectable()
export class MailSender extends JobSource {
  private readonly logger = new Logger('Mails');

  constructor(
    private readonly mails: Mails,
    private readonly mailer: Mailer,
    private readonly state: PresentState,
    private readonly letters: Letters,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly outcomes: MailOutcomes = new MailOutcomes(),
  ) {
    super();
  }

  jobs(): JobDefinition[] {
    return [
      {
        name: MAILS_JOB,
        everyMs: EVERY_MS,
        concurrency: SIDE_BY_SIDE,
        run: ({ mail }, signal) => (mail ? this.sendOne(mail, signal) : this.sendDue(signal)),
      },
      {
        name: 'notifications-clean-up',
        everyMs: CLEAN_UP_EVERY_MS,
        run: (_, signal) => this.mails.removeOld(this.settings.mailRetentionDays, signal),
      },
    ];
  }

  /** One after the other, until nothing is due or there is no server to send to. */
  async sendDue(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const mail = await this.mails.claim(newId());
      if (!mail || (await this.deliver(mail, signal)) === 'away') return;
    }
  }

  private async sendOne(id: string, signal: AbortSignal): Promise<void> {
    const mail = await this.mails.claim(newId(), id);
    if (mail) await this.deliver(mail, signal);
  }

  private deliver(mail: ClaimedMail, signal: AbortSignal): Promise<MailFailureKind | null> {
    const requestId = mail.requestId ?? undefined;
    // Of the job, where that is traced: the mail's own is the parent of what sends it.
    const traceparent = currentContext()?.traceparent ?? mail.traceparent ?? undefined;
    return runInContext({ requestId, traceparent }, () => this.attempt(mail, signal));
  }

  private async attempt(mail: ClaimedMail, signal: AbortSignal): Promise<MailFailureKind | null> {
    if (mail.doubts >= DOUBTS_LIMIT) {
      await this.giveUp(mail, mail.reason ?? 'nobody knows whether it arrived: its worker died each time');
      return null;
    }
    try {
      const draft = await this.draft(mail);
      if (draft === 'wait') await this.mails.postpone(mail, TITLE_PAUSE_SECONDS, mail.reason, false);
      else if ('skip' in draft) await this.drop(mail, draft.skip);
      else if (await this.mails.begin(mail)) return await this.send(mail, draft, signal);
    } catch (error) {
      // The database, or a fault of ours: this mail waits, others go on.
      this.logger.error(`mail ${mail.id} (${mail.kind}) waits: ${(error as Error).message}`);
      await this.again(mail, `a fault of ours: ${(error as Error).name}`, false);
    }
    return null;
  }

  private async draft({ news, recipient, ageSeconds, isOutdone }: ClaimedMail): Promise<Draft> {
    const reader = await this.state.reader(recipient);
    const reservation = 'reservationId' in news ? await this.state.reservation(news.reservationId) : null;
    const reason = reasonAgainst({ news, reader, reservation, isOutdone, now: this.clock.now() });
    if (reason || !reader) return { skip: reason ?? 'the account is gone' };
    const present = reservation && (await this.state.bookTitle(reservation.bookId));
    const title = present ?? (reservation && (await this.mails.keptTitle(reservation.bookId)));
    if (reservation && title === null && ageSeconds < TITLE_PATIENCE_SECONDS) return 'wait';
    const isGone = reservation !== null && present === null;
    return { letter: this.letters.write({ news, reader, reservation, title, isGone }), to: reader.email };
  }

  private async send(
    mail: ClaimedMail,
    { letter, to }: { letter: Letter; to: string },
    ending: AbortSignal,
  ): Promise<MailFailureKind | null> {
    let messageId: string;
    try {
      const id = `${mail.eventId}.${mail.recipient.slice(-12)}`;
      const complete = { id, to, ...letter, date: mail.occurredAt };
      messageId = await traced(
        () => sending(mail),
        () => inTime(ending, (signal) => this.mailer.send(complete, signal)),
      );
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      const reason = withoutSecrets(error.message, [to, ...secretsOf(mail.news)]);
      if (error.kind === 'refused') await this.refuse(mail, reason);
      else await this.again(mail, reason, error.kind === 'doubt');
      return error.kind;
    }
    await persistently(() => this.end(mail, 'sent', { messageId }));
    return null;
  }

  private async again(mail: ClaimedMail, reason: string, isDoubt: boolean): Promise<void> {
    const isTooOld = mail.ageSeconds > this.settings.mailRetryHours * 3600;
    if (isTooOld || (isDoubt && mail.doubts + 1 >= DOUBTS_LIMIT)) return this.giveUp(mail, reason);
    const pause = Math.min(pauseAfter(mail.attempts) * (1 - Math.random() / 3), this.secondsOfUse(mail));
    this.logger.warn(
      `mail ${mail.id} (${mail.kind}), attempt ${mail.attempts}: ${reason}; again in ${Math.round(pause)} s`,
    );
    await persistently(() => this.mails.postpone(mail, pause, reason, isDoubt));
    this.outcomes.note(mail.kind, 'postponed');
  }

  /** A link or a code is looked at again when it expires, to be removed then. */
  private secondsOfUse({ news }: ClaimedMail): number {
    if (!('expiresAt' in news)) return Infinity;
    return Math.max(1, (Date.parse(news.expiresAt) - this.clock.now().getTime()) / 1000);
  }

  private async giveUp(mail: ClaimedMail, reason: string): Promise<void> {
    this.logger.error(`mail ${mail.id} (${mail.kind}) is given up after ${mail.attempts} attempts: ${reason}`);
    await persistently(() => this.end(mail, 'failed', { reason }));
  }

  private async refuse(mail: ClaimedMail, reason: string): Promise<void> {
    this.logger.warn(`mail ${mail.id} (${mail.kind}) is refused: ${reason}`);
    await persistently(() => this.end(mail, 'refused', { reason }));
  }

  private async drop(mail: ClaimedMail, reason: string): Promise<void> {
    // It was not too late when we tried first.
    if (reason === EXPIRED && mail.reason) return this.giveUp(mail, `${reason}; before that: ${mail.reason}`);
    this.logger.log(`mail ${mail.id} (${mail.kind}) is not sent: ${reason}`);
    await this.end(mail, 'skipped', { reason });
  }

  private async end(
    mail: ClaimedMail,
    state: MailEnd,
    outcome: { reason?: string; messageId?: string },
  ): Promise<void> {
    await this.mails.end(mail, state, outcome);
    this.outcomes.note(mail.kind, state);
  }
}

/** Of the trace that asked for the mail, and linked to the job, which may be a sweep or belong to another mail. */
const sending = ({ kind, attempts, traceparent }: ClaimedMail): SpanStart => ({
  name: 'send mail',
  kind: 'client',
  parents: [traceparent, currentContext()?.traceparent],
  attributes: { 'holdfast.mail.kind': kind, 'holdfast.mail.attempt': attempts },
});

/** Aborts the work when it takes too long, and some seconds after a shutdown has begun. */
async function inTime<T>(ending: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const timers = [setTimeout(() => limit.abort(), ATTEMPT_LIMIT_MS)];
  const hurry = (): void => void timers.push(setTimeout(() => limit.abort(), LAST_MS));
  if (ending.aborted) hurry();
  ending.addEventListener('abort', hurry);
  try {
    return await work(limit.signal);
  } finally {
    ending.removeEventListener('abort', hurry);
    timers.forEach((timer) => clearTimeout(timer));
  }
}

/** A server may quote what it does not like. */
const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((clean, secret) => clean.replaceAll(secret, '…'), text);

const TRIES = 5;

/** What became of a mail should be kept even when the database is away for a moment; else its lease says nobody knows. */
async function persistently(note: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await note();
    } catch (error) {
      if (attempt === TRIES || !isConnectionFailure(error)) throw error;
      await sleep(1000 * attempt);
    }
  }
}
