import type { AccountChange, AccountOpening, FieldChange } from './account-changes.js';
import type { CustomerProfile, ProfileChanges } from './customer-profile.js';
import type { User } from './user.js';

/**
 * The accounts. Usernames and addresses are unique without regard to case; changes need a transaction, and each is
 * written into the audit trail. Whoever changes an account locks it first, so that changes of one account are made one
 * after the other.
 */
export abstract class UserRepository {
  /** By username, or by address when there is an `@` in it. */
  abstract findByLogin(login: string): Promise<User | null>;
  abstract find(id: string): Promise<User | null>;
  /** Locks the account until the end of the transaction. */
  abstract lock(id: string): Promise<User | null>;
  /** Waits for everybody else who decides about admins, then gives all of them, also the inactive. */
  abstract lockAdmins(): Promise<User[]>;

  /**
   * Adds an account and announces it (`user_registered`). A customer gets a profile, empty but for what is given.
   * @throws IdentityError `username-taken`, `email-taken`; InvalidInput when the home library is none
   */
  abstract add(user: User, how: AccountOpening, profile?: ProfileChanges): Promise<void>;
  /** @throws IdentityError `username-taken`, `email-taken` */
  abstract save(user: User, change: AccountChange): Promise<void>;
  /** Keeps the same password under another hash, unless it was changed since it was read. Nothing else changes. */
  abstract rehash(seen: User, passwordHash: string): Promise<void>;
  /** Removes the account with all that hangs on it, and announces that (`user_deleted`). */
  abstract remove(user: User): Promise<void>;

  /** The profile of a customer, who always has one. */
  abstract profileOf(user: User): Promise<CustomerProfile>;
  /** Saves what changed of a profile, and with it the user. @throws InvalidInput when the new home library is none */
  abstract saveProfile(user: User, changes: readonly FieldChange[]): Promise<void>;
}
