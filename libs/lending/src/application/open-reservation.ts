import { Injectable } from '@nestjs/common';
import { Copies } from '@holdfast/inventory';
import { type Actor, type ExpectedVersions, Forbidden, isLendingStaff, requireVersion } from '@holdfast/platform';
import type { Reservation } from '../domain/reservation.js';
import { Reservations } from './reservations.js';

/** A reservation whose title is locked, and how many wait for each title that is. */
export interface LockedReservation {
  reservation: Reservation;
  waiting: ReadonlyMap<string, number>;
}

/** How every command comes to the reservation that it changes. */
@Injectable()
export class OpenReservation {
  constructor(
    private readonly reservations: Reservations,
    private readonly copies: Copies,
  ) {}

  /**
   * Locks the title and reads the reservation as it is then.
   * @throws LendingError `reservation-not-found`; Forbidden when it is another reader's; PreconditionFailed
   */
  async lock(id: string, actor: Actor, expected: ExpectedVersions): Promise<LockedReservation> {
    const { bookId } = await this.find(id, actor);
    return this.lockTitles(id, [bookId], expected);
  }

  /**
   * The same for one that is about to end. Who has more open than is allowed is passed over elsewhere, and may have a turn
   * there with one fewer: those titles are locked as well. So two of theirs that end at once do not miss each other.
   */
  async lockToEnd(id: string, actor: Actor, expected: ExpectedVersions): Promise<LockedReservation> {
    const { bookId, customerId } = await this.find(id, actor);
    return this.lockTitles(id, [bookId, ...(await this.reservations.passedOverAt(customerId))], expected);
  }

  private async find(id: string, actor: Actor): Promise<Reservation> {
    const reservation = await this.reservations.find(id);
    requireOwn(reservation.customerId, actor);
    return reservation;
  }

  private async lockTitles(id: string, bookIds: string[], expected: ExpectedVersions): Promise<LockedReservation> {
    // A title that is gone has ended the places in its queue: the reservation says so, read again.
    const waiting = await this.copies.lockAll(bookIds);
    const reservation = await this.reservations.find(id);
    requireVersion(reservation.version, expected);
    return { reservation, waiting };
  }
}

/** @throws Forbidden unless the actor is that customer, or staff of lending */
export function requireOwn(customerId: string, actor: Actor): void {
  if (customerId !== actor.userId && !isLendingStaff(actor.role))
    throw new Forbidden('This belongs to another reader.');
}
