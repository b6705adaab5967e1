import fc from 'fast-check';
import { latestEnd, type LoanEnd, type LoanTerms, parseLoanEnd } from '../../libs/lending/src/domain/loan-terms.js';
import { refuseReservation, type ReservationCase } from '../../libs/lending/src/domain/reservation-policies.js';
import {
  activate,
  cancel,
  complete,
  grantAtOnce,
  renew,
  type Reservation,
  type ReservationRequest,
  waitWithTicket,
} from '../../libs/lending/src/domain/reservation.js';
import { checked, TEST_MS } from './support/checked.js';
import { DAY } from './support/world.js';

jest.setTimeout(TEST_MS);

const RUNS = 1000;

const instants = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
const lengths = fc.integer({ min: 1, max: 30 * DAY });
const cents = fc.nat({ max: 999_999_999 });
const someTerms: fc.Arbitrary<LoanTerms> = fc.record({
  longestLoanDays: fc.integer({ min: 1, max: 400 }),
  openReservationsLimit: fc.integer({ min: 1, max: 20 }),
  renewalsLimit: fc.integer({ min: 0, max: 5 }),
  dailyRateBasisPoints: fc.nat({ max: 10_000 }),
});
const requests: fc.Arbitrary<ReservationRequest> = fc.tuple(instants, lengths).map(([at, length]) => ({
  id: 'reservation',
  bookId: 'book',
  customerId: 'customer',
  libraryId: null,
  requestedAt: at,
  requestedUntil: new Date(at.getTime() + length),
}));
const later = (at: Date, ms: number): Date => new Date(at.getTime() + ms);
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'done';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

describe('a loan', () => {
  it('that was renewed costs what it would have cost at once', () =>
    checked(
      fc.property(
        requests,
        cents,
        someTerms,
        fc.array(lengths, { minLength: 1, maxLength: 4 }),
        (request, price, terms, steps) => {
          const allowed = { ...terms, renewalsLimit: steps.length, longestLoanDays: 1000 };
          const end = steps.reduce((until, ms) => later(until, ms), request.requestedUntil);
          let loan: Reservation = grantAtOnce(request, { libraryId: 'main', bookPriceCents: price, terms });
          for (const ms of steps) {
            const until = { at: later(loan.endsAt ?? end, ms), wholeDay: false };
            loan = renew(loan, { now: request.requestedAt, until, terms: allowed, somebodyWaits: false }, price);
          }
          const whole = grantAtOnce(
            { ...request, requestedUntil: end },
            { libraryId: 'main', bookPriceCents: price, terms },
          );
          expect([loan.endsAt, loan.priceCents]).toEqual([whole.endsAt, whole.priceCents]);
        },
      ),
      RUNS,
    ));

  it('that waited is as long, and costs as much, as one that found its copy at once', () =>
    checked(
      fc.property(requests, cents, someTerms, lengths, fc.nat(), (request, price, terms, wait, ticket) => {
        const grant = { libraryId: 'main', bookPriceCents: price, terms };
        const atOnce = grantAtOnce(request, grant);
        const now = later(request.requestedAt, wait);
        const waited = activate(waitWithTicket(request, ticket), { ...grant, now });
        expect(waited.startsAt).toEqual(now);
        expect(Number(waited.endsAt) - Number(waited.startsAt)).toBe(Number(atOnce.endsAt) - Number(atOnce.startsAt));
        expect(waited.priceCents).toBe(atOnce.priceCents);
      }),
      RUNS,
    ));
});

type Step = 'activate' | 'complete' | 'cancel' | 'renew';

/** The reservation after the step, or as it was when the step was refused. */
function take(reservation: Reservation, step: Step, now: Date, terms: LoanTerms): Reservation {
  const grant = { libraryId: 'main', bookPriceCents: 1000, terms, now };
  const until = { at: later(reservation.endsAt ?? now, DAY), wholeDay: false };
  const steps: Record<Step, () => Reservation> = {
    activate: () => activate(reservation, grant),
    complete: () => complete(reservation),
    cancel: () => cancel(reservation),
    renew: () => renew(reservation, { now, until, terms, somebodyWaits: false }, 1000),
  };
  try {
    return steps[step]();
  } catch {
    return reservation;
  }
}

describe('whatever happens to a reservation', () => {
  const stories = fc.tuple(
    requests,
    someTerms,
    fc.array(fc.constantFrom<Step>('activate', 'complete', 'cancel', 'renew'), { maxLength: 12 }),
  );
  const lifeOf = ([request, terms, steps]: [ReservationRequest, LoanTerms, Step[]]): Reservation[] => {
    const life: Reservation[] = [waitWithTicket(request, 7)];
    for (const step of steps) life.push(take(life.at(-1) as Reservation, step, request.requestedUntil, terms));
    return life;
  };

  it('its ticket, its wish and its customer stay', () =>
    checked(
      fc.property(stories, (story) => {
        const constant = ({ id, ticket, customerId, bookId, requestedAt, requestedUntil }: Reservation) =>
          JSON.stringify({ id, ticket, customerId, bookId, requestedAt, requestedUntil });
        expect(new Set(lifeOf(story).map(constant)).size).toBe(1);
      }),
      RUNS,
    ));

  it('what has ended stays ended, and changes no more', () =>
    checked(
      fc.property(stories, (story) => {
        const life = lifeOf(story);
        const end = life.findIndex(({ status }) => status === 'completed' || status === 'cancelled');
        if (end >= 0) expect(life.slice(end)).toEqual(life.slice(end).map(() => life[end]));
      }),
      RUNS,
    ));

  it('it has a time and a price from the day that it has a copy, and not before', () =>
    checked(
      fc.property(stories, (story) => {
        for (const { status, startsAt, endsAt, priceCents, libraryId } of lifeOf(story)) {
          const parts = [startsAt, endsAt, priceCents, libraryId].map((part) => part !== null);
          if (status === 'pending') expect(parts).toEqual([false, false, false, false]);
          if (status === 'active' || status === 'completed') expect(parts).toEqual([true, true, true, true]);
        }
      }),
      RUNS,
    ));

  it('it is renewed no more often than the terms allow, and never becomes shorter', () =>
    checked(
      fc.property(stories, (story) => {
        const life = lifeOf(story);
        expect(life.at(-1)?.renewals).toBeLessThanOrEqual(story[1].renewalsLimit);
        const ends = life.flatMap(({ endsAt }) => endsAt?.getTime() ?? []);
        expect(ends).toEqual([...ends].sort((a, b) => a - b));
      }),
      RUNS,
    ));
});

describe('a wish', () => {
  const wishes: fc.Arbitrary<ReservationCase> = fc
    .record({
      now: instants,
      ahead: fc.oneof(fc.integer({ min: -DAY, max: DAY }), fc.integer({ min: 0, max: 500 * DAY })),
      terms: someTerms,
      customer: fc.record({
        isActive: fc.boolean(),
        openReservations: fc.nat({ max: 25 }),
        hasThisBookOpen: fc.boolean(),
      }),
    })
    .map(({ now, ahead, ...rest }) => ({ ...rest, now, until: { at: later(now, ahead), wholeDay: false } }));

  it('is refused if and only if there is a reason, and the reason is one that there is', () =>
    checked(
      fc.property(wishes, (wish) => {
        const { now, until, terms, customer } = wish;
        const reasons = Object.entries({
          'customer-inactive': !customer.isActive,
          'ends-in-the-past': until.at <= now,
          'longer-than-the-longest-loan': Number(until.at) - Number(now) > terms.longestLoanDays * DAY,
          'already-reserved': customer.hasThisBookOpen,
          'too-many-open-reservations': customer.openReservations >= terms.openReservationsLimit,
        }).flatMap(([code, holds]) => (holds ? [code] : []));
        const code = codeOf(() => refuseReservation(wish));
        expect(reasons.length === 0 ? ['done'] : reasons).toContain(code);
      }),
      RUNS,
    ));

  it('until a date may reach the longest day whatever the hour, and not the day after', () =>
    checked(
      fc.property(instants, fc.integer({ min: 1, max: 400 }), (now, days) => {
        const terms = { longestLoanDays: days, openReservationsLimit: 1, renewalsLimit: 0, dailyRateBasisPoints: 100 };
        const customer = { isActive: true, openReservations: 0, hasThisBookOpen: false };
        const on = (day: number): LoanEnd =>
          parseLoanEnd(
            later(now, day * DAY)
              .toISOString()
              .slice(0, 10),
          ) ?? { at: new Date(NaN), wholeDay: true };
        expect(codeOf(() => refuseReservation({ now, until: on(days), terms, customer }))).toBe('done');
        expect(codeOf(() => refuseReservation({ now, until: on(days + 1), terms, customer }))).toBe(
          'longer-than-the-longest-loan',
        );
        expect(latestEnd(now, terms, true)).toEqual(on(days).at);
      }),
      RUNS,
    ));
});

describe('the end of a loan', () => {
  it('as a date is the last millisecond of that day in UTC', () =>
    checked(
      fc.property(instants, (at) => {
        const date = at.toISOString().slice(0, 10);
        const end = parseLoanEnd(date);
        expect(end).toEqual({ at: new Date(`${date}T23:59:59.999Z`), wholeDay: true });
        expect(later(end?.at ?? at, 1).toISOString()).toMatch(/T00:00:00\.000Z$/);
      }),
      RUNS,
    ));

  it('as a time is the same moment in whatever zone it is written', () =>
    checked(
      fc.property(instants, fc.integer({ min: -14 * 60, max: 14 * 60 }), (at, offset) => {
        const local = later(at, offset * 60_000)
          .toISOString()
          .slice(0, -1);
        const part = (value: number): string => String(Math.floor(Math.abs(value))).padStart(2, '0');
        const zone = `${offset < 0 ? '-' : '+'}${part(offset / 60)}:${part(offset % 60)}`;
        expect(parseLoanEnd(`${local}${zone}`)).toEqual({ at, wholeDay: false });
      }),
      RUNS,
    ));

  it('is nothing for a text that is no time', () =>
    checked(
      fc.property(fc.string({ maxLength: 30 }), (text) => {
        if (!/^\d{4}-\d{2}-\d{2}/.test(text)) expect(parseLoanEnd(text)).toBeNull();
      }),
      RUNS,
    ));
});
