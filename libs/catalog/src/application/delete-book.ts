import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Actor, type ExpectedVersions, requireVersion, UnitOfWork } from '@holdfast/platform';
import { requireOwnBook } from '../domain/book.js';
import { BookCopies } from './book-copies.js';
import { BookMetadata } from './book-metadata.js';
import { BookNews } from './book-news.js';
import { BookRepository } from './book-repository.js';

/**
 * Deletes a book with its copies and metadata; those who wait for it lose their place.
 * @throws CatalogError `book-not-found`, `not-your-book`; InventoryError `copies-reserved`; PreconditionFailed
 */
export class DeleteBook extends Command<void> {
  constructor(
    readonly id: string,
    readonly actor: Pick<Actor, 'userId' | 'role'>,
    readonly expected: ExpectedVersions,
  ) {
    super();
  }
}

@CommandHandler(DeleteBook)
export class DeleteBookHandler implements ICommandHandler<DeleteBook> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly books: BookRepository,
    private readonly copies: BookCopies,
    private readonly metadata: BookMetadata,
    private readonly news: BookNews,
  ) {}

  execute({ id, actor, expected }: DeleteBook): Promise<void> {
    return this.unitOfWork.run(async () => {
      const book = await this.books.loadToDelete(id);
      requireOwnBook(actor, book);
      requireVersion(book.version, expected);
      await this.copies.close(id);
      await this.metadata.stage({ bookId: id, version: book.version + 1, data: null });
      await this.books.remove(id);
      await this.news.deleted({ id, isbn: book.fields.isbn, title: book.fields.title });
    });
  }
}
