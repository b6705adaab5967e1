import { Injectable } from '@nestjs/common';
import { BookCache } from '@holdfast/catalog';
import { Outbox, UnitOfWork } from '@holdfast/platform';
import type { LendingEventName } from '../domain/events.js';
import type { Reservation } from '../domain/reservation.js';
import { ReservationViews } from './reservation-views.js';
import type { ReservationView } from './reservation.view.js';

/** Tells what happened to a reservation: the event in the outbox, as the API shows it, and the book's cache to forget. */
@Injectable()
export class ReservationLog {
  constructor(
    private readonly views: ReservationViews,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    private readonly bookCache: BookCache,
  ) {}

  /** Call it after the change was saved, in its transaction. Gives what the API shows now. */
  async record(event: LendingEventName, { id, bookId }: Pick<Reservation, 'id' | 'bookId'>): Promise<ReservationView> {
    const view = await this.views.one(id);
    await this.outbox.append({ type: event, subject: `reservations/${id}`, data: view });
    this.unitOfWork.afterCommit(() => this.bookCache.forget(bookId));
    return view;
  }
}
