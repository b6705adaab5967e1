/** What lending must know of a book. */
export interface BookForLending {
  id: string;
  title: string;
  priceCents: number;
}

/** The catalogue as lending sees it. */
export abstract class Books {
  /** Null: there is no such book. In a transaction the book cannot be deleted before its end. */
  abstract forLending(bookId: string): Promise<BookForLending | null>;

  /** Its price, without a lock: for whoever holds the title's lock, which comes after the book's. 0 when it is gone. */
  abstract priceCents(bookId: string): Promise<number>;
}
