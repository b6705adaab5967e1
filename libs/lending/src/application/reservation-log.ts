import { Injectable } from '@nestjs/common';
import { BookCache } from '@holdfast/catalog';
import { Outbox, UnitOfWork } from '@holdfast/platform';
import { ReservationFigures } from './reservation-figures.js';
import type { ReservationView } from './reservation.view.js';
import { type ReservationChange, Reservations } from './reservations.js';
import { TitleNews } from './title-news.js';

/** Keeps what happened to reservations, and tells of it: the outbox, who listens, the metrics, and the books' cache, which forgets. */
@Injectable()
export class ReservationLog {
  constructor(
    private readonly reservations: Reservations,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    private readonly bookCache: BookCache,
    private readonly news: TitleNews,
    private readonly figures: ReservationFigures,
  ) {}

  /** Call it under the titles' locks, in the transaction of the change. Gives what the API shows of each now. */
  async record(...changes: readonly ReservationChange[]): Promise<ReservationView[]> {
    if (changes.length === 0) return [];
    const views = await this.reservations.record(changes);
    const bookIds = [...new Set(changes.map(({ reservation }) => reservation.bookId))];
    this.outbox.wakeRelay();
    this.news.tell(bookIds);
    this.unitOfWork.afterCommit(() => this.bookCache.forget(...bookIds));
    this.unitOfWork.afterCommit(() => this.figures.count(changes));
    return views;
  }
}
