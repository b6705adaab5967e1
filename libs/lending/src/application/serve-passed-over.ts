import { Injectable, Logger } from '@nestjs/common';
import { type JobDefinition, JobSource, UnitOfWork } from '@holdfast/platform';
import { TitleDesk } from './title-desk.js';
import { TitleQueue } from './title-queue.js';

const EVERY_MS = 5 * 60_000;

/**
 * Gives free copies to readers who were passed over and may have one now though no command said so: the limit of open
 * reservations was raised, which is known from the start of a process on, or a book that they waited for was deleted.
 */
@Injectable()
export class ServePassedOver extends JobSource {
  private readonly logger = new Logger('Lending');

  constructor(
    private readonly desk: TitleDesk,
    private readonly queue: TitleQueue,
    private readonly unitOfWork: UnitOfWork,
  ) {
    super();
  }

  jobs(): JobDefinition[] {
    return [{ name: 'lending-passed-over', everyMs: EVERY_MS, run: (_, signal) => this.sweep(signal) }];
  }

  async sweep(signal?: AbortSignal): Promise<void> {
    for (const bookId of await this.desk.withTurnsDue()) {
      if (signal?.aborted) return;
      await this.unitOfWork.run(() => this.queue.serve(bookId));
      this.logger.log(`readers of book ${bookId} who were passed over had their turn`);
    }
  }
}
