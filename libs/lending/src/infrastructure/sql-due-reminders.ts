import { Injectable } from '@nestjs/common';
import { newId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { type DueReminder, DueReminders } from '../application/reminders.js';
import { reservationJson } from '../application/reservation-json.js';

@Injectable()
export class SqlDueReminders extends DueReminders {
  constructor(private readonly database: Database) {
    super();
  }

  async lock(limit: number, noticeHours: number, except: readonly string[], only?: string): Promise<DueReminder[]> {
    this.database.requireTransaction('DueReminders.lock');
    return this.database.query<DueReminder>(DUE, [limit, noticeHours, except, only ?? null]);
  }

  async give(reminders: readonly DueReminder[]): Promise<void> {
    this.database.requireTransaction('DueReminders.give');
    const due = reminders.map(({ reservationId, kind }) => ({ id: reservationId, kind, event_id: newId() }));
    await this.database.query(GIVE, [JSON.stringify(due)]);
  }
}

const WANTED = 'r.id <> ALL ($3::uuid[]) AND ($4::uuid IS NULL OR r.id = $4)';

/** Of each kind those that have waited longest. A row that changed meanwhile is judged by what it is when it is locked. */
export const DUE = `
  WITH ending AS MATERIALIZED (
    SELECT r.id, r.ends_at FROM lending.reservations r
     WHERE r.status = 'active' AND r.reminded_of = 'nothing' AND r.ends_at <= now() + $2 * interval '1 hour' AND ${WANTED}
     ORDER BY r.ends_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
  ), over AS MATERIALIZED (
    SELECT r.id, r.ends_at FROM lending.reservations r
     WHERE r.status = 'active' AND r.reminded_of = 'ends_soon' AND r.ends_at <= now() AND ${WANTED}
     ORDER BY r.ends_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
  )
  SELECT id AS "reservationId", CASE WHEN ends_at <= now() THEN 'overdue' ELSE 'ends_soon' END AS kind
    FROM (SELECT * FROM ending UNION ALL SELECT * FROM over) due ORDER BY ends_at LIMIT $1`;

/** The key of `lending.reminders` has the last word on whether it is the first time. */
const GIVE = `
  WITH due AS (
    SELECT * FROM json_to_recordset($1) AS due (id uuid, kind text, event_id uuid)
  ), marked AS (
    UPDATE lending.reservations r SET reminded_of = due.kind FROM due WHERE r.id = due.id AND r.status = 'active'
    RETURNING r.*
  ), given AS (
    INSERT INTO lending.reminders (reservation_id, kind, occasion)
    SELECT id, reminded_of, renewals FROM marked
    ON CONFLICT ON CONSTRAINT once_per_occasion DO NOTHING
    RETURNING reservation_id
  )
  INSERT INTO platform.outbox (id, type, subject, data)
  SELECT due.event_id, 'reservation_' || due.kind, 'reservations/' || r.id, (${reservationJson()})::jsonb
    FROM given
    JOIN due ON due.id = given.reservation_id
    JOIN marked r ON r.id = given.reservation_id
    LEFT JOIN inventory.libraries l ON l.id = r.library_id
   ORDER BY r.ends_at, r.id`;
