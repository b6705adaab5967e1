import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { newId } from '@holdfast/kernel';
import { type ExpectedVersions, Outbox, requireVersion, UnitOfWork } from '@holdfast/platform';
import { BookCache } from './book-cache.js';
import { type HeadingKind, Headings } from './headings.js';
import type { HeadingView } from './headings.view.js';

/** A new author or genre. @throws CatalogError `<kind>-name-taken` */
export class AddHeading extends Command<HeadingView> {
  constructor(
    readonly kind: HeadingKind,
    readonly name: string,
  ) {
    super();
  }
}

@CommandHandler(AddHeading)
export class AddHeadingHandler implements ICommandHandler<AddHeading> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly headings: Headings,
  ) {}

  execute({ kind, name }: AddHeading): Promise<HeadingView> {
    return this.unitOfWork.run(async () => {
      const id = newId();
      await this.headings.add(kind, id, name);
      return this.headings.load(kind, id);
    });
  }
}

/** Another name, in all its books. @throws CatalogError `<kind>-not-found`, `<kind>-name-taken`; PreconditionFailed */
export class RenameHeading extends Command<HeadingView> {
  constructor(
    readonly kind: HeadingKind,
    readonly id: string,
    readonly name: string | undefined,
    readonly expected: ExpectedVersions,
  ) {
    super();
  }
}

@CommandHandler(RenameHeading)
export class RenameHeadingHandler implements ICommandHandler<RenameHeading> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly headings: Headings,
    private readonly outbox: Outbox,
    private readonly cache: BookCache,
  ) {}

  execute({ kind, id, name, expected }: RenameHeading): Promise<HeadingView> {
    return this.unitOfWork.run(async () => {
      const heading = await this.headings.load(kind, id);
      requireVersion(heading.version, expected);
      if (name === undefined || name === heading.name) return heading;
      const books = await this.headings.rename(kind, id, name);
      this.outbox.wakeRelay();
      this.unitOfWork.afterCommit(() => this.cache.forget(...books));
      return this.headings.load(kind, id);
    });
  }
}

/** @throws CatalogError `<kind>-not-found`, `<kind>-in-use`; PreconditionFailed */
export class RemoveHeading extends Command<void> {
  constructor(
    readonly kind: HeadingKind,
    readonly id: string,
    readonly expected: ExpectedVersions,
  ) {
    super();
  }
}

@CommandHandler(RemoveHeading)
export class RemoveHeadingHandler implements ICommandHandler<RemoveHeading> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly headings: Headings,
  ) {}

  execute({ kind, id, expected }: RemoveHeading): Promise<void> {
    return this.unitOfWork.run(async () => {
      requireVersion((await this.headings.load(kind, id)).version, expected);
      await this.headings.remove(kind, id);
    });
  }
}
