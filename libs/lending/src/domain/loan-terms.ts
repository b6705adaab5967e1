/** The library network's terms of lending. */
export interface LoanTerms {
  longestLoanDays: number;
  /** Open reservations (pending or active) that a customer may have. */
  openReservationsLimit: number;
  renewalsLimit: number;
  /** Price of a day in hundredths of a percent of the book's price. */
  dailyRateBasisPoints: number;
}

export const DAY_MS = 86_400_000;

/** When a reader wants to give the copy back: an instant, or a whole day until its end in UTC. */
export interface LoanEnd {
  at: Date;
  wholeDay: boolean;
}

/** Reads an RFC 3339 time or a date; null for anything else. */
export function parseLoanEnd(text: string): LoanEnd | null {
  const [form, day, time] = LOAN_END.exec(text) ?? [];
  if (form === undefined) return null;
  const wholeDay = time === undefined;
  const at = new Date(wholeDay ? `${text}T23:59:59.999Z` : text);
  if (Number.isNaN(at.getTime())) return null;
  // Date rolls 31 February over into March: such a day is refused.
  const isInEveryMonth = Number(day) <= 28;
  if (!isInEveryMonth && new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() !== Number(day)) return null;
  return { at, wholeDay };
}

const LOAN_END = /^\d{4}-\d{2}-(\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/i;

/** The last moment that a loan made or renewed at `now` may reach; for whole days, the end of the last day. */
export function latestEnd(now: Date, terms: LoanTerms, wholeDay: boolean): Date {
  const latest = new Date(now.getTime() + terms.longestLoanDays * DAY_MS);
  if (wholeDay) latest.setUTCHours(23, 59, 59, 999);
  return latest;
}
