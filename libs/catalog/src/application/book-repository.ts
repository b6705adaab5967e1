import type { Book, BookChange, BookDetails, BookFields } from '../domain/book.js';

/** Where books are kept. All calls need a transaction and join it. */
export abstract class BookRepository {
  /** Locked against changes until the end of the transaction. @throws CatalogError `book-not-found` */
  abstract load(id: string): Promise<Book>;

  /** As `load`, and nobody may begin to refer to it either. @throws CatalogError `book-not-found` */
  abstract loadToDelete(id: string): Promise<Book>;

  /**
   * What is to be stored: names of authors and the genre become ids, and new ones are made. What a change does not say
   * is taken from `present`.
   * @throws CatalogError `author-not-found` for an unknown id.
   */
  abstract resolve(details: BookDetails): Promise<BookFields>;
  abstract resolve(change: BookChange, present: BookFields): Promise<BookFields>;

  /** With version 1. @throws CatalogError `isbn-taken` */
  abstract add(id: string, fields: BookFields, createdBy: string | null): Promise<void>;

  /** Counts the version up. @throws CatalogError `isbn-taken` */
  abstract save(id: string, fields: BookFields): Promise<void>;

  abstract remove(id: string): Promise<void>;
}
