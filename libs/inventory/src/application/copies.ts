/**
 * The copies of every title, and the lock that orders what happens to them. A title is a book seen from the shelves:
 * its holdings (units and reserved units per library) and its queue. All calls join the current transaction.
 *
 * Never oversold: `reserved` moves under the title's lock and by conditional updates only, and the database checks
 * `0 <= reserved <= units`.
 * Order of locks, to stay free of deadlocks: the customer, the book, the title, its holdings.
 */
export abstract class Copies {
  /** Makes the titles of new books, in one statement; doing it again changes nothing. */
  abstract open(...bookIds: string[]): Promise<void>;

  /** Locks the title until the end of the transaction. @throws InventoryError `title-not-found` */
  abstract lock(bookId: string): Promise<void>;

  /**
   * Takes a free unit of the library, or of whichever has most free ones (null), by one conditional update.
   * Gives the library; null: there is none. Needs the title's lock.
   */
  abstract take(bookId: string, libraryId: string | null): Promise<string | null>;

  /** The libraries that have a free unit of the title. Needs the title's lock. */
  abstract freeLibraries(bookId: string): Promise<string[]>;

  /** Frees a unit that was taken. Needs the title's lock; only the queue's release function calls it. */
  abstract putBack(bookId: string, libraryId: string): Promise<void>;

  /** Joins the queue: the next ticket of the title. Needs the title's lock, so tickets follow the order of commits. */
  abstract drawTicket(bookId: string): Promise<number>;

  /** One reader fewer waits. Needs the title's lock. */
  abstract leaveQueue(bookId: string): Promise<void>;

  /** The units of the title at a library; 0 where it has no holding. */
  abstract unitsAt(bookId: string, libraryId: string): Promise<number>;

  /** Needs the title's lock. 0 ends the holding. @throws InventoryError `library-not-found`, `fewer-than-reserved` */
  abstract writeUnits(bookId: string, libraryId: string, units: number): Promise<void>;

  /** Removes the title and its holdings. Needs the title's lock. @throws InventoryError `copies-reserved` */
  abstract remove(bookId: string): Promise<void>;
}

/** What inventory asks of whoever keeps the queue (lending fills it in). Called under the title's lock. */
export abstract class WaitingReaders {
  /** Units may have become free: hands them to those who wait, in the order of their tickets. */
  abstract serve(bookId: string): Promise<void>;
  /** The title goes: ends every place in its queue. */
  abstract dismiss(bookId: string): Promise<void>;
}
