import type { HeadingView } from './headings.view.js';

/** What books are filed under: authors and genres. They differ in nothing but their books. */
export type HeadingKind = 'author' | 'genre';

/** Where authors and genres are kept. All calls need a transaction and join it. */
export abstract class Headings {
  /** Locked, and no book can begin to name it, until the end of the transaction. @throws `<kind>-not-found` */
  abstract load(kind: HeadingKind, id: string): Promise<HeadingView>;
  /** @throws `<kind>-name-taken` */
  abstract add(kind: HeadingKind, id: string, name: string): Promise<void>;
  /**
   * Gives a loaded one another name, in its books too: each gets a new version and its event.
   * @returns the books. @throws `<kind>-name-taken`
   */
  abstract rename(kind: HeadingKind, id: string, name: string): Promise<string[]>;
  /** @throws `<kind>-in-use` while a book names it. */
  abstract remove(kind: HeadingKind, id: string): Promise<void>;
}
