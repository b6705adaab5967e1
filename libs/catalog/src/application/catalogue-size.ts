import { Injectable } from '@nestjs/common';
import { Database } from '@holdfast/platform';

const REMEMBERED_MS = 1000;

/** How many books there are, counted up to a number. That there are more is remembered for a second: a count costs a page. */
@Injectable()
export class CatalogueSize {
  private moreUntil = 0;

  constructor(private readonly database: Database) {}

  /** One more than `most` where there are more. */
  async upTo(most: number): Promise<number> {
    if (performance.now() < this.moreUntil) return most + 1;
    const [counted] = await this.database.prepared<{ books: number }>(
      'books_count',
      'SELECT count(*)::int AS books FROM (SELECT FROM catalog.books LIMIT $1) AS counted',
      [most + 1],
    );
    const books = counted?.books ?? 0;
    if (books > most) this.moreUntil = performance.now() + REMEMBERED_MS;
    return books;
  }
}
