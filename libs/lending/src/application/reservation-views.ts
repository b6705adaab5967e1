import { Injectable } from '@nestjs/common';
import { Clock, Database } from '@holdfast/platform';
import { LendingError } from '../domain/errors.js';
import { placesIn, type QueueState, queueState } from './queue-state.js';
import { reservationJson } from './reservation-json.js';
import type { ReservationView } from './reservation.view.js';

type PageRow =
  | { view: ReservationView; book_id: string; ticket: string | null; queue: null }
  | { view: null; book_id: string; ticket: null; queue: QueueState };

/** Reservations as clients see them, with the places of those that wait. */
@Injectable()
export class ReservationViews {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws LendingError `reservation-not-found` */
  async one(id: string): Promise<ReservationView> {
    const view = await this.find(id);
    if (!view) throw new LendingError('reservation-not-found', 'There is no such reservation.');
    return view;
  }

  /** Null: there is no such reservation. */
  async find(id: string): Promise<ReservationView | null> {
    const [view] = await this.select('r.id = $1', [id], { limit: 1 });
    return view ?? null;
  }

  /**
   * A text for each of the reservations that is another one when something of it has changed, or a place before its own
   * was left. Cheap: no queue is read.
   */
  async marks(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.database.prepared<{ id: string; mark: string }>(
      'reservation_marks',
      // Whoever joins a queue raises both numbers, whoever leaves it lowers the second.
      `SELECT r.id, concat_ws(' ', r.version, r.status = 'active' AND r.ends_at < now(),
                    CASE WHEN r.status = 'pending' THEN t.last_ticket - t.waiting END) AS mark
         FROM lending.reservations r LEFT JOIN inventory.titles t ON t.book_id = r.book_id
        WHERE r.id = ANY ($1::uuid[])`,
      [ids],
    );
    return new Map(rows.map(({ id, mark }) => [id, mark]));
  }

  /**
   * Those that meet the condition, newest first, and the queues that they wait in, once each and only as far as they are
   * of interest: one statement, one snapshot. `condition` is SQL of ours with bound values only.
   */
  async select(
    condition: string,
    values: readonly unknown[],
    { limit, offset = 0 }: { limit: number; offset?: number },
  ): Promise<ReservationView[]> {
    const rows = await this.database.query<PageRow>(
      `WITH page AS MATERIALIZED (
         SELECT r.* FROM lending.reservations r WHERE ${condition} ORDER BY r.id DESC LIMIT ${limit} OFFSET ${offset}
       )
       SELECT r.id, r.book_id, r.ticket, ${reservationJson()} AS view, NULL AS queue
         FROM page r LEFT JOIN inventory.libraries l ON l.id = r.library_id
       UNION ALL
       SELECT NULL, crowded.book_id, NULL, NULL, ${queueState('crowded.book_id', 'crowded.last')}
         FROM (SELECT book_id, max(ticket) AS last FROM page WHERE status = 'pending' GROUP BY book_id) crowded
        ORDER BY id DESC NULLS FIRST`,
      values,
    );
    const now = this.clock.now();
    const places = new Map(rows.flatMap(({ book_id, queue }) => (queue ? [[book_id, placesIn(queue, now)]] : [])));
    return rows.flatMap(({ view, book_id, ticket }) => {
      if (!view) return [];
      const place = view.status === 'pending' ? places.get(book_id)?.get(Number(ticket)) : undefined;
      if (place) {
        view.queuePosition = place.position;
        view.estimatedFrom = place.estimatedFrom?.toISOString() ?? null;
      }
      return [view];
    });
  }
}
