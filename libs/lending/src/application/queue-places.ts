import { Injectable } from '@nestjs/common';
import { Clock, Database } from '@holdfast/platform';
import type { Reservation } from '../domain/reservation.js';
import type { Title } from '../domain/title.js';
import { placesIn, type QueueState, queueState } from './queue-state.js';
import type { ReservationChange } from './reservations.js';

/** Where those stand who have just joined a queue, before they are written to it. */
@Injectable()
export class QueuePlaces {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Gives the changes with the places of those that wait. One statement, and none where all have their copies. */
  async add(titles: readonly Title[], changes: readonly ReservationChange[]): Promise<ReservationChange[]> {
    const joined = changes.filter(({ reservation }) => reservation.status === 'pending');
    const bookIds = [...new Set(joined.map(({ reservation }) => reservation.bookId))];
    if (bookIds.length === 0) return [...changes];
    const places = new Map<string, ReturnType<typeof placesIn>>();
    for (const [bookId, before] of await this.queues(bookIds)) {
      const own = changes.map(({ reservation }) => reservation).filter((one) => one.bookId === bookId);
      const free = titles.find((title) => title.bookId === bookId)?.freeUnits ?? [];
      places.set(bookId, placesIn(after(before, own, free), this.clock.now(), firstOf(own)));
    }
    return changes.map((change) => {
      const { status, bookId, ticket } = change.reservation;
      return status === 'pending' ? { place: places.get(bookId)?.get(Number(ticket)), ...change } : change;
    });
  }

  private async queues(bookIds: readonly string[]): Promise<[bookId: string, QueueState][]> {
    const rows = await this.database.prepared<{ book_id: string; queue: QueueState }>(
      'queue_places',
      `SELECT b.book_id, ${queueState('b.book_id', 'b.last')} AS queue
         FROM (SELECT book_id, 9007199254740991 AS last FROM unnest($1::uuid[]) AS book_id) b`,
      [bookIds],
    );
    return rows.map(({ book_id, queue }) => [book_id, queue]);
  }
}

const firstOf = (changed: readonly Reservation[]): number =>
  Math.min(...changed.flatMap(({ status, ticket }) => (status === 'pending' && ticket !== null ? [ticket] : [])));

/** The queue as it will be when these are written. */
function after({ out, waiting }: QueueState, changed: readonly Reservation[], free: Title['freeUnits']): QueueState {
  const served = new Set(changed.flatMap(({ status, ticket }) => (status === 'active' && ticket ? [ticket] : [])));
  const granted = changed.flatMap(({ libraryId, endsAt }): [string, number][] =>
    libraryId && endsAt ? [[libraryId, endsAt.getTime()]] : [],
  );
  const joined = changed.flatMap(({ status, ticket, libraryId, requestedAt, requestedUntil }) =>
    status === 'pending'
      ? [[Number(ticket), libraryId, requestedUntil.getTime() - requestedAt.getTime()] as const]
      : [],
  );
  return {
    out: [...(out ?? []), ...granted],
    free: free.map(([libraryId, units]) => [libraryId, units]),
    waiting: [
      ...(waiting ?? []).filter(([ticket]) => !served.has(ticket)),
      ...joined.map((one) => [...one] as typeof one & [number, string | null, number]),
    ],
  };
}
