import { Injectable } from '@nestjs/common';
import { Clock, Database } from '@holdfast/platform';
import { LendingError } from '../domain/errors.js';
import { type CopyOut, estimateQueue, type Waiting } from '../domain/queue-estimate.js';
import type { QueueItemView, ReservationView } from './reservation.view.js';

/** The JSON of a reservation but for `estimatedFrom`, which needs the whole queue. */
const RESERVATION = `
  r.id, r.book_id AS "bookId", r.customer_id AS "customerId",
  CASE WHEN l.id IS NOT NULL THEN jsonb_build_object('id', l.id, 'name', l.name) END AS library,
  r.status,
  CASE WHEN r.status = 'pending' THEN (
    SELECT count(*)::int FROM lending.reservations before
     WHERE before.book_id = r.book_id AND before.status = 'pending' AND before.ticket <= r.ticket) END AS "queuePosition",
  NULL AS "estimatedFrom",
  platform.rfc3339(r.requested_until) AS "requestedUntil",
  platform.rfc3339(r.starts_at) AS "startOfReservation",
  platform.rfc3339(r.ends_at) AS "endOfReservation",
  (r.price_cents / 100.0)::float8 AS price,
  r.renewals,
  (r.status = 'active' AND r.ends_at < now()) AS overdue,
  platform.rfc3339(r.requested_at) AS "createdAt",
  platform.rfc3339(r.updated_at) AS "updatedAt",
  r.version`;

/** Reservations as clients and consumers see them. */
@Injectable()
export class ReservationViews {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws LendingError `reservation-not-found` */
  async one(id: string): Promise<ReservationView> {
    const [view] = await this.select('r.id = $1', [id], 1);
    if (!view) throw new LendingError('reservation-not-found', 'There is no such reservation.');
    return view;
  }

  /** Those that meet the condition, newest first. `condition` is SQL of ours with bound values only. */
  async select(condition: string, values: readonly unknown[], limit: number): Promise<ReservationView[]> {
    const views = await this.database.query<ReservationView>(
      `SELECT ${RESERVATION}
         FROM lending.reservations r LEFT JOIN inventory.libraries l ON l.id = r.library_id
        WHERE ${condition} ORDER BY r.id DESC LIMIT ${limit}`,
      values,
    );
    return this.withEstimates(views);
  }

  /** The queue of a book in the order of service, from one snapshot. */
  async queue(bookId: string): Promise<QueueItemView[]> {
    const { waiting, estimates } = (await this.estimates([bookId])).get(bookId) ?? NOBODY;
    return waiting.map(({ reservationId, customerId, requestedAt }, index) => ({
      position: index + 1,
      reservationId,
      customerId,
      requestedAt: requestedAt.toISOString(),
      estimatedFrom: estimates.get(reservationId)?.toISOString() ?? null,
    }));
  }

  private async withEstimates(views: ReservationView[]): Promise<ReservationView[]> {
    const books = [...new Set(views.filter((view) => view.status === 'pending').map((view) => view.bookId))];
    if (books.length === 0) return views;
    const queues = await this.estimates(books);
    return views.map((view) => ({
      ...view,
      estimatedFrom: queues.get(view.bookId)?.estimates.get(view.id)?.toISOString() ?? null,
    }));
  }

  /** The queues of some books with the estimate of every place, in one statement. */
  private async estimates(bookIds: string[]): Promise<Map<string, QueueWithEstimates>> {
    const rows = await this.database.query<OpenReservation>(
      `SELECT id, book_id, customer_id, library_id, status, ends_at, requested_at, requested_until
         FROM lending.reservations
        WHERE book_id = ANY ($1::uuid[]) AND status IN ('pending', 'active')
        ORDER BY book_id, ticket, id`,
      [bookIds],
    );
    const now = this.clock.now();
    return new Map(
      bookIds.map((bookId) => {
        const ofBook = rows.filter((row) => row.book_id === bookId);
        const waiting = ofBook.filter((row) => row.status === 'pending').map(toWaiting);
        return [bookId, { waiting, estimates: estimateQueue(ofBook.flatMap(toCopyOut), waiting, now) }];
      }),
    );
  }
}

interface QueueWithEstimates {
  waiting: (Waiting & { customerId: string; requestedAt: Date })[];
  estimates: Map<string, Date | null>;
}

const NOBODY: QueueWithEstimates = { waiting: [], estimates: new Map() };

interface OpenReservation {
  id: string;
  book_id: string;
  customer_id: string;
  library_id: string | null;
  status: 'pending' | 'active';
  ends_at: Date | null;
  requested_at: Date;
  requested_until: Date;
}

const toWaiting = (row: OpenReservation): QueueWithEstimates['waiting'][number] => ({
  reservationId: row.id,
  libraryId: row.library_id,
  lengthMs: row.requested_until.getTime() - row.requested_at.getTime(),
  customerId: row.customer_id,
  requestedAt: row.requested_at,
});

const toCopyOut = (row: OpenReservation): CopyOut[] =>
  row.status === 'active' && row.library_id && row.ends_at ? [{ libraryId: row.library_id, endsAt: row.ends_at }] : [];
