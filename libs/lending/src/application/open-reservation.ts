import { Injectable } from '@nestjs/common';
import { Copies } from '@holdfast/inventory';
import { type Actor, type ExpectedVersions, Forbidden, isLendingStaff, requireVersion } from '@holdfast/platform';
import type { Reservation } from '../domain/reservation.js';
import { Reservations } from './reservations.js';

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
  async lock(id: string, actor: Actor, expected: ExpectedVersions): Promise<Reservation> {
    const { bookId, customerId } = await this.reservations.find(id);
    requireOwn(customerId, actor);
    // A title that is gone has ended the places in its queue: the reservation says so, read again.
    await this.copies.lockAll([bookId]);
    const reservation = await this.reservations.find(id);
    requireVersion(reservation.version, expected);
    return reservation;
  }
}

/** @throws Forbidden unless the actor is that customer, or staff of lending */
export function requireOwn(customerId: string, actor: Actor): void {
  if (customerId !== actor.userId && !isLendingStaff(actor.role))
    throw new Forbidden('This belongs to another reader.');
}
