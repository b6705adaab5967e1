import { Injectable } from '@nestjs/common';
import { TitleChanges } from '@holdfast/inventory';
import { Database, type ExpectedVersions, requireVersion } from '@holdfast/platform';
import { bookNotFound } from '../domain/errors.js';
import { BookNews } from './book-news.js';
import { BookRepository } from './book-repository.js';

/** The book's part when a person changes its copies at a library: version, event, cache. */
@Injectable()
export class RecordCopiesChanged extends TitleChanges {
  constructor(
    private readonly database: Database,
    private readonly books: BookRepository,
    private readonly news: BookNews,
  ) {
    super();
  }

  async begin(bookId: string, expected: ExpectedVersions): Promise<void> {
    requireVersion((await this.books.load(bookId)).version, expected);
  }

  async versionOf(bookId: string): Promise<number> {
    const [book] = await this.database.prepared<{ version: number }>(
      'book_version',
      'SELECT version FROM catalog.books WHERE id = $1',
      [bookId],
    );
    if (!book) throw bookNotFound();
    return book.version;
  }

  async copiesChanged(bookId: string): Promise<void> {
    const { fields } = await this.books.load(bookId);
    await this.books.save(bookId, fields);
    await this.news.updated(bookId, ['units', 'holdings']);
  }
}
