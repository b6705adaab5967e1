import { createHash } from 'node:crypto';

/** At most `quota` uses in any window of that many seconds. `name` is what the RateLimit headers call it: `[a-z0-9-]`. */
export interface RateLimit {
  name: string;
  quota: number;
  windowSeconds: number;
}

/** A use that is to be counted: under which limit, and on whose account. A key may be of any length, and secret. */
export interface LimitedUse {
  limit: RateLimit;
  key: string;
}

/** Where a limit stands after a use was counted, or refused. */
export interface LimitState {
  limit: RateLimit;
  /** Uses in the window that ends now, this one included if it was counted and not given back. */
  used: number;
  /**
   * Seconds, rounded up, until so many of them have fallen out of the window that there is room for one more than now; the
   * whole window when there are none.
   */
  resetSeconds: number;
}

/** What a store calls the key: short, however long it is, and no e-mail address can be read from it. */
export const nameOfKey = (key: string): string => createHash('sha256').update(key).digest('base64url');
