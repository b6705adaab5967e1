import { Injectable } from '@nestjs/common';
import { Database, violatedConstraint } from '@holdfast/platform';
import { Reservations, type Standing } from '../application/reservations.js';
import { LendingError } from '../domain/errors.js';
import type { Reservation, ReservationStatus } from '../domain/reservation.js';

interface ReservationRow {
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

const COLUMNS = `r.id, r.book_id, r.customer_id, r.library_id, r.status, r.ticket, r.requested_at, r.requested_until,
  r.starts_at, r.ends_at, r.price_cents, r.renewals, r.version`;

@Injectable()
export class SqlReservations extends Reservations {
  constructor(private readonly database: Database) {
    super();
  }

  async find(id: string): Promise<Reservation> {
    const [row] = await this.database.prepared<ReservationRow>(
      'reservation_find',
      `SELECT ${COLUMNS} FROM lending.reservations r WHERE r.id = $1`,
      [id],
    );
    if (!row) throw new LendingError('reservation-not-found', 'There is no such reservation.');
    return fromRow(row);
  }

  async add(reservation: Reservation): Promise<void> {
    try {
      await this.database.prepared(
        'reservation_add',
        `INSERT INTO lending.reservations (id, book_id, customer_id, library_id, status, ticket, requested_at,
           requested_until, starts_at, ends_at, price_cents, renewals, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $7)`,
        [
          reservation.id,
          reservation.bookId,
          reservation.customerId,
          reservation.libraryId,
          reservation.status,
          reservation.ticket,
          reservation.requestedAt,
          reservation.requestedUntil,
          reservation.startsAt,
          reservation.endsAt,
          reservation.priceCents,
          reservation.renewals,
          reservation.version,
        ],
      );
    } catch (error) {
      if (violatedConstraint(error) !== 'one_open_reservation_of_a_book') throw error;
      throw new LendingError('already-reserved', 'The customer has an open reservation of this book.');
    }
  }

  async save(reservation: Reservation): Promise<void> {
    await this.database.prepared(
      'reservation_save',
      `UPDATE lending.reservations
          SET library_id = $2, status = $3, starts_at = $4, ends_at = $5, price_cents = $6, renewals = $7,
              version = version + 1, updated_at = now()
        WHERE id = $1`,
      [
        reservation.id,
        reservation.libraryId,
        reservation.status,
        reservation.startsAt,
        reservation.endsAt,
        reservation.priceCents,
        reservation.renewals,
      ],
    );
  }

  async standing(customerId: string, bookId: string): Promise<Standing> {
    const [standing] = await this.database.prepared<{ open: number; mine: boolean | null }>(
      'reservation_standing',
      `SELECT count(*)::int AS open, bool_or(book_id = $2) AS mine
         FROM lending.reservations WHERE customer_id = $1 AND status IN ('pending', 'active')`,
      [customerId, bookId],
    );
    return { openReservations: standing?.open ?? 0, hasThisBookOpen: standing?.mine ?? false };
  }

  async firstWaiting(bookId: string, libraryIds: readonly string[]): Promise<Reservation | null> {
    const [row] = await this.database.prepared<ReservationRow>(
      'reservation_first_waiting',
      `SELECT ${COLUMNS} FROM lending.reservations r JOIN identity.users u ON u.id = r.customer_id AND u.is_active
        WHERE r.book_id = $1 AND r.status = 'pending' AND (r.library_id IS NULL OR r.library_id = ANY ($2::uuid[]))
        ORDER BY r.ticket LIMIT 1`,
      [bookId, libraryIds],
    );
    return row ? fromRow(row) : null;
  }

  async queue(bookId: string): Promise<Reservation[]> {
    const rows = await this.database.query<ReservationRow>(
      `SELECT ${COLUMNS} FROM lending.reservations r WHERE r.book_id = $1 AND r.status = 'pending' ORDER BY r.ticket`,
      [bookId],
    );
    return rows.map(fromRow);
  }

  async countAskingFor(libraryId: string): Promise<number> {
    const { readers } = await this.database.one<{ readers: number }>(
      `SELECT count(*)::int AS readers FROM lending.reservations WHERE status = 'pending' AND library_id = $1`,
      [libraryId],
    );
    return readers;
  }

  async openOf(customerId: string): Promise<Reservation[]> {
    const rows = await this.database.query<ReservationRow>(
      `SELECT ${COLUMNS} FROM lending.reservations r
        WHERE r.customer_id = $1 AND r.status IN ('pending', 'active') ORDER BY r.book_id`,
      [customerId],
    );
    return rows.map(fromRow);
  }
}

const fromRow = (row: ReservationRow): Reservation => ({
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
