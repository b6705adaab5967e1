import type { CustomerProfile } from './customer-profile.js';
import type { User } from './user.js';

/**
 * The accounts. Usernames and addresses are unique without regard to case; changes need a transaction.
 * Whoever changes an account locks it first, so that changes of one account are made one after the other.
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
   * Adds an account and announces it (`user_registered`). A customer gets an empty profile.
   * @throws IdentityError `username-taken`, `email-taken`
   */
  abstract add(user: User): Promise<void>;
  /** @throws IdentityError `username-taken`, `email-taken` */
  abstract save(user: User): Promise<void>;
  /** Removes the account with all that hangs on it, and announces that (`user_deleted`). */
  abstract remove(user: User): Promise<void>;

  /** The profile of a customer, who always has one. */
  abstract profileOf(user: User): Promise<CustomerProfile>;
  /** @throws InvalidInput when the home library is none */
  abstract saveProfile(profile: CustomerProfile): Promise<void>;
}
