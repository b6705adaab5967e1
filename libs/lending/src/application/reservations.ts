import type { LendingEventName } from '../domain/events.js';
import type { Reservation } from '../domain/reservation.js';
import type { ReservationView } from './reservation.view.js';

/** A new reservation, or another state of one, and the event that tells of it. */
export interface ReservationChange {
  event: LendingEventName;
  reservation: Reservation;
  /** Of a new one that waits. */
  place?: QueuePlace;
  /** W3C trace context of the request that asked for it, where it is not the current one. */
  traceparent?: string;
  /** The id of that request. */
  requestId?: string;
}

/** Where one who waits stands. */
export interface QueuePlace {
  /** 1 is next. */
  position: number;
  estimatedFrom: Date | null;
}

/** Where reservations are kept. All calls join the current transaction. */
export abstract class Reservations {
  /** As it is now, without a lock. @throws LendingError `reservation-not-found` */
  abstract find(id: string): Promise<Reservation>;
  /**
   * Saves changes made under the titles' locks, counts the versions of changed ones up, and appends the events, in one
   * statement. Gives what the API shows of each.
   * @throws LendingError `already-reserved` when a customer has the book open (the index decides, not a look)
   */
  abstract record(changes: readonly ReservationChange[]): Promise<ReservationView[]>;
  /** Whether somebody who may receive a copy waits for the title and accepts the library. */
  abstract somebodyWaitsFor(bookId: string, libraryId: string): Promise<boolean>;
  /** Everybody who waits for the title, by ticket. */
  abstract queue(bookId: string): Promise<Reservation[]>;
  /** How many wait for a copy of this library, and of no other. */
  abstract countAskingFor(libraryId: string): Promise<number>;
  /** The customer's pending and active ones, by book. */
  abstract openOf(customerId: string): Promise<Reservation[]>;
  /** The books that a customer waits for who is passed over, since they have more open reservations than are allowed. */
  abstract passedOverAt(customerId: string): Promise<string[]>;
}
