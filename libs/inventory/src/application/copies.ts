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

/** What a decision changes of a title's copies, and of the counters of its queue. */
export interface TitleChange {
  bookId: string;
  /** How many more units are reserved at a library; fewer when negative. */
  reserved: readonly { libraryId: string; by: number }[];
  /** Tickets that were drawn. */
  joined: number;
  /** Places that were given up, or became copies. */
  left: number;
}

/**
 * The copies of every title, and the lock that orders what happens to them. A title is a book seen from the shelves:
 * its holdings (units and reserved units per library) and its queue. All calls join the current transaction.
 *
 * Never oversold: `reserved` moves under the title's lock and in `settle` only, and the database checks
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
   * What was decided at titles whose locks are held, in one statement: units that were taken, handed back, tickets that
   * were drawn, places that were left.
   * @throws Error when the holdings are not as they were read: then nothing may be kept
   */
  abstract settle(changes: readonly TitleChange[]): Promise<void>;

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
