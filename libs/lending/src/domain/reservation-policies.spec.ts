import { parseLoanEnd } from './loan-terms.js';
import { type RenewalRequest, refuseRenewal, refuseReservation, type ReservationCase } from './reservation-policies.js';

const now = new Date('2026-03-01T10:00:00Z');
const terms = { longestLoanDays: 30, openReservationsLimit: 10, renewalsLimit: 2, dailyRateBasisPoints: 100 };
const until = (text: string) => {
  const end = parseLoanEnd(text);
  if (!end) throw new Error(`not an end: ${text}`);
  return end;
};

describe('a reservation', () => {
  const wish = (change: Partial<ReservationCase> = {}): ReservationCase => ({
    now,
    until: until('2026-03-15'),
    terms,
    customer: { isActive: true, openReservations: 0, hasThisBookOpen: false },
    ...change,
  });
  const reasonFor = (facts: ReservationCase): string | undefined => reasonOf(() => refuseReservation(facts));

  it('is allowed to an active customer below the limits', () => {
    expect(reasonFor(wish())).toBeUndefined();
  });

  it('is refused to an inactive customer', () => {
    expect(reasonFor(wish({ customer: { isActive: false, openReservations: 0, hasThisBookOpen: false } }))).toBe(
      'customer-inactive',
    );
  });

  it('is refused when it ends now or in the past, and allowed a moment later', () => {
    expect(reasonFor(wish({ until: until('2026-02-28') }))).toBe('ends-in-the-past');
    expect(reasonFor(wish({ until: until('2026-03-01T10:00:00Z') }))).toBe('ends-in-the-past');
    expect(reasonFor(wish({ until: until('2026-03-01T10:00:00.001Z') }))).toBeUndefined();
  });

  it('may last as long as the longest loan to the millisecond, and no longer', () => {
    expect(reasonFor(wish({ until: until('2026-03-31T10:00:00Z') }))).toBeUndefined();
    expect(reasonFor(wish({ until: until('2026-03-31T10:00:00.001Z') }))).toBe('longer-than-the-longest-loan');
  });

  it('given as a date may end with the day that the longest loan reaches', () => {
    expect(reasonFor(wish({ until: until('2026-03-31') }))).toBeUndefined();
    expect(reasonFor(wish({ until: until('2026-04-01') }))).toBe('longer-than-the-longest-loan');
  });

  it('is refused when the customer has this book open', () => {
    expect(reasonFor(wish({ customer: { isActive: true, openReservations: 1, hasThisBookOpen: true } }))).toBe(
      'already-reserved',
    );
  });

  it('is allowed as the tenth open one and refused as the eleventh', () => {
    const withOpen = (openReservations: number) =>
      wish({ customer: { isActive: true, openReservations, hasThisBookOpen: false } });
    expect(reasonFor(withOpen(9))).toBeUndefined();
    expect(reasonFor(withOpen(10))).toBe('too-many-open-reservations');
  });
});

describe('a renewal', () => {
  const endsAt = new Date('2026-03-10T10:00:00Z');
  const wish = (change: Partial<RenewalRequest & { renewals: number }> = {}) => ({
    now,
    until: until('2026-03-20'),
    terms,
    somebodyWaits: false,
    endsAt,
    renewals: 0,
    ...change,
  });
  const reasonFor = (facts: ReturnType<typeof wish>): string | undefined => reasonOf(() => refuseRenewal(facts));

  it('is allowed while nobody waits and renewals are left', () => {
    expect(reasonFor(wish({ renewals: 1 }))).toBeUndefined();
  });

  it('is refused while somebody waits for the copy', () => {
    expect(reasonFor(wish({ somebodyWaits: true }))).toBe('somebody-waits');
  });

  it('is refused when the renewals are used up', () => {
    expect(reasonFor(wish({ renewals: 2 }))).toBe('renewals-used-up');
  });

  it('must end later than before', () => {
    expect(reasonFor(wish({ until: until('2026-03-10T10:00:00Z') }))).toBe('renewal-not-later');
    expect(reasonFor(wish({ until: until('2026-03-10T10:00:01Z') }))).toBeUndefined();
  });

  it('reaches no further from now than the longest loan', () => {
    expect(reasonFor(wish({ until: until('2026-04-01') }))).toBe('longer-than-the-longest-loan');
  });
});

function reasonOf(decide: () => void): string | undefined {
  try {
    decide();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}
