/** How an account is reached, for contexts that write to its owner. */
export interface Contact {
  email: string;
  emailVerified: boolean;
  /** The full name in the profile, else the username. */
  name: string;
  isActive: boolean;
  /** The choice in the profile; true for an account without one. */
  wantsNotices: boolean;
}

export abstract class Contacts {
  /** As it is now; null: there is no such account. */
  abstract find(userId: string): Promise<Contact | null>;
}
