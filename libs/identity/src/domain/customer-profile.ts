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

  /** Tells whether anything changed. */
  change(changes: ProfileChanges): boolean {
    const asked = Object.entries(changes) as [keyof ProfileChanges, ProfileChanges[keyof ProfileChanges]][];
    const real = asked.filter(([name, value]) => value !== undefined && value !== this[name]);
    Object.assign(this, Object.fromEntries(real));
    return real.length > 0;
  }
}
