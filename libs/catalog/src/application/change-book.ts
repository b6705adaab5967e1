import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Actor, type ExpectedVersions, requireVersion, UnitOfWork } from '@holdfast/platform';
import { type Book, type BookChange, changedFields, requireOwnBook } from '../domain/book.js';
import { BookCopies } from './book-copies.js';
import { BookNews } from './book-news.js';
import { BookRepository } from './book-repository.js';
import { MetadataEditor } from './metadata-editor.js';
import type { ShownBook, ShownBookWithMetadata } from './shown-book.js';

/**
 * Changes a book: a replacement says every detail, a patch some. One version and one event for all of it; none when
 * nothing is different.
 * @throws CatalogError `book-not-found`, `not-your-book`, `isbn-taken`, `author-not-found`, `metadata-too-large`,
 * `metadata-unavailable` (a merge), `units-held-elsewhere`; InventoryError `library-not-found`, `fewer-than-reserved`;
 * PreconditionFailed
 */
export class ChangeBook extends Command<ShownBookWithMetadata> {
  constructor(
    readonly id: string,
    readonly change: BookChange,
    readonly actor: Pick<Actor, 'userId' | 'role'>,
    readonly expected: ExpectedVersions,
  ) {
    super();
  }
}

@CommandHandler(ChangeBook)
export class ChangeBookHandler implements ICommandHandler<ChangeBook> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly books: BookRepository,
    private readonly copies: BookCopies,
    private readonly metadata: MetadataEditor,
    private readonly news: BookNews,
  ) {}

  async execute({ id, change, actor, expected }: ChangeBook): Promise<ShownBookWithMetadata> {
    const book = await this.unitOfWork.run(async () => {
      const before = await this.books.load(id);
      requireOwnBook(actor, before);
      requireVersion(before.version, expected);
      return this.apply(before, change);
    });
    return this.metadata.attach(book);
  }

  private async apply({ id, version, fields }: Book, change: BookChange): Promise<ShownBook> {
    const after = await this.books.resolve(change, fields);
    const changed = changedFields(fields, after);
    if (change.copies && (await this.copies.set(id, change.copies))) changed.push('units', 'holdings');
    if (change.metadata && (await this.metadata.apply(id, change.metadata, version + 1))) changed.push('metadata');
    if (changed.length === 0) return this.news.nothing(id);
    await this.books.save(id, after);
    return this.news.updated(id, changed);
  }
}
