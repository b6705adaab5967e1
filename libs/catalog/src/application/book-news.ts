import { Injectable } from '@nestjs/common';
import { Database, Outbox, UnitOfWork } from '@holdfast/platform';
import type { BookField } from '../domain/book.js';
import { BookCache } from './book-cache.js';
import { readBook, type ShownBook } from './shown-book.js';

/**
 * Tells of a change of a book in the transaction that makes it, under the book's lock: one event, and the cache forgets
 * the book after the commit.
 */
@Injectable()
export class BookNews {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    private readonly cache: BookCache,
  ) {}

  /** Gives the book as it is now. */
  async created(id: string): Promise<ShownBook> {
    const book = await readBook(this.database, id);
    await this.tell('book_created', id, dataOf(book));
    return book;
  }

  /** Gives the book as it is now. */
  async updated(id: string, changed: readonly BookField[]): Promise<ShownBook> {
    const book = await readBook(this.database, id);
    await this.tell('book_updated', id, { ...dataOf(book), changed });
    return book;
  }

  /** Nothing was different: tells nobody. Gives the book as it is. */
  nothing(id: string): Promise<ShownBook> {
    return readBook(this.database, id);
  }

  async deleted(book: { id: string; isbn: string | null; title: string }): Promise<void> {
    await this.tell('book_deleted', book.id, book);
  }

  private async tell(type: string, id: string, data: object): Promise<void> {
    await this.outbox.append({ type, subject: `books/${id}`, data });
    this.unitOfWork.afterCommit(() => this.cache.forget(id));
  }
}

const dataOf = ({ json }: ShownBook): object => JSON.parse(json) as object;
