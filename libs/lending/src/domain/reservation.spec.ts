import { parseLoanEnd } from './loan-terms.js';
import { activate, cancel, complete, grantAtOnce, renew, type Reservation, waitWithTicket } from './reservation.js';

const terms = { longestLoanDays: 30, openReservationsLimit: 10, renewalsLimit: 2, dailyRateBasisPoints: 100 };
const day = (n: number): Date => new Date(Date.UTC(2026, 2, n, 12));
const request = {
  id: 'r1',
  bookId: 'b1',
  customerId: 'c1',
  libraryId: null,
  requestedAt: day(1),
  requestedUntil: day(15),
};
const grant = { libraryId: 'main', bookPriceCents: 1000, terms };
const pending = (): Reservation => waitWithTicket(request, 7);
const active = (): Reservation => grantAtOnce(request, grant);

describe('a reservation', () => {
  it('that finds a copy is active from the request on, with its price', () => {
    expect(active()).toMatchObject({
      status: 'active',
      libraryId: 'main',
      startsAt: day(1),
      endsAt: day(15),
      priceCents: 140,
      ticket: null,
    });
  });

  it('that finds none waits with its ticket and has neither dates nor price', () => {
    expect(pending()).toMatchObject({ status: 'pending', ticket: 7, startsAt: null, endsAt: null, priceCents: null });
  });

  it('that waited begins when it gets its copy, and is as long as it was asked for', () => {
    expect(activate(pending(), { ...grant, now: day(20) })).toMatchObject({
      status: 'active',
      libraryId: 'main',
      ticket: 7,
      startsAt: day(20),
      endsAt: day(34),
      priceCents: 140,
    });
  });

  it('is priced anew as a whole when it is renewed', () => {
    const until = { at: day(20), wholeDay: false };
    const renewed = renew(active(), { now: day(10), until, terms, somebodyWaits: false }, 1000);
    expect(renewed).toMatchObject({ endsAt: day(20), renewals: 1, priceCents: 190 });
  });

  const done = { ...active(), status: 'completed' } as const;
  const gone = { ...active(), status: 'cancelled' } as const;
  it.each([
    ['return', 'pending', () => complete(pending()), 'reservation-not-active'],
    ['return', 'active', () => complete(active()), 'completed'],
    ['return', 'completed', () => complete(done), 'reservation-not-active'],
    ['return', 'cancelled', () => complete(gone), 'reservation-not-active'],
    ['cancel', 'pending', () => cancel(pending()), 'cancelled'],
    ['cancel', 'active', () => cancel(active()), 'cancelled'],
    ['cancel', 'completed', () => cancel(done), 'reservation-ended'],
    ['cancel', 'cancelled', () => cancel(gone), 'reservation-ended'],
  ])('%s of a %s one', (_action, _state, act, outcome) => {
    expect(outcomeOf(act)).toBe(outcome);
  });
});

describe('the end of a loan', () => {
  it.each([
    ['2026-03-15', '2026-03-15T23:59:59.999Z', true],
    ['2026-03-15T10:00:00Z', '2026-03-15T10:00:00.000Z', false],
    ['2026-03-15T10:00:00+02:00', '2026-03-15T08:00:00.000Z', false],
  ])('%s is %s', (text, at, wholeDay) => {
    expect(parseLoanEnd(text)).toEqual({ at: new Date(at), wholeDay });
  });

  it.each([
    '',
    'tomorrow',
    '2026-02-31',
    '2026-13-01',
    '2026-02-30T10:00:00Z',
    '15.03.2026',
    '2026-03-15 10:00',
    '1700000000',
  ])('%p is none', (text) => {
    expect(parseLoanEnd(text)).toBeNull();
  });
});

function outcomeOf(act: () => Reservation): string {
  try {
    return act().status;
  } catch (error) {
    return (error as { code: string }).code;
  }
}
