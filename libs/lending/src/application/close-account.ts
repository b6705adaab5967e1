import { Injectable } from '@nestjs/common';
import { AccountClosing } from '@holdfast/identity';
import { Copies } from '@holdfast/inventory';
import { LendingError } from '../domain/errors.js';
import { cancel, holdsCopy } from '../domain/reservation.js';
import { Reservations } from './reservations.js';
import { TitleQueue } from './title-queue.js';

/** An account that goes gives up its places in queues; with copies out it stays. One that comes back takes its turn. */
@Injectable()
export class CloseAccount extends AccountClosing {
  constructor(
    private readonly reservations: Reservations,
    private readonly copies: Copies,
    private readonly queue: TitleQueue,
  ) {
    super();
  }

  async close(userId: string): Promise<void> {
    const waiting = await this.lockTitlesOf(userId);
    // Read again under the locks: a place may have become a copy meanwhile.
    const held = await this.reservations.openOf(userId);
    const out = held.filter(holdsCopy).length;
    if (out > 0) throw new LendingError('copies-out', `The account has ${out} ${out === 1 ? 'copy' : 'copies'} out.`);
    const endings = held.map((before) => ({
      before,
      change: { event: 'reservation_cancelled' as const, reservation: cancel(before) },
    }));
    await this.queue.handOn(waiting, endings);
  }

  async reopen(userId: string): Promise<void> {
    await this.queue.handOn(await this.lockTitlesOf(userId), []);
  }

  /** Of those that are still there: who waited for a book that is deleted meanwhile waits no more. */
  private async lockTitlesOf(userId: string): Promise<ReadonlyMap<string, number>> {
    const open = await this.reservations.openOf(userId);
    return this.copies.lockAll(open.map(({ bookId }) => bookId));
  }
}
