import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { Customers } from '@holdfast/identity';
import { newId } from '@holdfast/kernel';
import { type ExpectedVersions, requireVersion, UnitOfWork } from '@holdfast/platform';
import { InventoryError } from '../domain/errors.js';
import { Libraries } from './libraries.js';
import type { LibraryView } from './libraries.view.js';
import { GetLibrary } from './read-libraries.js';

export interface LibraryInput {
  name?: string;
  address?: string | null;
  statusUrl?: string | null;
}

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
  ) {}

  execute({ input }: AddLibrary): Promise<LibraryView> {
    return this.unitOfWork.run(async () => {
      const id = newId();
      const { name, address = null, statusUrl = null } = input;
      await this.libraries.add({ id, name, address, statusUrl, isDefault: false, version: 1 });
      return this.queries.execute(new GetLibrary(id));
    });
  }
}

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
  ) {}

  execute({ id, change, expected }: ChangeLibrary): Promise<LibraryView> {
    return this.unitOfWork.run(async () => {
      const library = await this.libraries.load(id);
      requireVersion(library.version, expected);
      await this.libraries.save({ ...library, ...change });
      return this.queries.execute(new GetLibrary(id));
    });
  }
}

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
  ) {}

  execute({ id, expected }: RemoveLibrary): Promise<void> {
    return this.unitOfWork.run(async () => {
      const library = await this.libraries.load(id);
      requireVersion(library.version, expected);
      if (library.isDefault) throw new InventoryError('library-in-use', 'The default library cannot be removed.');
      await this.libraries.remove(id);
      // Only now: whoever chose it in the meantime has held up the removal, and is seen.
      await this.customers.leaveHomeLibrary(id);
    });
  }
}
