import { EVENTS_EXCHANGE, type EventTable } from '@holdfast/platform';
import { z } from 'zod';
import type { ReservationView } from './application/reservation.view.js';
import type { LendingEventName } from './domain/events.js';

const id = z.uuid();
const time = z.iso.datetime();

/** The reservation as the API shows it: where a field of the view is missing, this does not compile. */
const reservation = z.looseObject({
  id,
  bookId: id,
  customerId: id,
  library: z
    .looseObject({ id, name: z.string().min(1) })
    .nullable()
    .describe(
      'The one asked for while pending (null: any), then the one that gave the copy; null when it was removed.',
    ),
  status: z.enum(['pending', 'active', 'completed', 'cancelled']),
  queuePosition: z.int().min(1).nullable().describe('1 is next; null unless pending.'),
  estimatedFrom: time.nullable().describe('While pending: from when a copy can be expected, if that is known.'),
  requestedUntil: time.describe('Until when the reader wants the copy.'),
  startOfReservation: time.nullable().describe('Since when the reader has the copy.'),
  endOfReservation: time.nullable().describe('When it is due back.'),
  price: z
    .number()
    .min(0)
    .nullable()
    .describe('Price of the book × daily rate × days begun; null until there was a copy.'),
  renewals: z.int().min(0).describe('How often it was renewed.'),
  overdue: z.boolean().describe('Active, and its end has passed.'),
  createdAt: time.describe('When it was requested: first come, first served.'),
  updatedAt: time,
  version: z.int().min(1).describe('Counts the changes of the reservation.'),
}) satisfies z.ZodType<ReservationView>;

const active: ReservationView = {
  id: '0199a1b2-0000-7000-8000-0000000000aa',
  bookId: '0199a1b2-0000-7000-8000-000000000001',
  customerId: '0199a1b2-0000-7000-8000-0000000000cc',
  library: { id: '0199a1b2-0000-7000-8000-0000000000bb', name: 'Main Library' },
  status: 'active',
  queuePosition: null,
  estimatedFrom: null,
  requestedUntil: '2026-12-06T10:00:00.000Z',
  startOfReservation: '2026-11-22T10:00:00.000Z',
  endOfReservation: '2026-12-06T10:00:00.000Z',
  price: 1.4,
  renewals: 0,
  overdue: false,
  createdAt: '2026-11-22T10:00:00.000Z',
  updatedAt: '2026-11-22T10:00:00.000Z',
  version: 1,
};

const event = (schema: string, description: string, example: Partial<ReservationView>) =>
  ({
    exchange: EVENTS_EXCHANGE,
    source: '/holdfast/lending',
    subject: 'reservations/{id}',
    schema,
    description,
    data: reservation,
    example: { ...active, ...example },
  }) as const;

export const lendingEvents = {
  reservation_created: event(
    'ReservationCreated',
    'A copy was requested; the reservation may be active at once, or pending.',
    {
      status: 'pending',
      queuePosition: 1,
      estimatedFrom: '2026-11-29T10:00:00.000Z',
      startOfReservation: null,
      endOfReservation: null,
      price: null,
    },
  ),
  reservation_activated: event('ReservationActivated', 'A pending reservation got its copy.', { version: 2 }),
  reservation_completed: event('ReservationCompleted', 'The copy came back.', { status: 'completed', version: 2 }),
  reservation_cancelled: event('ReservationCancelled', 'The reservation was given up.', {
    status: 'cancelled',
    version: 2,
  }),
  reservation_renewed: event('ReservationRenewed', 'The reader keeps the copy for longer.', {
    endOfReservation: '2026-12-20T10:00:00.000Z',
    price: 2.8,
    renewals: 1,
    version: 2,
  }),
  reservation_ends_soon: event(
    'ReservationEndsSoon',
    'The copy is due back soon: in 24 hours unless set otherwise. Once, and once more after each renewal.',
    {},
  ),
  reservation_overdue: event(
    'ReservationOverdue',
    'The copy was due back and has not come. Once, and once more after each renewal.',
    { overdue: true },
  ),
} satisfies EventTable<LendingEventName>;
