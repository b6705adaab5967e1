import { EVENTS_EXCHANGE, type EventTable } from '@holdfast/platform';
import type { LendingEventName } from './domain/events.js';

const event = (schema: string, description: string) =>
  ({
    exchange: EVENTS_EXCHANGE,
    source: '/holdfast/lending',
    schema,
    description,
  }) as const;

export const lendingEvents: EventTable<LendingEventName> = {
  reservation_created: event(
    'ReservationCreated',
    'A copy was requested; the reservation may be active at once, or pending.',
  ),
  reservation_activated: event('ReservationActivated', 'A pending reservation got its copy.'),
  reservation_completed: event('ReservationCompleted', 'The copy came back.'),
  reservation_cancelled: event('ReservationCancelled', 'The reservation was given up.'),
  reservation_renewed: event('ReservationRenewed', 'The reader keeps the copy for longer.'),
  reservation_ends_soon: event(
    'ReservationEndsSoon',
    'The copy is due back soon: in 24 hours unless set otherwise. Once, and once more after each renewal.',
  ),
  reservation_overdue: event(
    'ReservationOverdue',
    'The copy was due back and has not come. Once, and once more after each renewal.',
  ),
};
