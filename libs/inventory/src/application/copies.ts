/** The first copies of a new title at one library. */
export interface FirstHolding {
  /** Null: the default one. */
  libraryId: string | null;
  units: number;
}

/** A title to be made, each library named at most once. */
export interface NewTitle {
  bookId: string;
  holdings: readonly FirstHolding[];
}

/** How many units of a title a library shall have; 0 ends the holding. */
export interface UnitsWanted {
  bookId: string;
  libraryId: string;
  units: number;
}

/** What a library has of a title. */
export interface Holding extends UnitsWanted {
  /** The library's name. */
  library: string;
  reserved: number;
}

/**
 * The copies of every title, and the lock that orders what happens to them. A title is a book seen from the shelves:
 * its holdings (units and reserved units per library) and its queue. All calls join the current transaction.
 *
 * Never oversold: `reserved` moves under the title's lock and by conditional updates only, and the database checks
 * `0 <= reserved <= units`.
 * Order of locks, to stay free of deadlocks: the customer, the book, the title, its holdings; titles by book id.
 */
export abstract class Copies {
  /** Makes the titles of new books with their first copies, in one statement. @throws InventoryError `library-not-found` */
  abstract open(titles: readonly NewTitle[]): Promise<void>;

  /** Locks the title until the end of the transaction. @throws InventoryError `title-not-found` */
  abstract lock(bookId: string): Promise<void>;

  /**
   * Locks those of the titles that there are, in the order of their ids, in one statement. Gives for each how many
   * readers wait.
   */
  abstract lockAll(bookIds: readonly string[]): Promise<ReadonlyMap<string, number>>;

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

  /** All holdings of the titles; they stay as they are under the titles' locks. */
  abstract holdings(bookIds: readonly string[]): Promise<Holding[]>;

  /**
   * In one statement, each holding named once. Needs the titles' locks.
   * @throws InventoryError `library-not-found`, `fewer-than-reserved`
   */
  abstract writeUnits(wanted: readonly UnitsWanted[]): Promise<void>;

  /** Removes the title and its holdings. Needs the title's lock. @throws InventoryError `copies-reserved` */
  abstract remove(bookId: string): Promise<void>;
}
