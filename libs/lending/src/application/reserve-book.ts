import { Injectable } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Books, CatalogError } from '@holdfast/catalog';
import { Customers, IdentityError } from '@holdfast/identity';
import { Libraries } from '@holdfast/inventory';
import { newId } from '@holdfast/kernel';
import { Clock, UnitOfWork } from '@holdfast/platform';
import type { LoanEnd } from '../domain/loan-terms.js';
import { refuseReservation } from '../domain/reservation-policies.js';
import type { ReservationView } from './reservation.view.js';
import { Reservations } from './reservations.js';
import { Terms } from './terms.js';
import { TitleQueue } from './title-queue.js';

/** A copy of the book for the customer, at once or when their turn comes. `library`: name or id; undefined: any. */
export class ReserveBook extends Command<ReservationView> {
  constructor(
    readonly customerId: string,
    readonly bookId: string,
    readonly until: LoanEnd,
    readonly library?: string,
  ) {
    super();
  }
}

/** Whether a customer may reserve. Locks the customer, so that limits hold for requests at the same time. */
@Injectable()
export class Eligibility {
  constructor(
    private readonly customers: Customers,
    private readonly reservations: Reservations,
    private readonly terms: Terms,
  ) {}

  /** @throws IdentityError `customer-not-found`; LendingError of the policy that refuses */
  async check({ customerId, bookId, until }: ReserveBook, now: Date): Promise<void> {
    const customer = await this.customers.lock(customerId);
    if (!customer) throw new IdentityError('customer-not-found', 'There is no such customer.');
    const standing = await this.reservations.standing(customerId, bookId);
    refuseReservation({
      now,
      until,
      terms: this.terms.ofLoans,
      customer: { isActive: customer.isActive, ...standing },
    });
  }
}

@CommandHandler(ReserveBook)
export class ReserveBookHandler implements ICommandHandler<ReserveBook> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly eligibility: Eligibility,
    private readonly books: Books,
    private readonly libraries: Libraries,
    private readonly queue: TitleQueue,
    private readonly clock: Clock,
  ) {}

  execute(command: ReserveBook): Promise<ReservationView> {
    const { customerId, bookId, until, library } = command;
    return this.unitOfWork.run(async () => {
      const now = this.clock.now();
      await this.eligibility.check(command, now);
      const book = await this.books.forLending(bookId);
      if (!book) throw new CatalogError('book-not-found', 'There is no such book.');
      const libraryId = library === undefined ? null : (await this.libraries.resolve(library)).id;
      const request = { id: newId(), bookId, customerId, libraryId, requestedAt: now, requestedUntil: until.at };
      return this.queue.admit(request, book.priceCents);
    });
  }
}
