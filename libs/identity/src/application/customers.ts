/** The customers as other contexts see them. */
export abstract class Customers {
  /** For a library that goes: it is nobody's home library any more. Call it in the transaction that removed the library. */
  abstract leaveHomeLibrary(libraryId: string): Promise<void>;
}
