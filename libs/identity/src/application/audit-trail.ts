import type { AccountAction, FieldChange } from '../domain/account-changes.js';

/**
 * Who did what to which account, and when. Lines are written in the transaction of the change, so they tell of nothing
 * that did not happen. The actor and the request are those of the present call; no actor: nobody was signed in
 * (registration, the link of a mail, a code), or the program did it by itself.
 */
export abstract class AuditTrail {
  abstract record(userId: string, action: AccountAction, changes?: readonly FieldChange[]): Promise<void>;
  /** For an account that goes: its lines stay, but tell only its roles and states, no longer who it was. */
  abstract forgetPersonalValues(userId: string): Promise<void>;
}
