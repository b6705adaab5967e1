/** What inventory asks of whoever keeps the queues (lending fills it in). All calls join the current transaction. */
export abstract class WaitingReaders {
  /** Units may have become free: hands them to those who wait, in the order of their tickets. Under the title's lock. */
  abstract serve(bookId: string): Promise<void>;
  /** The title goes: ends every place in its queue. Under the title's lock. */
  abstract dismiss(bookId: string): Promise<void>;
  /** How many wait for a copy of this library, and of no other. */
  abstract askingFor(libraryId: string): Promise<number>;
}
