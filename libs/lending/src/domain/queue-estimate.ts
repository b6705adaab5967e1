/** A copy that is out: where it belongs and when it is due back. */
export interface CopyOut {
  libraryId: string;
  endsAt: Date;
}

/** A place in the queue. */
export interface Waiting {
  reservationId: string;
  /** Null: any library will do. */
  libraryId: string | null;
  lengthMs: number;
}

/**
 * From when each one who waits can expect a copy: in the order of the queue everybody takes the copy that is due back
 * first among those of a library they accept, and keeps it for as long as they asked. Never in the past; null when no
 * copy of an accepted library is out.
 */
export function estimateQueue(
  copiesOut: readonly CopyOut[],
  queue: readonly Waiting[],
  now: Date,
): Map<string, Date | null> {
  const copies = copiesOut.map(({ libraryId, endsAt }) => ({
    libraryId,
    free: Math.max(endsAt.getTime(), now.getTime()),
  }));
  return new Map(
    queue.map(({ reservationId, libraryId, lengthMs }) => {
      const accepted = copies.filter((copy) => libraryId === null || copy.libraryId === libraryId);
      const first = accepted.reduce<(typeof copies)[number] | undefined>(
        (best, copy) => (best && best.free <= copy.free ? best : copy),
        undefined,
      );
      if (!first) return [reservationId, null];
      const from = first.free;
      first.free += lengthMs;
      return [reservationId, new Date(from)];
    }),
  );
}
