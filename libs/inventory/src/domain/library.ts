/** A place that holds copies, or an external one that only tells whether it has a book (`statusUrl`). */
export interface Library {
  id: string;
  name: string;
  address: string | null;
  /** Template of the address that an external library answers at; `{isbn}` and `{bookId}` are filled in. */
  statusUrl: string | null;
  isDefault: boolean;
  version: number;
}

/** Most units of a title at one library. */
export const MAX_UNITS = 100_000;
