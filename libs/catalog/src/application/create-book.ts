import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { newId } from '@holdfast/kernel';
import { UnitOfWork } from '@holdfast/platform';
import type { BookDetails } from '../domain/book.js';
import { checkedSize, mergePatch, type Metadata } from '../domain/metadata.js';
import { BookCopies } from './book-copies.js';
import { BookMetadata } from './book-metadata.js';
import { BookNews } from './book-news.js';
import { BookRepository } from './book-repository.js';
import { ShownBookWithMetadata } from './shown-book.js';

/**
 * Makes a book with its authors, genre, copies and metadata.
 * @throws CatalogError `isbn-taken`, `author-not-found`, `metadata-too-large`; InventoryError `library-not-found`
 */
export class CreateBook extends Command<ShownBookWithMetadata> {
  constructor(
    readonly details: BookDetails,
    readonly createdBy: string | null,
  ) {
    super();
  }
}

@CommandHandler(CreateBook)
export class CreateBookHandler implements ICommandHandler<CreateBook> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly books: BookRepository,
    private readonly copies: BookCopies,
    private readonly metadata: BookMetadata,
    private readonly news: BookNews,
  ) {}

  async execute({ details, createdBy }: CreateBook): Promise<ShownBookWithMetadata> {
    const id = newId();
    const metadata = metadataOf(details);
    return this.unitOfWork.run(async () => {
      await this.books.add(id, await this.books.resolve(details), createdBy);
      await this.copies.open(id, details.copies);
      if (Object.keys(metadata).length > 0) await this.metadata.stage({ bookId: id, version: 1, data: metadata });
      return new ShownBookWithMetadata(await this.news.created(id), metadata);
    });
  }
}

const metadataOf = ({ metadata }: BookDetails): Metadata =>
  checkedSize('replace' in metadata ? metadata.replace : (mergePatch({}, metadata.merge) as Metadata));
