import type { Reservation } from '../domain/reservation.js';
import type { Title } from '../domain/title.js';
import type { Patience } from './crowd.js';

/** Units that nobody has, by library. */
export type FreeUnits = readonly (readonly [libraryId: string, units: number])[];

/** A customer who is held. */
export interface HeldCustomer {
  isActive: boolean;
  /** The books that they wait for or have. */
  openBooks: ReadonlySet<string>;
}

/** A title whose lock is held. */
export interface HeldTitle {
  priceCents: number;
  lastTicket: number;
  /** Pending reservations. */
  waiting: number;
  free: FreeUnits;
}

/**
 * What is held until the end of the transaction, and how it stands under the locks; without patience, what others hold is
 * missing as if it were not there.
 */
export interface Held {
  customers: ReadonlyMap<string, HeldCustomer>;
  titles: ReadonlyMap<string, HeldTitle>;
}

/**
 * What a decision about who gets a copy begins with. All calls join the current transaction, and look at many titles in
 * one statement.
 */
export abstract class TitleDesk {
  /**
   * Locks customers, books and titles, in this order and each by id. A book that is held cannot be deleted, a customer's
   * other requests wait. Users of another role are no customers.
   */
  abstract hold(customerIds: readonly string[], bookIds: readonly string[], patience: Patience): Promise<Held>;

  /** Titles whose locks are held by `Copies.lockAll`, as they are now. Those whose book is gone are left out. */
  abstract open(bookIds: readonly string[]): Promise<Title[]>;

  /**
   * Those who can have the free copies of the titles: by ticket, as many as there are copies, of each library those who
   * accept it; only who may receive a copy (`turnPolicies`).
   */
  abstract nextInLine(titles: readonly Title[]): Promise<ReadonlyMap<string, Reservation[]>>;

  /** Books with a free copy beside somebody who waits for it and may receive it. Without locks, for a sweep. */
  abstract withTurnsDue(): Promise<string[]>;
}
