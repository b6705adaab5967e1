import type { CodePurpose } from '../domain/one-time-code.js';
import type { User } from '../domain/user.js';

/** A code that may be compared once: the try is used up, whatever comes of it. */
export interface ClaimedCode {
  userId: string;
  purpose: CodePurpose;
  codeHash: string;
}

/** Codes of six digits that are mailed: good for ten minutes, five tries and one use; one per user and purpose, kept hashed. */
export abstract class OneTimeCodes {
  /**
   * Keeps the hash of a code for the present address of the user, and asks for the code to be mailed there; the one before
   * is dead. In a transaction that has locked the account.
   */
  abstract issue(user: User, purpose: CodePurpose, code: { plain: string; hash: string }): Promise<void>;
  /**
   * Uses up one try of the living code that was mailed to this address, whatever its case. Null when there is none: also
   * when the account is inactive or has another address now. Call it outside of a transaction, so that the try counts
   * before the code is compared, and of any number of guesses at once five are compared.
   */
  abstract claimTry(email: string, purpose: CodePurpose): Promise<ClaimedCode | null>;
}
