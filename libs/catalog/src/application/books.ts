/** The catalogue as lending sees it. */
export abstract class Books {
  /** The price of a book, for whoever holds the title's lock. 0 when the book is gone. */
  abstract priceCents(bookId: string): Promise<number>;
}
