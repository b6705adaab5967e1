/** What identity asks when an account is deleted or comes back, of whoever lends copies (lending fills it in). */
export abstract class AccountClosing {
  /**
   * Ends what the user has open. Called in the transaction that deletes the account, with the account locked.
   * @throws DomainError with a code of status 409 while the user has copies out; nothing is deleted then.
   */
  abstract close(userId: string): Promise<void>;
  /**
   * The account is active again: what its owner waits for, and was passed over with, is given now if it is free. Called in
   * the transaction that activates the account, with the account locked.
   */
  abstract reopen(userId: string): Promise<void>;
}
