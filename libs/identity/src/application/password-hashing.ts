/** Passwords as argon2id hashes. The work takes some 40 ms of another thread, so call it outside of transactions. */
export abstract class PasswordHashing {
  abstract hash(password: string): Promise<string>;
  /**
   * Whether it is the password of the hash, with whatever parameters that was made. With null, for an account that is not
   * there, and for what is no argon2id hash it does the work of a new hash and says no.
   */
  abstract verify(hash: string | null, password: string): Promise<boolean>;
  /** Whether the hash was made with other parameters than those of today. */
  abstract needsRehash(hash: string): boolean;
}
