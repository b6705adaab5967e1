import { applied, differences, type FieldChange } from './account-changes.js';
import { IdentityError } from './errors.js';

/** The same names as in the permission table of the platform: where they meet, a difference does not compile. */
export type Role = 'admin' | 'librarian' | 'editor' | 'author' | 'customer';

export interface NewUser {
  id: string;
  username: string;
  email: string;
  passwordHash: string;
  role: Role;
  emailVerified?: boolean;
}

export interface UserChanges {
  username?: string;
  email?: string;
  role?: Role;
  isActive?: boolean;
}

/** An account. What can be seen of it has a `version` that grows with every change; the password is not seen. */
export class User {
  id!: string;
  username!: string;
  email!: string;
  passwordHash!: string;
  role!: Role;
  isActive!: boolean;
  emailVerified!: boolean;
  version!: number;
  createdAt!: Date;
  updatedAt!: Date;

  static open(account: NewUser, now: Date): User {
    const fresh = { emailVerified: false, isActive: true, version: 1, createdAt: now, updatedAt: now };
    return Object.assign(new User(), { ...fresh, ...account });
  }

  /** Gives what really changed. A new address is an unverified one. */
  change(asked: UserChanges, now: Date): FieldChange[] {
    const changes = differences<keyof UserChanges>(this, asked);
    if (changes.length === 0) return changes;
    Object.assign(this, applied(changes));
    if (changes.some(({ field }) => field === 'email')) this.emailVerified = false;
    this.touch(now);
    return changes;
  }

  verifyEmail(now: Date): void {
    if (this.emailVerified) return;
    this.emailVerified = true;
    this.touch(now);
  }

  /** Something that is shown with the account changed. */
  touch(now: Date): void {
    this.version++;
    this.updatedAt = now;
  }

  get mayAdminister(): boolean {
    return this.role === 'admin' && this.isActive;
  }
}

/**
 * For a user who ceases to administer: somebody else must be left who can.
 * @throws IdentityError `last-admin`
 */
export function anotherAdminIsLeft(leaving: User, admins: readonly User[]): void {
  if (admins.some((admin) => admin.id !== leaving.id && admin.mayAdminister)) return;
  throw new IdentityError('last-admin', 'This is the last active admin: make another one first.');
}
