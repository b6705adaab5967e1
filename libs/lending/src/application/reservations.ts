import type { Reservation } from '../domain/reservation.js';

/** What decides whether a customer may reserve a book. */
export interface Standing {
  openReservations: number;
  hasThisBookOpen: boolean;
}

/** Where reservations are kept. All calls join the current transaction. */
export abstract class Reservations {
  /** As it is now, without a lock. @throws LendingError `reservation-not-found` */
  abstract find(id: string): Promise<Reservation>;
  /** @throws LendingError `already-reserved` when the customer has this book open (the index decides, not a look) */
  abstract add(reservation: Reservation): Promise<void>;
  /** Saves a change made under the title's lock and counts the version up. */
  abstract save(reservation: Reservation): Promise<void>;
  abstract standing(customerId: string, bookId: string): Promise<Standing>;
  /** The first in the queue, by ticket, who accepts one of the libraries and whose account is active, if any. */
  abstract firstWaiting(bookId: string, libraryIds: readonly string[]): Promise<Reservation | null>;
  /** Everybody who waits for the title, by ticket. */
  abstract queue(bookId: string): Promise<Reservation[]>;
  /** How many wait for a copy of this library, and of no other. */
  abstract countAskingFor(libraryId: string): Promise<number>;
  /** The customer's pending and active ones, by book. */
  abstract openOf(customerId: string): Promise<Reservation[]>;
}
