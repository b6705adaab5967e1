/** What identity asks before an account is deleted, of whoever lends copies (lending fills it in). */
export abstract class AccountClosing {
  /**
   * Ends what the user has open. Called in the transaction that deletes the account, with the account locked.
   * @throws DomainError with a code of status 409 while the user has copies out; nothing is deleted then.
   */
  abstract close(userId: string): Promise<void>;
}
