import { Injectable } from '@nestjs/common';
import { type JobDefinition, JobSource, Outbox, Settings, UnitOfWork } from '@holdfast/platform';

const EVERY_MS = 60_000;
/** Reservations of one transaction. */
const TOGETHER = 200;

/** Active reservations of whose end nobody has been told. All calls join the current transaction. */
export abstract class DueReminders {
  /**
   * Gives the reminders that are due by the database's clock, up to `limit`: marks the reservations and appends the events
   * `reservation_ends_soon` and `reservation_overdue`, once for each occasion. What others are at is left to them. What has
   * ended already is overdue, and ends soon no more. Gives how many reminders there were.
   */
  abstract give(limit: number, noticeHours: number): Promise<number>;
}

/**
 * Tells of reservations that end soon, or should have ended. What is due is in the database; the job only says when to
 * look, so a scheduler that is lost, or one too many, changes nothing but the minute.
 */
@Injectable()
export class Reminders extends JobSource {
  constructor(
    private readonly due: DueReminders,
    private readonly unitOfWork: UnitOfWork,
    private readonly outbox: Outbox,
    private readonly settings: Settings,
  ) {
    super();
  }

  jobs(): JobDefinition[] {
    return [{ name: 'lending-reminders', everyMs: EVERY_MS, run: (_, signal) => this.sweep(signal) }];
  }

  async sweep(signal?: AbortSignal): Promise<void> {
    let given = TOGETHER;
    while (given >= TOGETHER && !signal?.aborted) given = await this.unitOfWork.run(() => this.giveSome());
  }

  private async giveSome(): Promise<number> {
    const given = await this.due.give(TOGETHER, this.settings.endsSoonHours);
    if (given > 0) this.outbox.wakeRelay();
    return given;
  }
}
