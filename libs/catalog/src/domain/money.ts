import { parsed, refused, type Parsed } from './parsed.js';

const MOST_CENTS = 999_999_999;
const NOT_A_NUMBER = 'The price is not a number.';
const NEGATIVE = 'The price is negative.';
const TOO_FINE = 'The price has more than 2 decimals.';
const TOO_HIGH = 'The price is above 9,999,999.99.';

/** An amount in whole cents of the network's one currency, never negative. */
export class Money {
  static readonly zero = new Money(0);

  private constructor(readonly cents: number) {}

  /** From a store that keeps cents. Throws RangeError unless `cents` is a safe integer from 0 on. */
  static ofCents(cents: number): Money {
    if (!Number.isSafeInteger(cents) || cents < 0) throw new RangeError(`Not an amount in cents: ${cents}`);
    return new Money(cents === 0 ? 0 : cents);
  }

  /**
   * A price as JSON carries it: 0 to 9,999,999.99 with at most 2 decimals. A JSON number is the double nearest to its
   * text, and of every amount of cents there is exactly one; any other double is refused, never rounded. So
   * 19.989999999999998, as some clients write 19.99, is 19.99, and 0.1 + 0.2 is refused.
   */
  static fromNumber(amount: number): Parsed<Money> {
    if (!Number.isFinite(amount)) return refused(NOT_A_NUMBER);
    if (amount < 0) return refused(NEGATIVE);
    if (amount > MOST_CENTS / 100) return refused(TOO_HIGH);
    const cents = Math.round(amount * 100);
    // Division rounds correctly, so it gives the same double again exactly when the text had 2 decimals or fewer.
    return cents / 100 === amount ? parsed(Money.ofCents(cents)) : refused(TOO_FINE);
  }

  /** A price in plain decimal digits, as a query string carries it: `19.99`, `20`. */
  static fromDecimal(text: string): Parsed<Money> {
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
    return match ? ofDigits(match[2] ?? '', match[3] ?? '', match[1] === '-') : refused(NOT_A_NUMBER);
  }

  /**
   * A price as CSV files carry it: `19.99`, `19,99`, `1,234.56` and `1.234,56`. Where three digits follow the only
   * separator (`1,234`) it could be either, so it is refused; so is a currency sign, since prices have one currency
   * here and another one must not pass for it.
   */
  static fromText(text: string): Parsed<Money> {
    const trimmed = text.trim();
    const isNegative = /^[-\u2212]/.test(trimmed);
    const plain = withDecimalPoint(trimmed.replace(/^[-+\u2212]/, ''));
    if (!plain.ok) return plain;
    const [whole = '', decimals = ''] = plain.value.split('.');
    return ofDigits(whole, decimals, isNegative);
  }

  /** This amount × rate × days, rounded half up to cents, in whole numbers. 100 basis points are 1 %. */
  times(rateInBasisPoints: number, days: number): Money {
    const exact = BigInt(this.cents) * wholeFactor(rateInBasisPoints) * wholeFactor(days);
    return Money.ofCents(Number((exact + 5_000n) / 10_000n));
  }

  /** For JSON: the nearest number, which prints with at most 2 decimals. */
  toNumber(): number {
    return this.cents / 100;
  }

  /** Always with 2 decimals: `19.90`. */
  toString(): string {
    return this.toNumber().toFixed(2);
  }
}

function ofDigits(whole: string, decimals: string, isNegative: boolean): Parsed<Money> {
  if (isNegative && /[1-9]/.test(whole + decimals)) return refused(NEGATIVE);
  if (/[1-9]/.test(decimals.slice(2))) return refused(TOO_FINE);
  const cents = Number(whole + decimals.slice(0, 2).padEnd(2, '0'));
  return cents > MOST_CENTS ? refused(TOO_HIGH) : parsed(Money.ofCents(cents));
}

function withDecimalPoint(text: string): Parsed<string> {
  if (/^\d+$/.test(text)) return parsed(text);
  if (/^\p{Sc}|\p{Sc}$|^[A-Z]{3}\s|\s[A-Z]{3}$/u.test(text)) {
    return refused('The price has a currency; give a plain number.');
  }
  if (/^[1-9]\d{0,2}[.,]\d{3}$/.test(text)) {
    return refused('The price can be read in two ways, with decimals or with thousands; write 1234.00 or 1.23.');
  }
  if (/^\d+[.,]\d+$/.test(text)) return parsed(text.replace(',', '.'));
  if (/^\d{1,3}(,\d{3})+\.\d{1,2}$/.test(text)) return parsed(text.replaceAll(',', ''));
  if (/^\d{1,3}(\.\d{3})+,\d{1,2}$/.test(text)) return parsed(text.replaceAll('.', '').replace(',', '.'));
  return refused(NOT_A_NUMBER);
}

function wholeFactor(value: number): bigint {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Not a whole number from 0 on: ${value}`);
  return BigInt(value);
}
