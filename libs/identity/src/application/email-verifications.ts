import type { User } from '../domain/user.js';

/** Links that prove an address: unguessable, good for 24 hours, one per user; kept hashed. In a transaction only. */
export abstract class EmailVerifications {
  /** Makes a link for the present address and asks for it to be sent; the one before stops working. */
  abstract request(user: User): Promise<void>;
  /** Whom the link is for. */
  abstract ownerOf(token: string): Promise<string | null>;
  /**
   * Opens the link and gives the address that it proves; null when it is expired or replaced. A link that was opened
   * in time can be opened again for ever, for mail scanners open links before people do. Lock its owner first.
   */
  abstract open(token: string): Promise<string | null>;
}
