import { Injectable } from '@nestjs/common';
import { FewerThanReserved, InventoryError, type RefusedUnits } from '../domain/errors.js';
import { Copies, type Holding, type NewTitle, type UnitsWanted } from './copies.js';
import { WaitingReaders } from './waiting-readers.js';

/** The titles as whoever keeps the books sees them. All calls join the current transaction. */
@Injectable()
export class Titles {
  constructor(
    private readonly copies: Copies,
    private readonly waitingReaders: WaitingReaders,
  ) {}

  /**
   * Books are new: each has a title with its first copies, for which nobody can wait yet. One statement for all.
   * @throws InventoryError `library-not-found`
   */
  open(titles: readonly NewTitle[]): Promise<void> {
    return this.copies.open(titles);
  }

  /**
   * Sets units at libraries, each holding named once; what is not named stays. All are written before anybody is
   * served, so copies that move to another library serve those who wait there. The number of statements depends only
   * on who is served. Tells whether anything changed.
   * @throws FewerThanReserved that names every holding which cannot be; InventoryError `title-not-found`,
   * `library-not-found`
   */
  async setUnits(wanted: readonly UnitsWanted[]): Promise<boolean> {
    if (wanted.length === 0) return false;
    const waiting = await this.lockAll(new Set(wanted.map(({ bookId }) => bookId)));
    const changes = changesTo(wanted, await this.copies.holdings([...waiting.keys()]));
    const refused = changes.filter(({ to, reserved }) => to < reserved);
    if (refused.length > 0) throw new FewerThanReserved(refused);
    if (changes.length === 0) return false;
    await this.copies.writeUnits(changes.map(({ bookId, libraryId, to }) => ({ bookId, libraryId, units: to })));
    const raised = new Set(changes.filter(({ from, to }) => to > from).map(({ bookId }) => bookId));
    for (const [bookId, readers] of waiting) {
      if (readers > 0 && raised.has(bookId)) await this.waitingReaders.serve(bookId);
    }
    return true;
  }

  /**
   * The book goes, and with it its copies and the places in its queue.
   * @throws InventoryError `copies-reserved` while a copy is out
   */
  async close(bookId: string): Promise<void> {
    await this.copies.lock(bookId);
    await this.waitingReaders.dismiss(bookId);
    await this.copies.remove(bookId);
  }

  private async lockAll(bookIds: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
    const waiting = await this.copies.lockAll([...bookIds]);
    if (waiting.size < bookIds.size) throw new InventoryError('title-not-found', 'There is no such book.');
    return waiting;
  }
}

interface UnitsChange extends RefusedUnits {
  bookId: string;
  libraryId: string;
  from: number;
}

/** What differs from what there is. */
function changesTo(wanted: readonly UnitsWanted[], present: readonly Holding[]): UnitsChange[] {
  const placeOf = ({ bookId, libraryId }: UnitsWanted): string => `${bookId} ${libraryId}`;
  const held = new Map(present.map((holding) => [placeOf(holding), holding]));
  return wanted
    .map((one) => {
      const { units: from = 0, reserved = 0, library = '' } = held.get(placeOf(one)) ?? {};
      return { bookId: one.bookId, libraryId: one.libraryId, library, from, to: one.units, reserved };
    })
    .filter(({ from, to }) => from !== to);
}
