import { DAY_MS, type LoanTerms } from './loan-terms.js';

/** Days begun between two instants; at least one. */
export const daysBegun = (start: Date, end: Date): number =>
  Math.max(1, Math.ceil((end.getTime() - start.getTime()) / DAY_MS));

/**
 * Price of a loan in cents: price of the book × daily rate × days begun, rounded half up to the cent.
 * In whole numbers throughout, so no floating point is in it.
 */
export function loanPrice(bookPriceCents: number, start: Date, end: Date, terms: LoanTerms): number {
  const product = BigInt(bookPriceCents) * BigInt(terms.dailyRateBasisPoints) * BigInt(daysBegun(start, end));
  return Number((product + 5_000n) / 10_000n);
}
