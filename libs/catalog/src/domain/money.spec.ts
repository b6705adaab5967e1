import fc from 'fast-check';
import { Money } from './money.js';

const cents = () => fc.integer({ min: 0, max: 999_999_999 });
const reason = (read: ReturnType<typeof Money.fromNumber>) => (read.ok ? null : read.reason);

describe('a price from JSON', () => {
  it('is exact for every amount of cents', () => {
    fc.assert(
      fc.property(cents(), (amount) => {
        const read = Money.fromNumber(Number((amount / 100).toFixed(2)));
        expect(read.ok && read.value.cents).toBe(amount);
        expect(read.ok && JSON.parse(JSON.stringify(read.value.toNumber()))).toBe(amount / 100);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    [19.99, 1999],
    [0.29, 29],
    [1.1, 110],
    [8.2, 820],
    [-0, 0],
    [9_999_999.99, 999_999_999],
  ])('%d is %d cents', (amount, expected) => {
    expect(Money.fromNumber(amount)).toMatchObject({ ok: true, value: { cents: expected } });
  });

  it.each([
    [1.005, 'The price has more than 2 decimals.'],
    [0.1 + 0.2, 'The price has more than 2 decimals.'],
    [5e-324, 'The price has more than 2 decimals.'],
    [10_000_000, 'The price is above 9,999,999.99.'],
    [1e21, 'The price is above 9,999,999.99.'],
    [-0.01, 'The price is negative.'],
    [Number.NaN, 'The price is not a number.'],
    [Number.POSITIVE_INFINITY, 'The price is not a number.'],
    [Number.NEGATIVE_INFINITY, 'The price is not a number.'],
  ])('%d is refused: %s', (amount, expected) => {
    expect(reason(Money.fromNumber(amount))).toBe(expected);
  });
});

describe('a price from any JSON number', () => {
  const number = fc.oneof(
    fc.double(),
    fc.double({ min: -1, max: 10_000_001 }),
    // The neighbours of an amount of cents, which rounding would take for it.
    fc.tuple(cents(), fc.constantFrom(-1, 0, 1)).map(([amount, ulps]) => amount / 100 + ulps * 2 ** -31),
    fc.tuple(fc.double({ min: 0, max: 1e5 }), fc.double({ min: 0, max: 1e5 })).map(([one, other]) => one + other),
  );

  it('is the amount of cents that prints so, or refused', () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(number, (amount) => {
        const read = Money.fromNumber(amount);
        const [, decimals = ''] = String(amount).split('.');
        const isAmount = amount >= 0 && amount <= 9_999_999.99 && decimals.length <= 2 && !/e/.test(String(amount));
        expect(read.ok).toBe(isAmount);
        seen[read.ok ? 'taken' : 'refused']++;
        if (!read.ok) return;
        expect(Number.isSafeInteger(read.value.cents) && read.value.cents >= 0).toBe(true);
        expect(read.value.toNumber()).toBe(amount === 0 ? 0 : amount);
        expect(Money.fromDecimal(read.value.toString())).toEqual(read);
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(50);
  });

  it.each([
    ['19.989999999999998', 1999],
    ['1.10', 110],
    ['1e2', 10_000],
    ['12.50000000000000000001', 1250],
    ['-0', 0],
    ['9999999.99', 999_999_999],
  ])('%s is %d cents', (text, expected) => {
    expect(Money.fromNumber(JSON.parse(text) as number)).toMatchObject({ ok: true, value: { cents: expected } });
  });
});

describe('a price in plain digits', () => {
  it.each([
    ['19.99', 1999],
    ['20', 2000],
    ['0.5', 50],
    ['007.500', 750],
    ['-0.00', 0],
    ['9999999.99', 999_999_999],
  ])('%j is %d cents', (text, expected) => {
    expect(Money.fromDecimal(text)).toMatchObject({ ok: true, value: { cents: expected } });
  });

  it.each([
    ['', /not a number/],
    [' 1', /not a number/],
    ['1e1', /not a number/],
    ['0x10', /not a number/],
    ['.5', /not a number/],
    ['5.', /not a number/],
    ['+5', /not a number/],
    ['1,5', /not a number/],
    ['1_000', /not a number/],
    ['Infinity', /not a number/],
    ['５', /not a number/],
    ['-1', /negative/],
    ['-0.001', /negative/],
    ['0.005', /more than 2 decimals/],
    ['10000000', /above/],
    ['9'.repeat(400), /above/],
  ])('%j is refused', (text, expected) => {
    expect(reason(Money.fromDecimal(text))).toMatch(expected);
  });

  it('is exact for every amount, however many zeros are written around it', () => {
    fc.assert(
      fc.property(cents(), fc.nat(5), fc.nat(5), (amount, before, behind) => {
        const text = `${'0'.repeat(before)}${Money.ofCents(amount).toString()}${'0'.repeat(behind)}`;
        expect(Money.fromDecimal(text)).toMatchObject({ ok: true, value: { cents: amount } });
      }),
    );
  });
});

describe('a price from a CSV file', () => {
  it.each([
    ['19.99', 1999],
    ['19,99', 1999],
    ['19,9', 1990],
    [' 20 ', 2000],
    ['+5', 500],
    ['-0.00', 0],
    ['12.5000', 1250],
    ['0.500', 50],
    ['007.5', 750],
    ['1,234.56', 123_456],
    ['1.234,56', 123_456],
    ['1,234,567.8', 123_456_780],
    ['9999999.99', 999_999_999],
  ])('%j is %d cents', (text, expected) => {
    expect(Money.fromText(text)).toMatchObject({ ok: true, value: { cents: expected } });
  });

  it.each([
    ['1,234', /two ways/],
    ['1.500', /two ways/],
    ['19.999', /two ways/],
    ['0.005', /more than 2 decimals/],
    ['1234.567', /more than 2 decimals/],
    ['-5', /negative/],
    ['\u22125,00', /negative/],
    ['10000000', /above/],
    ['9'.repeat(400), /above/],
    ['$19.99', /currency/],
    ['19,99 €', /currency/],
    ['EUR 5', /currency/],
    ['', /not a number/],
    ['free', /not a number/],
    ['1e3', /not a number/],
    ['0x10', /not a number/],
    ['1,2,3', /not a number/],
    ['12,34.56', /not a number/],
    ['.5', /not a number/],
    ['5.', /not a number/],
    ['NaN', /not a number/],
    ['--5', /not a number/],
    ['١٢', /not a number/],
  ])('%j is refused', (text, expected) => {
    expect(reason(Money.fromText(text))).toMatch(expected);
  });

  it('reads every amount that it prints', () => {
    fc.assert(
      fc.property(cents(), (amount) => {
        const read = Money.fromText(Money.ofCents(amount).toString());
        expect(read.ok && read.value.cents).toBe(amount);
      }),
    );
  });
});

describe('the price of a loan', () => {
  it.each([
    [1999, 100, 14, 280], // 279.86
    [50, 100, 1, 1], // 0.5 is rounded up
    [49, 100, 1, 0], // 0.49 is not
    [1005, 100, 10, 101], // 100.5
    [0, 100, 30, 0],
    [1999, 0, 30, 0],
  ])('%d cents at %d basis points for %d days is %d cents', (price, rate, days, expected) => {
    expect(Money.ofCents(price).times(rate, days).cents).toBe(expected);
  });

  it('is the nearest cent, and the higher of two that are equally near', () => {
    fc.assert(
      fc.property(cents(), fc.nat(10_000), fc.nat(365), (price, rate, days) => {
        const exact = BigInt(price) * BigInt(rate) * BigInt(days);
        const off = BigInt(Money.ofCents(price).times(rate, days).cents) * 10_000n - exact;
        expect(off > -5_000n && off <= 5_000n).toBe(true);
      }),
    );
  });

  it('is not reckoned from parts of days, negative rates or amounts that are not whole cents', () => {
    expect(() => Money.ofCents(100).times(100, 1.5)).toThrow(RangeError);
    expect(() => Money.ofCents(100).times(-1, 1)).toThrow(RangeError);
    expect(() => Money.ofCents(-1)).toThrow(RangeError);
    expect(() => Money.ofCents(0.5)).toThrow(RangeError);
  });
});
