import { Injectable } from '@nestjs/common';
import { TitleChanges } from '@holdfast/inventory';
import { type ExpectedVersions, requireVersion } from '@holdfast/platform';
import { BookNews } from './book-news.js';
import { BookRepository } from './book-repository.js';

/** The book's part when a person changes its copies at a library: version, event, cache. */
@Injectable()
export class RecordCopiesChanged extends TitleChanges {
  constructor(
    private readonly books: BookRepository,
    private readonly news: BookNews,
  ) {
    super();
  }

  async begin(bookId: string, expected: ExpectedVersions): Promise<void> {
    requireVersion((await this.books.load(bookId)).version, expected);
  }

  async copiesChanged(bookId: string): Promise<void> {
    const { fields } = await this.books.load(bookId);
    await this.books.save(bookId, fields);
    await this.news.updated(bookId, ['units', 'holdings']);
  }
}
