import { currentContext, Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { type ClaimedMail, Mails, type NewMail } from '../application/mails.js';
import type { MailEnd } from '../domain/mail.js';

/**
 * Longer than a send and its mark can take (`ATTEMPT_LIMIT_MS` of the sender, and its tries to mark): while a worker is at a
 * mail, no other one takes it. How long a mail waits whose worker has died.
 */
const LEASE_END = `clock_timestamp() + interval '90 seconds'`;
/** Rows that one statement removes. */
const BATCH = 1000;
const REASON_LIMIT = 500;

@Injectable()
export class SqlMails extends Mails {
  constructor(private readonly database: Database) {
    super();
  }

  async queue(mail: NewMail): Promise<boolean> {
    this.database.requireTransaction('Mails.queue');
    const { requestId = null, traceparent = null } = currentContext() ?? {};
    const added = await this.database.execute(
      `INSERT INTO notifications.mails (id, event_id, recipient, kind, subject, sequence, occurred_at, news, request_id,
                                        traceparent)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT ON CONSTRAINT one_mail_per_event_and_recipient DO NOTHING`,
      [
        mail.id,
        mail.eventId,
        mail.recipient,
        mail.news.kind,
        mail.subject,
        mail.sequence,
        mail.occurredAt,
        JSON.stringify(mail.news),
        requestId,
        traceparent,
      ],
    );
    return added === 1;
  }

  claim(lease: string, id?: string): Promise<ClaimedMail | null> {
    return this.database.maybeOne<ClaimedMail>(CLAIM, [lease, id ?? null]);
  }

  async begin({ id, lease }: ClaimedMail): Promise<boolean> {
    const changed = await this.database.execute(
      `UPDATE notifications.mails SET state = 'sending', due_at = ${LEASE_END} WHERE id = $1 AND lease = $2`,
      [id, lease],
    );
    return changed === 1;
  }

  async end(
    { id, lease }: ClaimedMail,
    state: MailEnd,
    { reason, messageId }: { reason?: string; messageId?: string },
  ): Promise<void> {
    await this.database.execute(
      `UPDATE notifications.mails
          SET state = $3, reason = $4, message_id = $5, news = NULL, lease = NULL, ended_at = clock_timestamp()
        WHERE id = $1 AND lease = $2`,
      [id, lease, state, reason?.slice(0, REASON_LIMIT) ?? null, messageId ?? null],
    );
  }

  async postpone({ id, lease }: ClaimedMail, seconds: number, reason: string | null, isDoubt: boolean): Promise<void> {
    await this.database.execute(
      `UPDATE notifications.mails
          SET state = 'queued', lease = NULL, due_at = clock_timestamp() + make_interval(secs => $3), reason = $4,
              doubts = doubts + $5
        WHERE id = $1 AND lease = $2`,
      [id, lease, seconds, reason?.slice(0, REASON_LIMIT) ?? null, isDoubt ? 1 : 0],
    );
  }

  async keepTitle(bookId: string, title: string): Promise<void> {
    await this.database.execute(
      'INSERT INTO notifications.kept_titles (book_id, title) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [bookId, title],
    );
  }

  async keptTitle(bookId: string): Promise<string | null> {
    const row = await this.database.maybeOne<{ title: string }>(
      'SELECT title FROM notifications.kept_titles WHERE book_id = $1',
      [bookId],
    );
    return row?.title ?? null;
  }

  async removeOld(days: number, signal: AbortSignal): Promise<void> {
    for (const [table, age] of [
      ['mails', 'ended_at'],
      ['kept_titles', 'kept_at'],
    ] as const) {
      let removed = BATCH;
      while (removed === BATCH && !signal.aborted) {
        removed = await this.database.execute(
          `DELETE FROM notifications.${table} WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM notifications.${table} WHERE ${age} < now() - make_interval(days => $1)
              LIMIT ${BATCH} FOR UPDATE SKIP LOCKED))`,
          [days],
        );
      }
    }
  }
}

/** What is still marked as being sent when its lease is over was left by a worker that died, or stood still for as long. */
const CLAIM = `
  UPDATE notifications.mails m
     SET state = 'queued', lease = $1, due_at = ${LEASE_END}, attempts = m.attempts + 1,
         doubts = m.doubts + CASE m.state WHEN 'sending' THEN 1 ELSE 0 END
   WHERE m.id = (SELECT id FROM notifications.mails
                  WHERE ended_at IS NULL AND due_at <= clock_timestamp() AND ($2::uuid IS NULL OR id = $2)
                  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING m.id, m.event_id AS "eventId", m.recipient, m.kind, m.subject, m.sequence, m.occurred_at AS "occurredAt",
            m.news, m.lease, m.attempts, m.doubts, m.reason, m.request_id AS "requestId", m.traceparent,
            extract(epoch FROM clock_timestamp() - m.created_at)::float8 AS "ageSeconds",
            EXISTS (SELECT FROM notifications.mails n
                     WHERE m.kind IN ('verification', 'code') AND n.kind IN ('verification', 'code')
                       AND n.recipient = m.recipient AND n.kind = m.kind AND n.sequence > m.sequence) AS "isOutdone"`;
