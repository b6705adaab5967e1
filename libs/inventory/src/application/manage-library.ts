import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { Customers } from '@holdfast/identity';
import { isId, newId } from '@holdfast/kernel';
import { type ExpectedVersions, InvalidInput, requireVersion, Settings, UnitOfWork } from '@holdfast/platform';
import { InventoryError } from '../domain/errors.js';
import type { Library } from '../domain/library.js';
import { reasonAgainstStatusUrl } from '../domain/status-url.js';
import { Libraries } from './libraries.js';
import type { LibraryView } from './libraries.view.js';
import { GetLibrary } from './read-libraries.js';
import { WaitingReaders } from './waiting-readers.js';

export interface LibraryInput {
  name?: string;
  /** Blank: none. */
  address?: string | null;
  statusUrl?: string | null;
}

/** @throws InvalidInput; InventoryError `library-name-taken` */
export class AddLibrary extends Command<LibraryView> {
  constructor(readonly input: LibraryInput & { name: string }) {
    super();
  }
}

@CommandHandler(AddLibrary)
export class AddLibraryHandler implements ICommandHandler<AddLibrary> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly libraries: Libraries,
    private readonly queries: QueryBus,
    private readonly settings: Settings,
  ) {}

  execute({ input }: AddLibrary): Promise<LibraryView> {
    check(input, this.settings);
    return this.unitOfWork.run(async () => {
      const id = newId();
      await this.libraries.add({ ...NOTHING, id, name: input.name, ...said(input) });
      return this.queries.execute(new GetLibrary(id));
    });
  }
}

/**
 * A merge patch; when nothing is different the version stays.
 * @throws InvalidInput; InventoryError `library-not-found`, `library-name-taken`; PreconditionFailed
 */
export class ChangeLibrary extends Command<LibraryView> {
  constructor(
    readonly id: string,
    readonly change: LibraryInput,
    readonly expected: ExpectedVersions,
  ) {
    super();
  }
}

@CommandHandler(ChangeLibrary)
export class ChangeLibraryHandler implements ICommandHandler<ChangeLibrary> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly libraries: Libraries,
    private readonly queries: QueryBus,
    private readonly settings: Settings,
  ) {}

  execute({ id, change, expected }: ChangeLibrary): Promise<LibraryView> {
    check(change, this.settings);
    return this.unitOfWork.run(async () => {
      const library = await this.libraries.load(id);
      requireVersion(library.version, expected);
      const changed = { ...library, ...said(change) };
      if (differs(changed, library)) await this.libraries.save(changed);
      return this.queries.execute(new GetLibrary(id));
    });
  }
}

/**
 * Removes a library of which nobody has or wants anything; readers whose home it is have none then.
 * @throws InventoryError `library-not-found`, `library-in-use`; PreconditionFailed
 */
export class RemoveLibrary extends Command<void> {
  constructor(
    readonly id: string,
    readonly expected: ExpectedVersions,
  ) {
    super();
  }
}

@CommandHandler(RemoveLibrary)
export class RemoveLibraryHandler implements ICommandHandler<RemoveLibrary> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly libraries: Libraries,
    private readonly customers: Customers,
    private readonly waitingReaders: WaitingReaders,
  ) {}

  execute({ id, expected }: RemoveLibrary): Promise<void> {
    return this.unitOfWork.run(async () => {
      const library = await this.libraries.load(id);
      requireVersion(library.version, expected);
      if (library.isDefault) throw new InventoryError('library-in-use', 'The default library cannot be removed.');
      await this.libraries.remove(id);
      // Only now: whoever chose it in the meantime has held up the removal, and is seen.
      const readers = await this.waitingReaders.askingFor(id);
      if (readers > 0) throw new InventoryError('library-in-use', `Readers who wait for a copy there: ${readers}.`);
      await this.customers.leaveHomeLibrary(id);
    });
  }
}

const NOTHING = { address: null, statusUrl: null, isDefault: false, version: 1 };

/** @throws InvalidInput */
function check({ name, statusUrl }: LibraryInput, { privateStatusUrlsAllowed }: Settings): void {
  // A library is asked for by name or id: one that looks like the other would not be found.
  if (isId(name)) throw new InvalidInput([{ pointer: '/name', detail: 'must not be a UUID' }]);
  const reason = typeof statusUrl === 'string' ? reasonAgainstStatusUrl(statusUrl, privateStatusUrlsAllowed) : null;
  if (reason !== null) throw new InvalidInput([{ pointer: '/statusUrl', detail: reason }]);
}

/** What is undefined is not said. */
function said({ name, address, statusUrl }: LibraryInput): Partial<Library> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(address === undefined ? {} : { address: address || null }),
    ...(statusUrl === undefined ? {} : { statusUrl }),
  };
}

const differs = (one: Library, other: Library): boolean =>
  one.name !== other.name || one.address !== other.address || one.statusUrl !== other.statusUrl;
