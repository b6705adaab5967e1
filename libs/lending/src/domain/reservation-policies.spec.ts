import type { LendingErrorCode } from './errors.js';
import { parseLoanEnd } from './loan-terms.js';
import {
  refuseRenewal,
  refuseReservation,
  refuseTurn,
  type RenewalCase,
  renewalPolicies,
  type ReservationCase,
  reservationPolicies,
  type TurnCase,
  turnPolicies,
} from './reservation-policies.js';

const now = new Date('2026-03-01T10:00:00Z');
const terms = { longestLoanDays: 30, openReservationsLimit: 10, renewalsLimit: 2, dailyRateBasisPoints: 100 };
const until = (text: string) => {
  const end = parseLoanEnd(text);
  if (!end) throw new Error(`not an end: ${text}`);
  return end;
};

/** Of each policy: cases that it refuses with its reason, and cases nearby that all policies allow. */
interface Judged<Facts> {
  reason: LendingErrorCode;
  refuses: Record<string, Partial<Facts>>;
  allows: Record<string, Partial<Facts>>;
}

const nobodyInParticular = { isActive: true, openReservations: 0, hasThisBookOpen: false };

const ofReservations: Record<keyof typeof reservationPolicies, Judged<ReservationCase>> = {
  customerIsActive: {
    reason: 'customer-inactive',
    refuses: { 'an inactive one': { customer: { ...nobodyInParticular, isActive: false } } },
    allows: { 'an active one': { customer: nobodyInParticular } },
  },
  loanEndsInTheFuture: {
    reason: 'ends-in-the-past',
    refuses: {
      'an end on the day before': { until: until('2026-02-28') },
      'an end now': { until: until('2026-03-01T10:00:00Z') },
    },
    allows: {
      'an end a moment later': { until: until('2026-03-01T10:00:00.001Z') },
      'the end of this day': { until: until('2026-03-01') },
    },
  },
  loanIsNoLongerThanTheLongest: {
    reason: 'longer-than-the-longest-loan',
    refuses: {
      'a millisecond more': { until: until('2026-03-31T10:00:00.001Z') },
      'the day after the last': { until: until('2026-04-01') },
    },
    allows: {
      'the longest to the millisecond': { until: until('2026-03-31T10:00:00Z') },
      'a date, until the end of the last day': { until: until('2026-03-31') },
    },
  },
  customerHasNoOpenReservationOfTheBook: {
    reason: 'already-reserved',
    refuses: {
      'who has it open': { customer: { ...nobodyInParticular, openReservations: 1, hasThisBookOpen: true } },
    },
    allows: { 'who has another one open': { customer: { ...nobodyInParticular, openReservations: 1 } } },
  },
  customerHasFewerOpenReservationsThanTheLimit: {
    reason: 'too-many-open-reservations',
    refuses: {
      'an eleventh': { customer: { ...nobodyInParticular, openReservations: 10 } },
      'one more of who has too many already': { customer: { ...nobodyInParticular, openReservations: 12 } },
    },
    allows: { 'a tenth': { customer: { ...nobodyInParticular, openReservations: 9 } } },
  },
};

const ofTurns: Record<keyof typeof turnPolicies, Judged<TurnCase>> = {
  waitingCustomerIsActive: {
    reason: 'customer-inactive',
    refuses: { 'who was deactivated meanwhile': { customer: { isActive: false, openReservations: 1 } } },
    allows: { 'who is active': { customer: { isActive: true, openReservations: 1 } } },
  },
  waitingCustomerHasNoMoreOpenReservationsThanTheLimit: {
    reason: 'too-many-open-reservations',
    refuses: {
      'who has more, since the limit was lowered': {
        terms: { openReservationsLimit: 3 },
        customer: { isActive: true, openReservations: 4 },
      },
    },
    allows: {
      'who has as many as are allowed, this one among them': { customer: { isActive: true, openReservations: 10 } },
    },
  },
};

const ofRenewals: Record<keyof typeof renewalPolicies, Judged<RenewalCase>> = {
  nobodyWaitsForTheCopy: {
    reason: 'somebody-waits',
    refuses: { 'while somebody waits': { somebodyWaits: true } },
    allows: { 'while nobody does': { somebodyWaits: false } },
  },
  renewalsAreLeft: {
    reason: 'renewals-used-up',
    refuses: { 'a third one': { renewals: 2 } },
    allows: { 'a second one': { renewals: 1 } },
  },
  renewalEndsInTheFuture: {
    reason: 'ends-in-the-past',
    refuses: {
      'of an overdue one until a time that is over': {
        endsAt: new Date('2026-02-20T10:00:00Z'),
        until: until('2026-02-25'),
      },
    },
    allows: {
      'of an overdue one until tomorrow': { endsAt: new Date('2026-02-20T10:00:00Z'), until: until('2026-03-02') },
    },
  },
  renewalEndsLaterThanBefore: {
    reason: 'renewal-not-later',
    refuses: { 'until the same time': { until: until('2026-03-10T10:00:00Z') } },
    allows: { 'until a second later': { until: until('2026-03-10T10:00:01Z') } },
  },
  renewalIsNoLongerThanTheLongestFromNow: {
    reason: 'longer-than-the-longest-loan',
    refuses: { 'until the day after the last': { until: until('2026-04-01') } },
    allows: { 'until the last': { until: until('2026-03-31') } },
  },
};

describe.each([
  {
    what: 'a reservation',
    policies: ofReservations,
    judge: (facts: object) =>
      refuseReservation({ now, until: until('2026-03-15'), terms, customer: nobodyInParticular, ...facts }),
  },
  {
    what: 'a turn',
    policies: ofTurns,
    judge: (facts: object) => refuseTurn({ terms, customer: { isActive: true, openReservations: 1 }, ...facts }),
  },
  {
    what: 'a renewal',
    policies: ofRenewals,
    judge: (facts: object) =>
      refuseRenewal({
        now,
        until: until('2026-03-20'),
        terms,
        somebodyWaits: false,
        endsAt: new Date('2026-03-10T10:00:00Z'),
        renewals: 0,
        ...facts,
      }),
  },
])('$what', ({ policies, judge }) => {
  describe.each(Object.entries<Judged<object>>(policies))('%s', (_policy, { reason, refuses, allows }) => {
    it.each(Object.entries(refuses))('refuses %s', (_case, facts) => {
      expect(reasonOf(() => judge(facts))).toBe(reason);
    });

    it.each(Object.entries(allows))('allows %s', (_case, facts) => {
      expect(reasonOf(() => judge(facts))).toBeUndefined();
    });
  });
});

it('every policy has its cases here, in the order in which it is asked', () => {
  expect(Object.keys(ofReservations)).toEqual(Object.keys(reservationPolicies));
  expect(Object.keys(ofTurns)).toEqual(Object.keys(turnPolicies));
  expect(Object.keys(ofRenewals)).toEqual(Object.keys(renewalPolicies));
});

it('a reservation is refused with the first reason that there is', () => {
  const customer = { isActive: false, openReservations: 10, hasThisBookOpen: true };
  const judge = () => refuseReservation({ now, until: until('2026-02-28'), terms, customer });
  expect(reasonOf(judge)).toBe('customer-inactive');
});

function reasonOf(decide: () => void): string | undefined {
  try {
    decide();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}
