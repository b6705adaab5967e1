import { Injectable } from '@nestjs/common';
import { Broadcast, UnitOfWork } from '@holdfast/platform';

const CHANNEL = 'lending.titles';
/** Titles that change within it are told of together. */
const TOGETHER_MS = 10;

/**
 * Tells every process at which titles something has changed. A hint: it may be lost, and whoever must know looks for
 * themselves now and then.
 */
@Injectable()
export class TitleNews {
  private readonly changed = new Set<string>();

  constructor(
    private readonly broadcast: Broadcast,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** After the commit of the current transaction; nobody waits for it. */
  tell(bookIds: readonly string[]): void {
    this.unitOfWork.afterCommit(() => {
      if (this.changed.size === 0) setTimeout(() => this.send(), TOGETHER_MS).unref();
      for (const bookId of bookIds) this.changed.add(bookId);
    });
  }

  /** `lost` is called when something may have been missed. */
  listen(hear: (bookIds: readonly string[]) => void, lost: () => void): void {
    this.broadcast.listen(CHANNEL, (message) => hear(message.split(',')), lost);
  }

  private send(): void {
    const message = [...this.changed].join();
    this.changed.clear();
    void this.broadcast.tell(CHANNEL, message);
  }
}
