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
      const { reservation, waiting } = await this.openReservation.lock(id, actor, expected);
      const { bookId } = reservation;
      const somebodyWaits =
        holdsCopy(reservation) &&
        (waiting.get(bookId) ?? 0) > 0 &&
        (await this.reservations.somebodyWaitsFor(bookId, reservation.libraryId));
      const request = { now: this.clock.now(), until, terms: this.terms.ofLoans, somebodyWaits };
      const renewed = renew(reservation, request, await this.books.priceCents(bookId));
      const [view] = await this.log.record({ event: 'reservation_renewed', reservation: renewed });
      return view as ReservationView;
    });
  }
}
