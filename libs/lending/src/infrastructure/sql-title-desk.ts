import { Injectable } from '@nestjs/common';
import { Database } from '@holdfast/platform';
import type { Patience } from '../application/crowd.js';
import { Terms } from '../application/terms.js';
import { type FreeUnits, type Held, type HeldCustomer, type HeldTitle, TitleDesk } from '../application/title-desk.js';
import type { Reservation } from '../domain/reservation.js';
import { Title } from '../domain/title.js';
import { COLUMNS, fromRow, mayReceive, type ReservationRow, turnIsDue } from './reservation-rows.js';

@Injectable()
export class SqlTitleDesk extends TitleDesk {
  constructor(
    private readonly database: Database,
    private readonly terms: Terms,
  ) {
    super();
  }

  async hold(customerIds: readonly string[], bookIds: readonly string[], patience: Patience): Promise<Held> {
    this.database.requireTransaction('TitleDesk.hold');
    const [name, sql] = HOLD[patience];
    const wanted = [[...new Set(customerIds)], [...new Set(bookIds)]];
    // In one round trip: the second sees what stands once the first has its locks.
    const [locked, { openBooks, free }] = await Promise.all([
      this.database.prepared<LockedRow>(name, sql, wanted),
      this.standing(wanted),
    ]);
    const customers = new Map<string, HeldCustomer>();
    const titles = new Map<string, HeldTitle>();
    for (const { id, is_active: isActive, price, last_ticket: lastTicket, waiting } of locked) {
      if (price === null) customers.set(id, { isActive, openBooks: openBooks.get(id) ?? new Set() });
      else titles.set(id, { priceCents: price, lastTicket: Number(lastTicket), waiting, free: free.get(id) ?? [] });
    }
    return { customers, titles };
  }

  /** Also of what is not held, which is of no use then. */
  private async standing(wanted: string[][]): Promise<Standing> {
    const rows = await this.database.prepared<{ one: string; other: string; units: number | null }>(
      'title_desk_standing',
      `SELECT r.customer_id AS one, r.book_id AS other, NULL::int AS units
         FROM lending.reservations r WHERE r.customer_id = ANY ($1::uuid[]) AND r.status IN ('pending', 'active')
       UNION ALL
       SELECT h.book_id, h.library_id, h.units - h.reserved
         FROM inventory.holdings h WHERE h.book_id = ANY ($2::uuid[]) AND h.reserved < h.units`,
      wanted,
    );
    const openBooks = new Map<string, Set<string>>();
    const free = new Map<string, [string, number][]>();
    for (const { one, other, units } of rows) {
      if (units === null) openBooks.set(one, (openBooks.get(one) ?? new Set()).add(other));
      else free.set(one, [...(free.get(one) ?? []), [other, units]]);
    }
    return { openBooks, free };
  }

  async open(bookIds: readonly string[]): Promise<Title[]> {
    if (bookIds.length === 0) return [];
    const rows = await this.database.prepared<{ id: string; price: number; free: FreeUnits | null }>(
      'title_desk_open',
      `SELECT b.id, b.price_cents AS price,
              (SELECT json_agg(json_build_array(h.library_id, h.units - h.reserved))
                 FROM inventory.holdings h WHERE h.book_id = b.id AND h.reserved < h.units) AS free
         FROM catalog.books b WHERE b.id = ANY ($1::uuid[]) ORDER BY b.id`,
      [bookIds],
    );
    // Whoever asks hands out only, so no ticket is drawn.
    return rows.map(
      ({ id, price, free }) => new Title({ bookId: id, priceCents: price, free: free ?? [], lastTicket: 0 }),
    );
  }

  async nextInLine(titles: readonly Title[]): Promise<ReadonlyMap<string, Reservation[]>> {
    const free = titles.flatMap(({ bookId, freeUnits }) =>
      freeUnits.map(([libraryId, units]) => ({ bookId, libraryId, units })),
    );
    if (free.length === 0) return new Map();
    const rows = await this.database.prepared<ReservationRow>('title_desk_next', NEXT, [
      free.map(({ bookId }) => bookId),
      free.map(({ libraryId }) => libraryId),
      free.map(({ units }) => units),
      this.terms.ofLoans.openReservationsLimit,
    ]);
    const lines = new Map<string, Reservation[]>();
    for (const row of rows) lines.set(row.book_id, [...(lines.get(row.book_id) ?? []), fromRow(row)]);
    return lines;
  }

  async withTurnsDue(): Promise<string[]> {
    const rows = await this.database.query<{ book_id: string }>(
      `SELECT DISTINCT r.book_id FROM lending.reservations r WHERE ${turnIsDue('$1')} ORDER BY r.book_id`,
      [this.terms.ofLoans.openReservationsLimit],
    );
    return rows.map((row) => row.book_id);
  }
}

interface Standing {
  /** By customer. */
  openBooks: ReadonlyMap<string, ReadonlySet<string>>;
  /** Of titles that have any. */
  free: ReadonlyMap<string, FreeUnits>;
}

type LockedRow = { id: string } & (
  | { price: null; is_active: boolean; last_ticket: null; waiting: null }
  | { price: number; is_active: null; last_ticket: string; waiting: number }
);

/**
 * The order of locks, in one statement: a part that looks at the count of the one before it begins when that is complete.
 * What comes back is as it is when the lock was got, not as it was when the statement began.
 */
const holdSql = (otherwise: '' | 'SKIP LOCKED'): string => `
  WITH customers AS MATERIALIZED (
    SELECT id, is_active FROM identity.users
     WHERE id = ANY ($1::uuid[]) AND role = 'customer'
     ORDER BY id FOR NO KEY UPDATE ${otherwise}
  ), books AS MATERIALIZED (
    SELECT id, price_cents FROM catalog.books
     WHERE id = ANY ($2::uuid[]) AND (SELECT count(*) FROM customers) >= 0
     ORDER BY id FOR KEY SHARE ${otherwise}
  ), titles AS MATERIALIZED (
    SELECT book_id, last_ticket, waiting FROM inventory.titles
     WHERE book_id = ANY ($2::uuid[]) AND (SELECT count(*) FROM books) >= 0
     ORDER BY book_id FOR UPDATE ${otherwise}
  )
  SELECT id, is_active, NULL::int AS price, NULL::bigint AS last_ticket, NULL::int AS waiting FROM customers
  UNION ALL
  SELECT b.id, NULL, b.price_cents, t.last_ticket, t.waiting FROM books b JOIN titles t ON t.book_id = b.id`;

const HOLD: Record<Patience, [name: string, sql: string]> = {
  wait: ['title_desk_hold', holdSql('')],
  none: ['title_desk_hold_free', holdSql('SKIP LOCKED')],
};

/** Of each library no more than the title has free copies at all: who comes later cannot be among those who get one. */
const NEXT = `
  WITH free AS (
    SELECT book_id, library_id, sum(units) OVER (PARTITION BY book_id) AS units
      FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS free (book_id, library_id, units)
  )
  SELECT DISTINCT ON (r.book_id, r.ticket) ${COLUMNS}
    FROM free CROSS JOIN LATERAL (
      SELECT ${COLUMNS} FROM lending.reservations r
       WHERE r.book_id = free.book_id AND r.status = 'pending'
         AND (r.library_id IS NULL OR r.library_id = free.library_id) AND ${mayReceive('$4')}
       ORDER BY r.ticket LIMIT free.units) r
   ORDER BY r.book_id, r.ticket`;
