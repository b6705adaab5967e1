import type { StoredEvent } from '../cloud-event.js';
import type { RelaySession } from './relay-session.js';

export interface OutboxRow extends StoredEvent {
  traceparent: string | null;
  requestId: string | null;
  /** Attempts that failed. */
  attempts: number;
}

export interface Failure {
  position: string;
  reason: string;
}

const LONGEST_REASON = 1_000;

/**
 * The next events to publish, in the order of their positions. There is no cursor: a row that was committed late, under a
 * lower position than others, is simply the first of the next batch. A subject whose earlier row waits for its next try
 * waits with it.
 */
export function nextRows(session: RelaySession, limit: number): Promise<OutboxRow[]> {
  return session.query<OutboxRow>(
    `SELECT position, id, type, subject, data, traceparent, request_id AS "requestId", attempts,
            occurred_at AS "occurredAt"
       FROM platform.outbox AS event
      WHERE published_at IS NULL
        AND NOT EXISTS (
              SELECT FROM platform.outbox AS failing
               WHERE failing.published_at IS NULL AND failing.attempts > 0 AND failing.next_try_at > clock_timestamp()
                 AND failing.subject = event.subject AND failing.position <= event.position)
      ORDER BY position LIMIT $1`,
    [limit],
  );
}

export async function markPublished(session: RelaySession, positions: readonly string[]): Promise<void> {
  if (positions.length === 0) return;
  await session.execute(
    `UPDATE platform.outbox SET published_at = clock_timestamp(), last_error = NULL
      WHERE position = ANY($1::bigint[]) AND published_at IS NULL`,
    [positions],
  );
}

/** For events that carry secrets: what was mailed is kept nowhere but as a hash. */
export async function removePublished(session: RelaySession, positions: readonly string[]): Promise<void> {
  if (positions.length === 0) return;
  await session.execute('DELETE FROM platform.outbox WHERE position = ANY($1::bigint[])', [positions]);
}

/** Puts rows off: half a second, doubled with each attempt, at most 30 s, less a random quarter. */
export async function markFailed(session: RelaySession, failures: readonly Failure[]): Promise<void> {
  if (failures.length === 0) return;
  await session.execute(
    `UPDATE platform.outbox AS event
        SET attempts = attempts + 1, last_error = failure.reason,
            next_try_at = clock_timestamp()
              + least(30, 0.5 * 2 ^ least(attempts, 10)) * (1 - random() / 4) * interval '1 second'
       FROM unnest($1::bigint[], $2::text[]) AS failure (position, reason)
      WHERE event.position = failure.position`,
    [failures.map(({ position }) => position), failures.map(({ reason }) => reason.slice(0, LONGEST_REASON))],
  );
}

const SWEEPS = [
  `DELETE FROM platform.outbox WHERE position IN (
     SELECT position FROM platform.outbox WHERE published_at < now() - interval '7 days' ORDER BY published_at LIMIT $1)`,
  `DELETE FROM platform.inbox WHERE (consumer, event_id) IN (
     SELECT consumer, event_id FROM platform.inbox WHERE handled_at < now() - interval '30 days'
      ORDER BY handled_at LIMIT $1)`,
];

/** Removes up to `limit` rows of the outbox and of the inbox that are too old to matter. True when there may be more. */
export async function sweep(session: RelaySession, limit: number): Promise<boolean> {
  let more = false;
  for (const statement of SWEEPS) more = (await session.execute(statement, [limit])) === limit || more;
  return more;
}
