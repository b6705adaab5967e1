import type { ExpectedVersions } from '@holdfast/platform';

/** What inventory asks of whoever describes the title (the catalogue fills it in): the copies share the book's version. */
export abstract class TitleChanges {
  /**
   * Locks the book until the end of the transaction, before its title is.
   * @throws a 404 when there is none, PreconditionFailed when its version is not among the expected ones.
   */
  abstract begin(bookId: string, expected: ExpectedVersions): Promise<void>;
  /** The version of the book, as it is committed. @throws a 404 when there is no such book */
  abstract versionOf(bookId: string): Promise<number>;
  /** The copies have changed, in this transaction: counts the book's version up and tells it to the world. */
  abstract copiesChanged(bookId: string): Promise<void>;
}
