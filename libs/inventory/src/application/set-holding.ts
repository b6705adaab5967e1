import { Command, CommandHandler, type ICommandHandler, QueryBus } from '@nestjs/cqrs';
import { type ExpectedVersions, UnitOfWork } from '@holdfast/platform';
import type { VersionedAvailability } from './libraries.view.js';
import { Libraries } from './libraries.js';
import { GetAvailability } from './read-libraries.js';
import { TitleChanges } from './title-changes.js';
import { Titles } from './titles.js';

/** Sets the units of a book at a library; more of them serve the queue at once. */
export class SetHolding extends Command<VersionedAvailability> {
  constructor(
    readonly bookId: string,
    readonly libraryId: string,
    readonly units: number,
    readonly expected: ExpectedVersions,
  ) {
    super();
  }
}

@CommandHandler(SetHolding)
export class SetHoldingHandler implements ICommandHandler<SetHolding> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly libraries: Libraries,
    private readonly titles: Titles,
    private readonly titleChanges: TitleChanges,
    private readonly queries: QueryBus,
  ) {}

  execute({ bookId, libraryId, units, expected }: SetHolding): Promise<VersionedAvailability> {
    return this.unitOfWork.run(async () => {
      await this.titleChanges.begin(bookId, expected);
      await this.libraries.resolve(libraryId);
      const changed = await this.titles.setUnits([{ bookId, libraryId, units }]);
      if (changed) await this.titleChanges.copiesChanged(bookId);
      return this.queries.execute(new GetAvailability(bookId));
    });
  }
}
