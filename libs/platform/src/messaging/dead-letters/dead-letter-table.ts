import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { isId } from '../../kernel/index.js';
import type { Redelivery } from '../broker.js';
import { readObject } from './dead-letter-body.js';

/** A message that its consumer could not handle, as it comes from the broker. */
export interface DeadLetter extends Redelivery {
  /** False when the body had a secret, which is gone. */
  dataKept: boolean;
  reason: string;
  lastFailedAt: Date;
}

const LONGEST_REASON = 1_000;

/**
 * Where dead letters are until staff has them handled again, or discards them. One for each consumer and event: the same
 * again changes nothing, and one that failed anew grows by its attempts, keeps its id, and is not on its way any more.
 * Straight on the pool: the broker takes no part in anybody's transaction.
 */
export class DeadLetterTable {
  constructor(private readonly pool: Pool) {}

  async keep(letter: DeadLetter): Promise<void> {
    const { consumer, body, dataKept, traceparent, attempts, firstFailedAt, lastFailedAt } = letter;
    const key = keyOf(body);
    await this.pool.query(
      `INSERT INTO platform.dead_letters AS known
         (id, consumer, key, body, data_kept, traceparent, reason, attempts, first_failed_at, last_failed_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (id) DO UPDATE
          SET body = excluded.body, data_kept = excluded.data_kept, reason = excluded.reason,
              attempts = greatest(known.attempts, excluded.attempts),
              first_failed_at = least(known.first_failed_at, excluded.first_failed_at),
              last_failed_at = greatest(known.last_failed_at, excluded.last_failed_at),
              replay_requested_at = CASE WHEN excluded.attempts > known.attempts THEN NULL
                                         ELSE known.replay_requested_at END`,
      [
        idOf(consumer, key),
        storable(consumer),
        key,
        body,
        dataKept,
        traceparent === null ? null : storable(traceparent),
        storable(letter.reason).slice(0, LONGEST_REASON),
        attempts,
        firstFailedAt,
        lastFailedAt,
      ],
    );
  }
}

/** The id of the event; of what is none, a digest of its bytes. */
function keyOf(body: Buffer): string {
  const id = readObject(body.toString('utf8'))?.id;
  return isId(id) ? id.toLowerCase() : createHash('sha256').update(body).digest('hex');
}

/** The same for the same letter, so that it is found again; a UUID 7 of the time of the event, so ids sort by age. */
function idOf(consumer: string, key: string): string {
  const bytes = createHash('sha256').update(`${consumer}\n${key}`).digest().subarray(0, 16);
  if (isId(key)) Buffer.from(key.slice(0, 13).replace('-', ''), 'hex').copy(bytes);
  else bytes.fill(0, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** PostgreSQL keeps no U+0000 in a text. */
const storable = (text: string): string => text.replaceAll('\0', '');
