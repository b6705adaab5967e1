import fc from 'fast-check';
import { DAY_MS } from './loan-terms.js';
import { daysBegun, loanPrice } from './price.js';

const day = (n: number): Date => new Date(Date.UTC(2026, 2, n, 12));
const later = (start: Date, ms: number): Date => new Date(start.getTime() + ms);
const termsOf = (dailyRateBasisPoints: number) => ({
  longestLoanDays: 3650,
  openReservationsLimit: 10,
  renewalsLimit: 2,
  dailyRateBasisPoints,
});
const ONE_PERCENT = termsOf(100);

/** All that the settings and the catalogue allow: prices to 9,999,999.99, rates to 100 %, loans to ten years. */
const prices = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 999_999_999 }));
const rates = fc.integer({ min: 0, max: 10_000 });
const starts = fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
const lengths = fc.oneof(
  fc.integer({ min: 1, max: 3650 * DAY_MS }),
  // On, just before and just after the end of a day, where the price steps.
  fc.tuple(fc.integer({ min: 1, max: 3650 }), fc.constantFrom(-1, 0, 1)).map(([days, ms]) => days * DAY_MS + ms),
);

describe('the price of a loan', () => {
  it('is the price of the book × 1 % × days begun', () => {
    expect(loanPrice(1999, day(1), day(15), ONE_PERCENT)).toBe(280); // 279.86 cents
    expect(loanPrice(50, day(1), day(2), ONE_PERCENT)).toBe(1); // half a cent is rounded up
    expect(loanPrice(49, day(1), day(2), ONE_PERCENT)).toBe(0);
  });

  it('is never negative, and never a fraction of a cent', () => {
    fc.assert(
      fc.property(prices, rates, starts, lengths, (price, rate, start, length) => {
        const cents = loanPrice(price, start, later(start, length), termsOf(rate));
        expect(Number.isSafeInteger(cents)).toBe(true);
        expect(cents).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('is never more for less time, a cheaper book, or a lower rate', () => {
    const pairs = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<[T, T]> => fc.tuple(values, values);
    fc.assert(
      fc.property(pairs(prices), pairs(rates), starts, pairs(lengths), (price, rate, start, length) => {
        const cents = (side: typeof Math.min): number =>
          loanPrice(side(...price), start, later(start, side(...length)), termsOf(side(...rate)));
        expect(cents(Math.min)).toBeLessThanOrEqual(cents(Math.max));
      }),
      { numRuns: 1000 },
    );
  });

  it('is exact and rounded half up: price, rate and days as whole numbers, the last four digits tell', () => {
    fc.assert(
      fc.property(prices, rates, fc.integer({ min: 1, max: 3650 }), (price, rate, days) => {
        const exact = BigInt(price) * BigInt(rate) * BigInt(days); // in ten thousandths of a cent
        const [cents, rest] = [exact / 10_000n, exact % 10_000n];
        const rounded = rest >= 5_000n ? cents + 1n : cents;
        expect(BigInt(loanPrice(price, day(1), day(1 + days), termsOf(rate)))).toBe(rounded);
      }),
      { numRuns: 1000 },
    );
  });

  it('depends on how long it is, and not on when it begins', () => {
    fc.assert(
      fc.property(prices, starts, starts, lengths, (price, one, other, length) => {
        expect(loanPrice(price, one, later(one, length), ONE_PERCENT)).toBe(
          loanPrice(price, other, later(other, length), ONE_PERCENT),
        );
      }),
    );
  });
});

describe('the days of a loan', () => {
  it('count as soon as they have begun', () => {
    expect(daysBegun(day(1), later(day(1), 1))).toBe(1);
    expect(daysBegun(day(1), day(2))).toBe(1);
    expect(daysBegun(day(1), later(day(2), 1))).toBe(2);
  });

  it('are as few as hold all of the time, and at least one', () => {
    fc.assert(
      fc.property(starts, lengths, (start, length) => {
        const days = daysBegun(start, later(start, length));
        expect(days).toBeGreaterThanOrEqual(1);
        expect(days * DAY_MS).toBeGreaterThanOrEqual(length);
        expect((days - 1) * DAY_MS).toBeLessThan(length);
      }),
      { numRuns: 1000 },
    );
  });
});
