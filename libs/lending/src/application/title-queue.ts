import { Injectable } from '@nestjs/common';
import { Books } from '@holdfast/catalog';
import { Copies, WaitingReaders } from '@holdfast/inventory';
import { Clock } from '@holdfast/platform';
import {
  activate,
  cancel,
  grantAtOnce,
  holdsCopy,
  type Reservation,
  type ReservationRequest,
  waitWithTicket,
} from '../domain/reservation.js';
import { ReservationLog } from './reservation-log.js';
import type { ReservationView } from './reservation.view.js';
import { Reservations } from './reservations.js';
import { Terms } from './terms.js';

/**
 * Who gets a copy. Never oversold, first come first served: every unit is taken, handed on and put back here, in the
 * transaction of the command.
 *
 * One path, under the title's lock: a request takes a free unit by a conditional update, or draws a ticket, so tickets
 * follow the order of commits. A unit comes free under the same lock, through `release` or `serve` alone: it goes straight
 * to the first who accepts its library, or back to the shelf. So a free copy never stands beside somebody who could have it.
 */
@Injectable()
export class TitleQueue extends WaitingReaders {
  constructor(
    private readonly copies: Copies,
    private readonly reservations: Reservations,
    private readonly books: Books,
    private readonly log: ReservationLog,
    private readonly terms: Terms,
    private readonly clock: Clock,
  ) {
    super();
  }

  /** Gives the request a copy, or a place in the queue. */
  async admit(request: ReservationRequest, bookPriceCents: number): Promise<ReservationView> {
    const reservation = await this.allocate(request, bookPriceCents);
    await this.reservations.add(reservation);
    return this.log.record('reservation_created', reservation);
  }

  /** The reservation gives up what it has: its copy, or its place. Needs the title's lock. */
  async release(reservation: Reservation): Promise<void> {
    const { bookId } = reservation;
    if (!holdsCopy(reservation)) return this.copies.leaveQueue(bookId);
    const next = await this.reservations.firstWaiting(bookId, [reservation.libraryId]);
    if (next) await this.hand(next, reservation.libraryId);
    else await this.copies.putBack(bookId, reservation.libraryId);
  }

  async serve(bookId: string): Promise<void> {
    for (;;) {
      const next = await this.reservations.firstWaiting(bookId, await this.copies.freeLibraries(bookId));
      const library = next && (await this.copies.take(bookId, next.libraryId));
      if (!library) return;
      await this.hand(next, library);
    }
  }

  async dismiss(bookId: string): Promise<void> {
    for (const waiting of await this.reservations.queue(bookId)) {
      await this.reservations.save(cancel(waiting));
      await this.copies.leaveQueue(bookId);
      await this.log.record('reservation_cancelled', waiting);
    }
  }

  askingFor(libraryId: string): Promise<number> {
    return this.reservations.countAskingFor(libraryId);
  }

  private async allocate(request: ReservationRequest, bookPriceCents: number): Promise<Reservation> {
    const { bookId, libraryId } = request;
    const grant = (library: string) =>
      grantAtOnce(request, { libraryId: library, bookPriceCents, terms: this.terms.ofLoans });
    await this.copies.lock(bookId);
    const taken = await this.copies.take(bookId, libraryId);
    return taken ? grant(taken) : waitWithTicket(request, await this.copies.drawTicket(bookId));
  }

  /** A unit that is counted as reserved passes to one who waits. */
  private async hand(waiting: Reservation, libraryId: string): Promise<void> {
    const bookPriceCents = await this.books.priceCents(waiting.bookId);
    const grant = { libraryId, bookPriceCents, terms: this.terms.ofLoans, now: this.clock.now() };
    await this.reservations.save(activate(waiting, grant));
    await this.copies.leaveQueue(waiting.bookId);
    await this.log.record('reservation_activated', waiting);
  }
}
