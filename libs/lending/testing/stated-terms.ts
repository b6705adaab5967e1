/** The terms of lending as the contract states them, for tests: written down anew, so that a changed default is seen. */
export interface StatedTerms {
  longestLoanDays: number;
  openReservations: number;
  renewals: number;
  /** Hundredths of a percent of the book's price for a day. */
  dailyRateBasisPoints: number;
}

export const lendingTerms: StatedTerms = {
  longestLoanDays: 30,
  openReservations: 10,
  renewals: 2,
  dailyRateBasisPoints: 100,
};
