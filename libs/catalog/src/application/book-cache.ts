import { Injectable } from '@nestjs/common';
import { Cache } from '@holdfast/platform';

/** The longest that a process may show an old state when nobody could tell its cache. */
const TTL_SECONDS = 60;

/** Books as ready JSON. Whoever changes what a book's answer shows forgets it after the commit. */
@Injectable()
export class BookCache {
  constructor(private readonly cache: Cache) {}

  /** The JSON of the book; an error of `load` is the caller's, and nothing is kept then. */
  async getOrLoad(bookId: string, load: () => Promise<string>): Promise<string> {
    return (await this.cache.getOrLoad(keyOf(bookId), TTL_SECONDS, load)) ?? load();
  }

  /** The JSON of the book when it is there; at once where this process has it. */
  find(bookId: string): string | null | Promise<string | null> {
    return this.cache.find(keyOf(bookId));
  }

  /** Never throws. */
  forget(...bookIds: readonly string[]): Promise<void> {
    return this.cache.forget(...bookIds.map(keyOf));
  }
}

const keyOf = (bookId: string): string => `book:${bookId}`;
