import { Injectable } from '@nestjs/common';
import { newId } from '@holdfast/kernel';
import { currentContext, Database, violatedConstraint } from '@holdfast/platform';
import { reservationJson } from '../application/reservation-json.js';
import type { ReservationView } from '../application/reservation.view.js';
import { type ReservationChange, Reservations } from '../application/reservations.js';
import { Terms } from '../application/terms.js';
import { LendingError } from '../domain/errors.js';
import type { Reservation } from '../domain/reservation.js';
import { COLUMNS, fromRow, mayReceive, type ReservationRow } from './reservation-rows.js';

@Injectable()
export class SqlReservations extends Reservations {
  constructor(
    private readonly database: Database,
    private readonly terms: Terms,
  ) {
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

  async record(changes: readonly ReservationChange[]): Promise<ReservationView[]> {
    this.database.requireTransaction('Reservations.record');
    try {
      const rows = await this.database.prepared<{ view: ReservationView }>('reservations_record', RECORD, [
        JSON.stringify(changes.map(recordedOf)),
      ]);
      if (rows.length !== changes.length) throw new Error('a reservation that was to be changed is not there');
      return rows.map(({ view }) => view);
    } catch (error) {
      if (violatedConstraint(error) !== 'one_open_reservation_of_a_book') throw error;
      throw new LendingError('already-reserved', 'The customer has an open reservation of this book.');
    }
  }

  async somebodyWaitsFor(bookId: string, libraryId: string): Promise<boolean> {
    const [found] = await this.database.prepared<{ waits: boolean }>(
      'reservation_somebody_waits',
      `SELECT EXISTS (
         SELECT FROM lending.reservations r
          WHERE r.book_id = $1 AND r.status = 'pending' AND (r.library_id IS NULL OR r.library_id = $2)
            AND ${mayReceive('$3')}) AS waits`,
      [bookId, libraryId, this.terms.ofLoans.openReservationsLimit],
    );
    return found?.waits ?? false;
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

  async passedOverAt(customerId: string): Promise<string[]> {
    const rows = await this.database.prepared<{ book_id: string }>(
      'reservation_passed_over',
      `SELECT book_id
         FROM (SELECT book_id, status, count(*) OVER () AS open FROM lending.reservations
                WHERE customer_id = $1 AND status IN ('pending', 'active')) AS own
        WHERE status = 'pending' AND open > $2 ORDER BY book_id`,
      [customerId, this.terms.ofLoans.openReservationsLimit],
    );
    return rows.map((row) => row.book_id);
  }
}

const timeOf = (milliseconds: string): string => `to_timestamp(${milliseconds} / 1000)`;

/**
 * Rows first, then what the API shows of them, then the events with that as their data. Times come as milliseconds of the
 * epoch: to write them as text costs this process ten microseconds a reservation.
 */
const RECORD = `
  WITH change AS (
    SELECT c.id, c.book_id, c.customer_id, c.library_id, c.status, c.ticket, c.price_cents, c.renewals, c.event, c.event_id,
           c.traceparent, c.request_id, c.queue_position, c.estimated_from, c.ordinality AS place,
           ${timeOf('c.requested_at')} AS requested_at, ${timeOf('c.requested_until')} AS requested_until,
           ${timeOf('c.starts_at')} AS starts_at, ${timeOf('c.ends_at')} AS ends_at
      FROM ROWS FROM (json_to_recordset($1) AS (
        id uuid, book_id uuid, customer_id uuid, library_id uuid, status text, ticket bigint, requested_at float8,
        requested_until float8, starts_at float8, ends_at float8, price_cents bigint, renewals int,
        event text, event_id uuid, traceparent text, request_id text, queue_position int, estimated_from text)) WITH ORDINALITY AS c
  ), added AS (
    INSERT INTO lending.reservations (id, book_id, customer_id, library_id, status, ticket, requested_at, requested_until,
                                      starts_at, ends_at, price_cents, renewals, updated_at)
    SELECT id, book_id, customer_id, library_id, status, ticket, requested_at, requested_until,
           starts_at, ends_at, price_cents, renewals, requested_at
      FROM change WHERE event = 'reservation_created' ORDER BY place
    RETURNING *
  ), changed AS (
    UPDATE lending.reservations r
       SET library_id = c.library_id, status = c.status, starts_at = c.starts_at, ends_at = c.ends_at,
           price_cents = c.price_cents, renewals = c.renewals,
           -- A renewal is a new occasion to be reminded of.
           reminded_of = CASE WHEN c.renewals > r.renewals THEN 'nothing' ELSE r.reminded_of END,
           version = r.version + 1, updated_at = now()
      FROM change c WHERE r.id = c.id AND c.event <> 'reservation_created'
    RETURNING r.*
  ), shown AS MATERIALIZED (
    SELECT c.place, c.event_id, c.event, c.id, c.traceparent, c.request_id,
           ${reservationJson('c.queue_position', 'c.estimated_from')} AS view
      FROM change c
      JOIN (SELECT * FROM added UNION ALL SELECT * FROM changed) r ON r.id = c.id
      LEFT JOIN inventory.libraries l ON l.id = r.library_id
  ), told AS (
    INSERT INTO platform.outbox (id, type, subject, data, traceparent, request_id)
    SELECT event_id, event, 'reservations/' || id, view::jsonb, traceparent, request_id FROM shown ORDER BY place
  )
  SELECT view FROM shown ORDER BY place`;

function recordedOf({ event, reservation, place, traceparent, requestId }: ReservationChange): object {
  return {
    id: reservation.id,
    book_id: reservation.bookId,
    customer_id: reservation.customerId,
    library_id: reservation.libraryId,
    status: reservation.status,
    ticket: reservation.ticket,
    requested_at: reservation.requestedAt.getTime(),
    requested_until: reservation.requestedUntil.getTime(),
    starts_at: reservation.startsAt?.getTime(),
    ends_at: reservation.endsAt?.getTime(),
    price_cents: reservation.priceCents,
    renewals: reservation.renewals,
    event,
    event_id: newId(),
    traceparent: traceparent ?? currentContext()?.traceparent,
    request_id: requestId ?? currentContext()?.requestId,
    queue_position: place?.position,
    estimated_from: place?.estimatedFrom,
  };
}
