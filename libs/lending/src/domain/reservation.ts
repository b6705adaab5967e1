import { LendingError } from './errors.js';
import type { LoanTerms } from './loan-terms.js';
import { loanPrice } from './price.js';
import { type RenewalRequest, refuseRenewal } from './reservation-policies.js';

export type ReservationStatus = 'pending' | 'active' | 'completed' | 'cancelled';

/**
 * A reader's claim on a copy of a book. Immutable: every transition gives a new one or throws.
 *
 * pending → active → completed; pending or active → cancelled. A ticket never changes once drawn.
 */
export interface Reservation {
  readonly id: string;
  readonly bookId: string;
  readonly customerId: string;
  /** Asked for while pending (null: any library); the one that gave the copy once active. */
  readonly libraryId: string | null;
  readonly status: ReservationStatus;
  /** Place in the order of the title's queue; null for one that got its copy at once. */
  readonly ticket: number | null;
  readonly requestedAt: Date;
  readonly requestedUntil: Date;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly priceCents: number | null;
  readonly renewals: number;
  readonly version: number;
}

/** A request that the policies let pass: it becomes active or pending. */
export type ReservationRequest = Pick<
  Reservation,
  'id' | 'bookId' | 'customerId' | 'libraryId' | 'requestedAt' | 'requestedUntil'
>;

/** No copy is free: it waits with its ticket, and keeps its length for the day that it gets one. */
export const waitWithTicket = (request: ReservationRequest, ticket: number): Reservation => ({
  status: 'pending',
  ticket,
  startsAt: null,
  endsAt: null,
  priceCents: null,
  renewals: 0,
  version: 1,
  ...request,
});

/** What the copy that a reservation gets comes with. */
export interface Grant {
  libraryId: string;
  bookPriceCents: number;
  terms: LoanTerms;
  now: Date;
}

/** A copy is free now, at the moment of the request. */
export const grantAtOnce = (
  request: ReservationRequest,
  { libraryId, bookPriceCents, terms }: Omit<Grant, 'now'>,
): Reservation => ({
  status: 'active',
  ticket: null,
  startsAt: request.requestedAt,
  endsAt: request.requestedUntil,
  priceCents: loanPrice(bookPriceCents, request.requestedAt, request.requestedUntil, terms),
  renewals: 0,
  version: 1,
  ...request,
  libraryId,
});

/** One that waited gets its copy: its time begins now and is as long as it was asked for. */
export function activate(reservation: Reservation, { libraryId, bookPriceCents, terms, now }: Grant): Reservation {
  if (reservation.status !== 'pending') throw new Error(`a ${reservation.status} reservation cannot become active`);
  const length = reservation.requestedUntil.getTime() - reservation.requestedAt.getTime();
  const endsAt = new Date(now.getTime() + length);
  return {
    ...reservation,
    status: 'active',
    libraryId,
    startsAt: now,
    endsAt,
    priceCents: loanPrice(bookPriceCents, now, endsAt, terms),
  };
}

/** The reader brought the copy back. @throws LendingError `reservation-not-active` */
export function complete(reservation: Reservation): Reservation {
  requireActive(reservation);
  return { ...reservation, status: 'completed' };
}

/** The reader wants it no more. @throws LendingError `reservation-ended` */
export function cancel(reservation: Reservation): Reservation {
  if (reservation.status === 'completed' || reservation.status === 'cancelled') {
    throw new LendingError('reservation-ended', `The reservation is ${reservation.status} already.`);
  }
  return { ...reservation, status: 'cancelled' };
}

/** A longer time, priced anew as a whole. @throws LendingError of the policy that refuses it */
export function renew(reservation: Reservation, request: RenewalRequest, bookPriceCents: number): Reservation {
  const { startsAt, endsAt } = requireActive(reservation);
  refuseRenewal({ ...request, endsAt, renewals: reservation.renewals });
  return {
    ...reservation,
    endsAt: request.until.at,
    renewals: reservation.renewals + 1,
    priceCents: loanPrice(bookPriceCents, startsAt, request.until.at, request.terms),
  };
}

type ActiveReservation = Reservation & { libraryId: string; startsAt: Date; endsAt: Date };

export const holdsCopy = (reservation: Reservation): reservation is ActiveReservation =>
  reservation.status === 'active';

function requireActive(reservation: Reservation): ActiveReservation {
  if (holdsCopy(reservation)) return reservation;
  throw new LendingError('reservation-not-active', `The reservation is ${reservation.status}, not active.`);
}
