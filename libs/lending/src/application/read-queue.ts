import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { CatalogError } from '@holdfast/catalog';
import { type Actor, Clock, Database, isLendingStaff } from '@holdfast/platform';
import { placesIn, type QueueState, queueState } from './queue-state.js';
import type { QueueView } from './reservation.view.js';

/** The queue of a book. A reader sees how long it is, and the own item. */
export class GetQueue extends Query<QueueView> {
  constructor(
    readonly bookId: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

interface QueueRow {
  length: number;
  queue: QueueState;
  items: { ticket: number; reservationId: string; customerId: string; requestedAt: string }[] | null;
}

/** One statement for all, so that no place is behind the end of the queue, whatever happens meanwhile. */
@QueryHandler(GetQueue)
export class GetQueueHandler implements IQueryHandler<GetQueue> {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async execute({ bookId, actor }: GetQueue): Promise<QueueView> {
    const row = await this.database.maybeOne<QueueRow>(QUEUE, [
      bookId,
      isLendingStaff(actor.role) ? null : actor.userId,
    ]);
    if (!row) throw new CatalogError('book-not-found', 'There is no such book.');
    const places = placesIn(row.queue, this.clock.now());
    const items = (row.items ?? []).map(({ ticket, reservationId, customerId, requestedAt }) => {
      const { position = 0, estimatedFrom = null } = places.get(ticket) ?? {};
      return { position, reservationId, customerId, requestedAt, estimatedFrom: estimatedFrom?.toISOString() ?? null };
    });
    return { length: row.length, items };
  }
}

const QUEUE = `
  WITH own AS MATERIALIZED (
    SELECT r.ticket, r.id, r.customer_id, r.requested_at FROM lending.reservations r
     WHERE r.book_id = $1 AND r.status = 'pending' AND ($2::uuid IS NULL OR r.customer_id = $2)
  )
  SELECT (SELECT count(*)::int FROM lending.reservations r WHERE r.book_id = b.id AND r.status = 'pending') AS length,
         ${queueState('b.id', '(SELECT max(ticket) FROM own)')} AS queue,
         (SELECT json_agg(json_build_object('ticket', ticket, 'reservationId', id, 'customerId', customer_id,
                          'requestedAt', platform.rfc3339(requested_at)) ORDER BY ticket) FROM own) AS items
    FROM catalog.books b WHERE b.id = $1`;
