import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const BYTES = 16;
/** Random bytes for many ids at once: to ask the system for 16 of them costs more than all the rest of an id. */
const pool = Buffer.alloc(256 * BYTES);
let used = pool.length;
let msecs = 0;
let sequence = 0;

/** A new id: UUID version 7 (RFC 9562), so ids sort by the time they were made; within this process strictly. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, (used += BYTES));
  const now = Date.now();
  // From a random start below 2^31: so many ids fit into a millisecond, or into a clock that was set back.
  sequence = now > msecs ? random.readUInt32BE(0) >>> 1 : sequence + 1;
  msecs = Math.max(msecs, now);
  return v7({ random, msecs, seq: sequence });
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether the text is a UUID of any version, in either case. */
export const isId = (text: unknown): text is string => typeof text === 'string' && UUID.test(text);
