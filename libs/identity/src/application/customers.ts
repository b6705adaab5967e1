/** The customers as other contexts see them. */
export abstract class Customers {
  /**
   * Locks the customer until the end of the current transaction, so that the requests of one customer are decided one
   * after the other. Null when no user with the role customer has this id. In the order of locks it comes first.
   */
  abstract lock(customerId: string): Promise<{ id: string; isActive: boolean } | null>;
  /** For a library that goes: it is nobody's home library any more. Call it in the transaction that removed the library. */
  abstract leaveHomeLibrary(libraryId: string): Promise<void>;
}
