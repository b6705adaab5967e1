import type { Pool } from 'pg';
import type { Redelivery } from '../broker.js';

export interface NewMessage {
  consumer: string;
  body: string;
  traceparent: string | null;
  requestId: string | null;
}

export interface TakenMessage {
  position: string;
  body: string;
  traceparent: string | null;
  requestId: string | null;
  /** This delivery included. */
  attempts: number;
  /** More than 0: a dead letter that is tried once more. */
  earlierAttempts: number;
  firstFailedAt: Date | null;
}

/**
 * The queues of the embedded broker. A message that is taken is hidden for the lease; whoever took it settles it. When that
 * process dies it is taken again afterwards, by whichever process looks first.
 * Straight on the pool: a queue must not take part in anybody's transaction.
 */
export class MessageTable {
  constructor(private readonly pool: Pool) {}

  async add(messages: readonly NewMessage[]): Promise<void> {
    await this.pool.query(
      `INSERT INTO platform.embedded_messages (consumer, body, traceparent, request_id)
       SELECT consumer, body, traceparent, request_id
         FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
              WITH ORDINALITY AS message (consumer, body, traceparent, request_id, place)
        ORDER BY place`,
      [
        messages.map((m) => m.consumer),
        messages.map((m) => m.body),
        messages.map((m) => m.traceparent),
        messages.map((m) => m.requestId),
      ],
    );
  }

  /** A dead letter, for one more attempt. */
  async addAgain({ consumer, body, traceparent, attempts, firstFailedAt }: Redelivery): Promise<void> {
    await this.pool.query(
      `INSERT INTO platform.embedded_messages (consumer, body, traceparent, earlier_attempts, first_failed_at)
       VALUES ($1, $2, $3, $4, $5)`,
      [consumer, body.toString('utf8'), traceparent, attempts, firstFailedAt],
    );
  }

  /** Up to `limit` due messages of a queue, in the order of their arrival. */
  async take(consumer: string, limit: number, leaseMs: number): Promise<TakenMessage[]> {
    const { rows } = await this.pool.query<TakenMessage>(
      `WITH due AS (
         SELECT position FROM platform.embedded_messages
          WHERE consumer = $1 AND next_try_at <= clock_timestamp()
          ORDER BY position LIMIT $2 FOR UPDATE SKIP LOCKED),
       taken AS (
         UPDATE platform.embedded_messages AS message
            SET attempts = attempts + 1, next_try_at = clock_timestamp() + $3 * interval '1 millisecond'
           FROM due WHERE message.position = due.position
         RETURNING message.position, body, traceparent, request_id AS "requestId", attempts, earlier_attempts AS "earlierAttempts",
                   first_failed_at AS "firstFailedAt")
       SELECT * FROM taken ORDER BY position`,
      [consumer, limit, leaseMs],
    );
    return rows;
  }

  async remove(position: string): Promise<void> {
    await this.pool.query('DELETE FROM platform.embedded_messages WHERE position = $1', [position]);
  }

  async putOff(position: string, delayMs: number): Promise<void> {
    await this.pool.query(
      `UPDATE platform.embedded_messages
          SET next_try_at = clock_timestamp() + $2 * interval '1 millisecond',
              first_failed_at = coalesce(first_failed_at, clock_timestamp())
        WHERE position = $1`,
      [position, delayMs],
    );
  }
}
