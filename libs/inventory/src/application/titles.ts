import { Injectable } from '@nestjs/common';
import { Copies, WaitingReaders } from './copies.js';

/** The titles as whoever keeps the books sees them. All calls join the current transaction. */
@Injectable()
export class Titles {
  constructor(
    private readonly copies: Copies,
    private readonly waitingReaders: WaitingReaders,
  ) {}

  /** Books are new: each has a title, and no copies yet. Doing it again changes nothing. */
  open(...bookIds: string[]): Promise<void> {
    return this.copies.open(...bookIds);
  }

  /**
   * Sets the units at a library (0 ends the holding); more of them serve the queue at once.
   * Tells whether anything changed.
   * @throws InventoryError `title-not-found`, `library-not-found`, `fewer-than-reserved`
   */
  async setUnits(bookId: string, libraryId: string, units: number): Promise<boolean> {
    await this.copies.lock(bookId);
    const before = await this.copies.unitsAt(bookId, libraryId);
    if (units === before) return false;
    await this.copies.writeUnits(bookId, libraryId, units);
    if (units > before) await this.waitingReaders.serve(bookId);
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
}
