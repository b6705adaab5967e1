import { Injectable } from '@nestjs/common';
import { Copies, WaitingReaders } from '@holdfast/inventory';
import { Clock } from '@holdfast/platform';
import { cancel, type Reservation } from '../domain/reservation.js';
import { Title } from '../domain/title.js';
import { QueuePlaces } from './queue-places.js';
import { ReservationLog } from './reservation-log.js';
import type { ReservationView } from './reservation.view.js';
import { type ReservationChange, Reservations } from './reservations.js';
import { Terms } from './terms.js';
import { TitleDesk } from './title-desk.js';

/** A reservation that ends: as it was, what it becomes, and the event that tells of it. */
export interface Ending {
  before: Reservation;
  change: ReservationChange;
}

/**
 * How a copy comes free. Whatever the reason (a return, a cancellation, an account that closes or comes back, copies that
 * were added or moved), it happens in `handOn` and nowhere else: under the title's lock, in the transaction of the reason,
 * the copy goes to the earliest ticket that accepts its library and may receive it, or back to the shelf. So a free copy
 * never stands beside somebody who could have it. How requests get their copies or tickets: `RequestDesk`.
 */
@Injectable()
export class TitleQueue extends WaitingReaders {
  constructor(
    private readonly copies: Copies,
    private readonly desk: TitleDesk,
    private readonly reservations: Reservations,
    private readonly places: QueuePlaces,
    private readonly log: ReservationLog,
    private readonly terms: Terms,
    private readonly clock: Clock,
  ) {
    super();
  }

  /**
   * Ends the reservations, if any, and hands all free copies of the titles on. Needs the locks of the titles; `waiting`
   * tells how many wait for each, the endings included. Gives what the API shows of those that ended.
   */
  async handOn(waiting: ReadonlyMap<string, number>, endings: readonly Ending[]): Promise<ReservationView[]> {
    const titles = await this.titlesOf(waiting, endings);
    for (const { before } of endings) giveUp(titles.get(before.bookId), before);
    // What ended is written first: it neither waits any more nor counts against its reader's limit.
    const ended = await this.log.record(...endings.map(({ change }) => change));
    const all = [...titles.values()];
    const activated = await this.handOut(all.filter(({ bookId, change }) => (waiting.get(bookId) ?? 0) > change.left));
    await this.keep(all, activated);
    return ended;
  }

  /** The free copies of titles, whose locks are held, to those who are next. To be kept together with the titles. */
  async handOut(titles: readonly Title[]): Promise<ReservationChange[]> {
    const lines = await this.desk.nextInLine(titles);
    const now = this.clock.now();
    return titles.flatMap((title) =>
      title
        .handOut(lines.get(title.bookId) ?? [], this.terms.ofLoans, now)
        .map((reservation) => ({ event: 'reservation_activated' as const, reservation })),
    );
  }

  /** Writes what was decided at the titles, and tells of it. Gives what the API shows of each change. */
  async keep(titles: readonly Title[], changes: readonly ReservationChange[]): Promise<ReservationView[]> {
    const placed = await this.places.add(titles, changes);
    // In one round trip: neither needs to know of the other, and both are undone when one fails.
    const settled = this.copies.settle(titles.map(({ change }) => change));
    const [views] = await Promise.all([this.log.record(...placed), settled]);
    return views;
  }

  async serve(bookId: string): Promise<void> {
    await this.handOn(await this.copies.lockAll([bookId]), []);
  }

  async dismiss(bookId: string): Promise<void> {
    const places = await this.reservations.queue(bookId);
    await this.copies.settle([{ bookId, reserved: [], joined: 0, left: places.length }]);
    await this.log.record(
      ...places.map((place) => ({ event: 'reservation_cancelled' as const, reservation: cancel(place) })),
    );
  }

  askingFor(libraryId: string): Promise<number> {
    return this.reservations.countAskingFor(libraryId);
  }

  /** Where nobody waits, nothing of a title needs to be read: what comes back goes to the shelf. */
  private async titlesOf(
    waiting: ReadonlyMap<string, number>,
    endings: readonly Ending[],
  ): Promise<ReadonlyMap<string, Title>> {
    const crowded = [...waiting].flatMap(([bookId, readers]) => (readers > 0 ? [bookId] : []));
    const titles = new Map((await this.desk.open(crowded)).map((title) => [title.bookId, title]));
    for (const { before } of endings) {
      const { bookId } = before;
      if (!titles.has(bookId)) titles.set(bookId, new Title({ bookId, priceCents: 0, free: [], lastTicket: 0 }));
    }
    return titles;
  }
}

function giveUp(title: Title | undefined, before: Reservation): void {
  if (before.status === 'active' && before.libraryId) title?.takeBack(before.libraryId);
  else title?.leave();
}
