/** What identity asks of whoever keeps the libraries (inventory fills it in). */
export abstract class HomeLibraries {
  /** True: the library stays until the end of the current transaction. */
  abstract exists(libraryId: string): Promise<boolean>;
}
