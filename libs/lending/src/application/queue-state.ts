import { estimateQueue } from '../domain/queue-estimate.js';
import type { QueuePlace } from './reservations.js';

/** The queue of a title, with all that an estimate needs, as one statement saw it. Times are milliseconds of the epoch. */
export interface QueueState {
  /** Copies that readers have, and until when. */
  out: [libraryId: string, endsAt: number][] | null;
  free: [libraryId: string, units: number][] | null;
  /** By ticket. */
  waiting: [ticket: number, libraryId: string | null, lengthMs: number][] | null;
}

/** JSON of a `QueueState`. `bookId` and `upTo`, the last ticket that is of interest, are SQL. */
export const queueState = (bookId: string, upTo: string): string => `json_build_object(
  'out', (SELECT json_agg(json_build_array(o.library_id, (date_part('epoch', o.ends_at) * 1000)::bigint))
            FROM lending.reservations o WHERE o.book_id = ${bookId} AND o.status = 'active'),
  'free', (SELECT json_agg(json_build_array(h.library_id, h.units - h.reserved))
             FROM inventory.holdings h WHERE h.book_id = ${bookId} AND h.reserved < h.units),
  'waiting', (SELECT json_agg(json_build_array(w.ticket, w.library_id,
                              (date_part('epoch', w.requested_until - w.requested_at) * 1000)::bigint) ORDER BY w.ticket)
                FROM lending.reservations w
               WHERE w.book_id = ${bookId} AND w.status = 'pending' AND w.ticket <= ${upTo}))`;

/** The place of each who waits, by ticket; of those with `first` or a later ticket. */
export function placesIn(
  { out, free, waiting }: QueueState,
  now: Date,
  first = -Infinity,
): ReadonlyMap<number, QueuePlace> {
  const queue = (waiting ?? []).map(([, libraryId, lengthMs]) => ({ libraryId, lengthMs }));
  const onTheShelf = (free ?? []).flatMap(([libraryId, units]) =>
    // More copies than readers make no difference.
    Array.from({ length: Math.min(units, queue.length) }, () => ({ libraryId, freeAt: now.getTime() })),
  );
  const copies = [...(out ?? []).map(([libraryId, freeAt]) => ({ libraryId, freeAt })), ...onTheShelf];
  const estimates = estimateQueue(copies, queue, now.getTime());
  const places = new Map<number, QueuePlace>();
  for (const [index, [ticket]] of (waiting ?? []).entries()) {
    const from = estimates[index] ?? null;
    if (ticket < first) continue;
    places.set(ticket, { position: index + 1, estimatedFrom: from === null ? null : new Date(from) });
  }
  return places;
}
