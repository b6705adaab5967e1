import type { Reservation, ReservationStatus } from '../domain/reservation.js';

/** A row of `lending.reservations` as `pg` gives it. */
export interface ReservationRow {
  id: string;
  book_id: string;
  customer_id: string;
  library_id: string | null;
  status: ReservationStatus;
  ticket: string | null;
  requested_at: Date;
  requested_until: Date;
  starts_at: Date | null;
  ends_at: Date | null;
  price_cents: string | null;
  renewals: number;
  version: number;
}

export const COLUMNS = `r.id, r.book_id, r.customer_id, r.library_id, r.status, r.ticket, r.requested_at, r.requested_until,
  r.starts_at, r.ends_at, r.price_cents, r.renewals, r.version`;

export const fromRow = (row: ReservationRow): Reservation => ({
  id: row.id,
  bookId: row.book_id,
  customerId: row.customer_id,
  libraryId: row.library_id,
  status: row.status,
  ticket: row.ticket === null ? null : Number(row.ticket),
  requestedAt: row.requested_at,
  requestedUntil: row.requested_until,
  startsAt: row.starts_at,
  endsAt: row.ends_at,
  priceCents: row.price_cents === null ? null : Number(row.price_cents),
  renewals: row.renewals,
  version: row.version,
});

/**
 * Whether the customer of a waiting reservation `r` may receive a copy: `turnPolicies`, asked of a whole queue. `limit` is
 * SQL of how many open reservations a customer may have.
 */
export const mayReceive = (limit: string): string => `(
  EXISTS (SELECT FROM identity.users u WHERE u.id = r.customer_id AND u.is_active)
  AND (SELECT count(*) FROM lending.reservations o
        WHERE o.customer_id = r.customer_id AND o.status IN ('pending', 'active')) <= ${limit})`;

/** Whether a reservation `r` waits beside a free copy that it could have: never at the end of a command. */
export const turnIsDue = (limit: string): string => `(
  r.status = 'pending'
  AND EXISTS (SELECT FROM inventory.holdings h
               WHERE h.book_id = r.book_id AND h.reserved < h.units
                 AND (r.library_id IS NULL OR h.library_id = r.library_id))
  AND ${mayReceive(limit)})`;
