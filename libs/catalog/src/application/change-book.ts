import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Actor, type ExpectedVersions, requireVersion, UnitOfWork } from '@holdfast/platform';
import { type Book, type BookChange, changedFields, requireOwnBook } from '../domain/book.js';
import type { Metadata } from '../domain/metadata.js';
import { BookCopies } from './book-copies.js';
import { BookNews } from './book-news.js';
import { BookRepository } from './book-repository.js';
import { MetadataEditor } from './metadata-editor.js';
import { type ShownBook, ShownBookWithMetadata } from './shown-book.js';

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

interface ChangedBook {
  book: ShownBook;
  /** Where the change says something of it. */
  metadata?: Metadata;
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
    const { book, metadata } = await this.unitOfWork.run(async () => {
      const before = await this.books.load(id);
      requireOwnBook(actor, before);
      requireVersion(before.version, expected);
      return this.apply(before, change);
    });
    // What was said is known; to ask for it again could only fail.
    return metadata ? new ShownBookWithMetadata(book, metadata) : this.metadata.attach(book);
  }

  private async apply({ id, version, fields }: Book, change: BookChange): Promise<ChangedBook> {
    const after = await this.books.resolve(change, fields);
    const changed = changedFields(fields, after);
    if (change.copies && (await this.copies.set(id, change.copies))) changed.push('units', 'holdings');
    const described = change.metadata && (await this.metadata.apply(id, change.metadata, version + 1));
    if (described?.changed) changed.push('metadata');
    if (changed.length > 0) await this.books.save(id, after);
    const book = changed.length > 0 ? await this.news.updated(id, changed) : await this.news.nothing(id);
    return { book, metadata: described?.metadata };
  }
}
