import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Books } from '@holdfast/catalog';
import { type Actor, Clock, type ExpectedVersions, UnitOfWork } from '@holdfast/platform';
import type { LoanEnd } from '../domain/loan-terms.js';
import { holdsCopy, renew } from '../domain/reservation.js';
import { OpenReservation } from './open-reservation.js';
import { ReservationLog } from './reservation-log.js';
import type { ReservationView } from './reservation.view.js';
import { Reservations } from './reservations.js';
import { Terms } from './terms.js';

/** A longer time for an active reservation, priced anew as a whole. */
export class RenewReservation extends Command<ReservationView> {
  constructor(
    readonly id: string,
    readonly until: LoanEnd,
    readonly actor: Actor,
    readonly expected: ExpectedVersions,
  ) {
    super();
  }
}

@CommandHandler(RenewReservation)
export class RenewReservationHandler implements ICommandHandler<RenewReservation> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly openReservation: OpenReservation,
    private readonly reservations: Reservations,
    private readonly books: Books,
    private readonly log: ReservationLog,
    private readonly terms: Terms,
    private readonly clock: Clock,
  ) {}

  execute({ id, until, actor, expected }: RenewReservation): Promise<ReservationView> {
    return this.unitOfWork.run(async () => {
      const reservation = await this.openReservation.lock(id, actor, expected);
      const somebodyWaits =
        holdsCopy(reservation) &&
        (await this.reservations.firstWaiting(reservation.bookId, [reservation.libraryId])) !== null;
      const request = { now: this.clock.now(), until, terms: this.terms.ofLoans, somebodyWaits };
      const bookPriceCents = await this.books.priceCents(reservation.bookId);
      await this.reservations.save(renew(reservation, request, bookPriceCents));
      return this.log.record('reservation_renewed', reservation);
    });
  }
}
