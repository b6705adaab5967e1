/** What identity asks of whoever keeps the libraries (inventory fills it in). */
export abstract class HomeLibraries {
  abstract exists(libraryId: string): Promise<boolean>;
}
