/** Passwords as argon2id hashes. Both take some 40 ms of another thread, so call them outside of transactions. */
export abstract class PasswordHashing {
  abstract hash(password: string): Promise<string>;
  /** With null, for an account that is not there, it does the same work and says no. */
  abstract verify(hash: string | null, password: string): Promise<boolean>;
}
