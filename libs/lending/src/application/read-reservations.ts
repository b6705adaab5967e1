import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import {
  type Actor,
  Database,
  decodeCursor,
  encodeCursor,
  isLendingStaff,
  type Page,
  type PageRequest,
} from '@holdfast/platform';
import { Libraries } from '@holdfast/inventory';
import { requireOwn } from './open-reservation.js';
import { ReservationViews } from './reservation-views.js';
import type { ReservationView } from './reservation.view.js';

export class GetReservation extends Query<ReservationView> {
  constructor(
    readonly id: string,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(GetReservation)
export class GetReservationHandler implements IQueryHandler<GetReservation> {
  constructor(private readonly views: ReservationViews) {}

  async execute({ id, actor }: GetReservation): Promise<ReservationView> {
    const view = await this.views.one(id);
    requireOwn(view.customerId, actor);
    return view;
  }
}

export interface ReservationFilter {
  status?: string;
  bookId?: string;
  customerId?: string;
  /** Name or id. */
  library?: string;
  overdue?: boolean;
}

/** Reservations, newest first: all of them for staff, one's own for others. */
export class ListReservations extends Query<Page<ReservationView>> {
  constructor(
    readonly filter: ReservationFilter,
    readonly page: PageRequest,
    readonly actor: Actor,
  ) {
    super();
  }
}

@QueryHandler(ListReservations)
export class ListReservationsHandler implements IQueryHandler<ListReservations> {
  constructor(
    private readonly database: Database,
    private readonly views: ReservationViews,
    private readonly libraries: Libraries,
  ) {}

  async execute({ filter, page: { limit, offset, cursor }, actor }: ListReservations): Promise<Page<ReservationView>> {
    const own = isLendingStaff(actor.role) ? null : actor.userId;
    const library = filter.library === undefined ? null : (await this.libraries.resolve(filter.library)).id;
    const filters = [own, filter.status, filter.bookId, filter.customerId, library, filter.overdue].map(
      (value) => value ?? null,
    );
    const after = cursor ? decodeCursor(cursor, 'reservations', ['id'])[0] : null;
    const skipped = cursor ? 0 : offset;
    const rows = await this.views.select(`${CONDITION} AND ($7::uuid IS NULL OR r.id < $7)`, [...filters, after], {
      limit: limit + 1,
      offset: skipped,
    });
    const items = rows.slice(0, limit);
    const { total } = await this.database.one<{ total: number }>(
      `SELECT count(*)::int AS total
         FROM (SELECT FROM lending.reservations r WHERE ${CONDITION} LIMIT ${EXACT_TOTAL + 1}) AS counted`,
      filters,
    );
    const last = rows.length > limit ? items.at(-1) : undefined;
    return {
      items,
      total: Math.min(total, EXACT_TOTAL),
      ...(total > EXACT_TOTAL ? { totalIsEstimate: true } : {}),
      limit,
      offset: skipped,
      nextCursor: last ? encodeCursor('reservations', [last.id]) : null,
    };
  }
}

const EXACT_TOTAL = 10_000;

const CONDITION = `
  ($1::uuid IS NULL OR r.customer_id = $1)
  AND ($2::text IS NULL OR r.status = $2)
  AND ($3::uuid IS NULL OR r.book_id = $3)
  AND ($4::uuid IS NULL OR r.customer_id = $4)
  AND ($5::uuid IS NULL OR r.library_id = $5)
  AND ($6::boolean IS NULL OR (r.status = 'active' AND r.ends_at < now()) = $6)`;
