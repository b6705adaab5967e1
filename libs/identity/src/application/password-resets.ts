import type { ClaimedCode } from './one-time-codes.js';

/** Tokens that set another password: 256 random bits, good for 15 minutes and one use, one per user; kept hashed. */
export abstract class PasswordResets {
  /** Spends a code that was right for a token. Null when it was used or replaced since, or the account is inactive. */
  abstract open(code: ClaimedCode): Promise<string | null>;
  /** Whom a living token is for. */
  abstract ownerOf(token: string): Promise<string | null>;
  /** Tells whether the token was alive; of several at once, one hears yes. In a transaction that has locked its owner. */
  abstract spend(token: string): Promise<boolean>;
  /** Ends the user's token and codes: for when the password or the address is another, or the account inactive. */
  abstract cancel(userId: string): Promise<void>;
}
