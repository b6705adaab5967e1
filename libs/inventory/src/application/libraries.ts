import type { Library } from '../domain/library.js';

/** The name of a library with its id. */
export interface LibraryReference {
  id: string;
  name: string;
}

/** Where libraries are kept. All calls join the current transaction. */
export abstract class Libraries {
  /**
   * The library of that id or name (case and accents do not matter). In a transaction it cannot be removed before its end.
   * @throws InventoryError `library-not-found`
   */
  abstract resolve(nameOrId: string): Promise<LibraryReference>;
  /** Likewise for many, in one statement: by what was given, without those that there are not. */
  abstract resolveAll(namesOrIds: readonly string[]): Promise<ReadonlyMap<string, LibraryReference>>;
  /** The one that takes units for which no library is named. */
  abstract defaultLibrary(): Promise<LibraryReference>;
  /** Locked until the end of the transaction. @throws InventoryError `library-not-found` */
  abstract load(id: string): Promise<Library>;
  /** @throws InventoryError `library-name-taken` */
  abstract add(library: Library): Promise<void>;
  /** Saves a loaded one and counts its version up. @throws InventoryError `library-name-taken` */
  abstract save(library: Library): Promise<void>;
  /** @throws InventoryError `library-in-use` while it holds units. */
  abstract remove(id: string): Promise<void>;
}
