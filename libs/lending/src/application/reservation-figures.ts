import { Metrics } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import type { ReservationChange } from './reservations.js';

const HOUR = 3600;
const DAY = 24 * HOUR;
const BUCKETS_SECONDS = [HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 60 * DAY, 120 * DAY, 240 * DAY];

/** Counts what this process did to reservations, and how long those had waited that got their copies. */
@Injectable()
export class ReservationFigures {
  private readonly changes;
  private readonly waits;

  constructor(metrics: Metrics) {
    this.changes = metrics.counter(
      'holdfast_reservation_changes_total',
      'Changes of reservations by the event that tells of each, and the status that the reservation has by it.',
      ['event', 'status'],
    );
    this.waits = metrics.histogram(
      'holdfast_reservation_wait_seconds',
      'How long those had waited in a queue who got their copies.',
      { labels: [], buckets: BUCKETS_SECONDS },
    );
  }

  /** Call it when they are committed. */
  count(changes: readonly ReservationChange[]): void {
    for (const { event, reservation } of changes) {
      const { status, requestedAt, startsAt } = reservation;
      this.changes.inc({ event, status });
      if (event !== 'reservation_activated' || !startsAt) continue;
      this.waits.observe((startsAt.getTime() - requestedAt.getTime()) / 1000);
    }
  }
}
