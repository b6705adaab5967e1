import { applied, differences, type FieldChange } from './account-changes.js';

export interface ProfileChanges {
  fullName?: string | null;
  phone?: string | null;
  homeLibraryId?: string | null;
  notifyByEmail?: boolean;
}

/** What a customer tells about themselves, under the user's id. Its version is the user's. */
export class CustomerProfile {
  userId!: string;
  fullName!: string | null;
  phone!: string | null;
  homeLibraryId!: string | null;
  notifyByEmail!: boolean;

  static empty(userId: string): CustomerProfile {
    const nothing = { fullName: null, phone: null, homeLibraryId: null, notifyByEmail: true };
    return Object.assign(new CustomerProfile(), { userId, ...nothing });
  }

  /** Gives what really changed. */
  change(asked: ProfileChanges): FieldChange[] {
    const changes = differences<keyof ProfileChanges>(this, asked);
    Object.assign(this, applied(changes));
    return changes;
  }
}
