/** The catalogue as lending, and whoever names a book, sees it. */
export abstract class Books {
  /** The price of a book, for whoever holds the title's lock. 0 when the book is gone. */
  abstract priceCents(bookId: string): Promise<number>;
  /** Null when the book is gone. */
  abstract title(bookId: string): Promise<string | null>;
}
