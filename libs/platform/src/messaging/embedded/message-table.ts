import type { Pool } from 'pg';
import type { DeadLetter } from '../broker.js';

export interface NewMessage {
  consumer: string;
  body: string;
  traceparent: string | null;
}

export interface TakenMessage {
  position: string;
  body: string;
  traceparent: string | null;
  /** This delivery included. */
  attempts: number;
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
      `INSERT INTO platform.embedded_messages (consumer, body, traceparent)
       SELECT consumer, body, traceparent
         FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS message (consumer, body, traceparent, place)
        ORDER BY place`,
      [messages.map((m) => m.consumer), messages.map((m) => m.body), messages.map((m) => m.traceparent)],
    );
  }

  /** Up to `limit` due messages of a queue, in the order of their arrival. */
  async take(consumer: string, limit: number, leaseMs: number): Promise<TakenMessage[]> {
    const { rows } = await this.pool.query<TakenMessage>(
      `WITH due AS (
         SELECT position FROM platform.embedded_messages
          WHERE consumer = $1 AND dead_reason IS NULL AND next_try_at <= clock_timestamp()
          ORDER BY position LIMIT $2 FOR UPDATE SKIP LOCKED),
       taken AS (
         UPDATE platform.embedded_messages AS message
            SET attempts = attempts + 1, next_try_at = clock_timestamp() + $3 * interval '1 millisecond'
           FROM due WHERE message.position = due.position
         RETURNING message.position, body, traceparent, attempts)
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
      `UPDATE platform.embedded_messages SET next_try_at = clock_timestamp() + $2 * interval '1 millisecond'
        WHERE position = $1`,
      [position, delayMs],
    );
  }

  async setAside(position: string, reason: string, body: string): Promise<void> {
    await this.pool.query('UPDATE platform.embedded_messages SET dead_reason = $2, body = $3 WHERE position = $1', [
      position,
      reason,
      body,
    ]);
  }

  async deadLetters(limit: number): Promise<DeadLetter[]> {
    const { rows } = await this.pool.query<DeadLetter>(
      `SELECT consumer, body, dead_reason AS reason, attempts FROM platform.embedded_messages
        WHERE dead_reason IS NOT NULL ORDER BY position LIMIT $1`,
      [limit],
    );
    return rows;
  }
}
