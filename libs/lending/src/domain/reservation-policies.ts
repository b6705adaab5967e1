import { LendingError, type LendingErrorCode } from './errors.js';
import { latestEnd, type LoanEnd, type LoanTerms } from './loan-terms.js';

/** Every rule that can refuse a reservation, a turn or a renewal is here: a sentence that gives the reason, or nothing. */
type Refusal = [code: LendingErrorCode, reason: string] | undefined;

/** What a new reservation is judged by. */
export interface ReservationCase {
  now: Date;
  until: LoanEnd;
  terms: LoanTerms;
  customer: { isActive: boolean; openReservations: number; hasThisBookOpen: boolean };
}

function customerIsActive({ customer }: ReservationCase): Refusal {
  if (!customer.isActive) return ['customer-inactive', 'The account of the customer is not active.'];
}

function loanEndsInTheFuture({ now, until }: ReservationCase): Refusal {
  if (until.at <= now) return ['ends-in-the-past', 'reservedUntil must be in the future.'];
}

function loanIsNoLongerThanTheLongest({ now, until, terms }: ReservationCase): Refusal {
  if (until.at > latestEnd(now, terms, until.wholeDay)) {
    return ['longer-than-the-longest-loan', `A loan lasts ${terms.longestLoanDays} days at the longest.`];
  }
}

function customerHasNoOpenReservationOfTheBook({ customer }: ReservationCase): Refusal {
  if (customer.hasThisBookOpen) return ['already-reserved', 'The customer has an open reservation of this book.'];
}

function customerHasFewerOpenReservationsThanTheLimit({ customer, terms }: ReservationCase): Refusal {
  if (customer.openReservations >= terms.openReservationsLimit) {
    return ['too-many-open-reservations', `A customer may have ${terms.openReservationsLimit} open reservations.`];
  }
}

/** In the order in which they are asked. */
export const reservationPolicies = {
  customerIsActive,
  loanEndsInTheFuture,
  loanIsNoLongerThanTheLongest,
  customerHasNoOpenReservationOfTheBook,
  customerHasFewerOpenReservationsThanTheLimit,
};

/** @throws LendingError with the reason of the first policy that refuses */
export const refuseReservation = (facts: ReservationCase): void => refuse(reservationPolicies, facts);

/**
 * What one who waits is judged by when a copy comes free: whether the rules would still let this reservation in. Who is
 * refused is passed over and keeps the ticket. The database asks the same of the whole queue at once (`MAY_RECEIVE`).
 */
export interface TurnCase {
  terms: Pick<LoanTerms, 'openReservationsLimit'>;
  /** The reservation itself is one of the open ones. */
  customer: { isActive: boolean; openReservations: number };
}

function waitingCustomerIsActive({ customer }: TurnCase): Refusal {
  if (!customer.isActive) return ['customer-inactive', 'The account of the customer is not active.'];
}

function waitingCustomerHasNoMoreOpenReservationsThanTheLimit({ customer, terms }: TurnCase): Refusal {
  if (customer.openReservations > terms.openReservationsLimit) {
    return ['too-many-open-reservations', `A customer may have ${terms.openReservationsLimit} open reservations.`];
  }
}

export const turnPolicies = { waitingCustomerIsActive, waitingCustomerHasNoMoreOpenReservationsThanTheLimit };

/** @throws LendingError with the reason of the first policy that passes the reader over */
export const refuseTurn = (facts: TurnCase): void => refuse(turnPolicies, facts);

/** What the reader asks of a renewal, and what it is judged by besides the reservation. */
export interface RenewalRequest {
  now: Date;
  until: LoanEnd;
  terms: LoanTerms;
  /** Whether somebody in the queue would accept this copy. */
  somebodyWaits: boolean;
}

export interface RenewalCase extends RenewalRequest {
  endsAt: Date;
  renewals: number;
}

function nobodyWaitsForTheCopy({ somebodyWaits }: RenewalCase): Refusal {
  if (somebodyWaits) return ['somebody-waits', 'Another reader waits for this book.'];
}

function renewalsAreLeft({ renewals, terms }: RenewalCase): Refusal {
  if (renewals >= terms.renewalsLimit)
    return ['renewals-used-up', `A reservation can be renewed ${terms.renewalsLimit} times.`];
}

/** An overdue one could otherwise be renewed until a moment that is over, too. */
function renewalEndsInTheFuture({ now, until }: RenewalCase): Refusal {
  if (until.at <= now) return ['ends-in-the-past', 'reservedUntil must be in the future.'];
}

function renewalEndsLaterThanBefore({ until, endsAt }: RenewalCase): Refusal {
  if (until.at <= endsAt) return ['renewal-not-later', 'reservedUntil must be later than the present end.'];
}

function renewalIsNoLongerThanTheLongestFromNow({ now, until, terms }: RenewalCase): Refusal {
  if (until.at > latestEnd(now, terms, until.wholeDay)) {
    return ['longer-than-the-longest-loan', `It can end ${terms.longestLoanDays} days from now at the latest.`];
  }
}

/** In the order in which they are asked. */
export const renewalPolicies = {
  nobodyWaitsForTheCopy,
  renewalsAreLeft,
  renewalEndsInTheFuture,
  renewalEndsLaterThanBefore,
  renewalIsNoLongerThanTheLongestFromNow,
};

/** @throws LendingError with the reason of the first policy that refuses */
export const refuseRenewal = (facts: RenewalCase): void => refuse(renewalPolicies, facts);

function refuse<Facts>(policies: Readonly<Record<string, (facts: Facts) => Refusal>>, facts: Facts): void {
  for (const policy of Object.values(policies)) {
    const refusal = policy(facts);
    if (refusal) throw new LendingError(...refusal);
  }
}
