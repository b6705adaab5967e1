import { Injectable } from '@nestjs/common';
import { Cache } from '@holdfast/platform';

/** The longest that a process may show an old state when nobody could tell its cache. */
const TTL_SECONDS = 60;
const KEYS_AT_ONCE = 500;

/** Books as ready JSON. Whoever changes what a book's answer shows forgets it after the commit. */
@Injectable()
export class BookCache {
  constructor(private readonly cache: Cache) {}

  /** The JSON of the book; an error of `load` is the caller's, and nothing is kept then. */
  async getOrLoad(bookId: string, load: () => Promise<string>): Promise<string> {
    return (await this.cache.getOrLoad(keyOf(bookId), TTL_SECONDS, load)) ?? load();
  }

  /** Never throws. */
  async forget(...bookIds: readonly string[]): Promise<void> {
    for (let from = 0; from < bookIds.length; from += KEYS_AT_ONCE) {
      await this.cache.forget(...bookIds.slice(from, from + KEYS_AT_ONCE).map(keyOf));
    }
  }
}

const keyOf = (bookId: string): string => `book:${bookId}`;
