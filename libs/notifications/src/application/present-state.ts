import type { Reader, ReservationNow } from '../domain/mail-policies.js';

/**
 * What the other contexts know at this moment. Asked before each mail, for what an event told may have passed since. The
 * apps fill it in: notifications itself knows nothing but events.
 */
export abstract class PresentState {
  /** Null: there is no such account. */
  abstract reader(userId: string): Promise<Reader | null>;
  /** Null: there is none. */
  abstract reservation(id: string): Promise<ReservationNow | null>;
  /** Null: there is no such book. */
  abstract bookTitle(id: string): Promise<string | null>;
}
