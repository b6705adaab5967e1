import { Injectable, Logger } from '@nestjs/common';
import {
  Clock,
  isConnectionFailure,
  type JobDefinition,
  JobSource,
  Outbox,
  Settings,
  UnitOfWork,
} from '@holdfast/platform';

const EVERY_MS = 60_000;
/** Reservations of one transaction. */
const TOGETHER = 200;
/** A reminder that fails by itself is left out for so long: there may be more of its kind than fit into one transaction. */
const PUT_OFF_MS = 3_600_000;

export interface DueReminder {
  reservationId: string;
  kind: 'ends_soon' | 'overdue';
}

/** Active reservations of whose end nobody has been told. All calls join the current transaction. */
export abstract class DueReminders {
  /**
   * Up to `limit` of those that are due by the database's clock, longest first, and locks their reservations; none of
   * `except`, and only `only` when it is given. What others are at is left to them. What has ended already is overdue, and
   * ends soon no more.
   */
  abstract lock(limit: number, noticeHours: number, except: readonly string[], only?: string): Promise<DueReminder[]>;
  /**
   * Marks what was locked and appends the events `reservation_ends_soon` and `reservation_overdue`, once for each occasion.
   */
  abstract give(reminders: readonly DueReminder[]): Promise<void>;
}

/**
 * Tells of reservations that end soon, or should have ended. What is due is in the database; the job only says when to
 * look, so a scheduler that is lost, or one too many, changes nothing but the minute. One that cannot be given holds up
 * no other: the others of its transaction are given each in their own.
 */
@Injectable()
export class Reminders extends JobSource {
  private readonly logger = new Logger(Reminders.name);
  /** By reservation, until when. */
  private readonly putOff = new Map<string, number>();

  constructor(
    private readonly due: DueReminders,
    private readonly unitOfWork: UnitOfWork,
    private readonly outbox: Outbox,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {
    super();
  }

  jobs(): JobDefinition[] {
    return [{ name: 'lending-reminders', everyMs: EVERY_MS, run: (_, signal) => this.sweep(signal) }];
  }

  async sweep(signal?: AbortSignal): Promise<void> {
    this.takeUpAgain();
    let looked = TOGETHER;
    while (looked >= TOGETHER && !signal?.aborted) looked = await this.giveSome(signal);
  }

  private async giveSome(signal?: AbortSignal): Promise<number> {
    let locked: DueReminder[] = [];
    try {
      await this.unitOfWork.run(async () => {
        locked = await this.lock();
        await this.give(locked);
      });
    } catch (error) {
      if (locked.length === 0 || isConnectionFailure(error)) throw error;
      await this.giveEach(locked, signal);
    }
    return locked.length;
  }

  private async giveEach(reminders: readonly DueReminder[], signal?: AbortSignal): Promise<void> {
    for (const { reservationId, kind } of reminders) {
      if (signal?.aborted) return;
      try {
        await this.unitOfWork.run(async () => this.give(await this.lock(reservationId)));
      } catch (error) {
        if (isConnectionFailure(error)) throw error;
        this.putOff.set(reservationId, this.clock.now().getTime() + PUT_OFF_MS);
        const reason = (error as Error).message;
        this.logger.error(`reservation ${reservationId}: nobody can be told of ${kind}, again in an hour: ${reason}`);
      }
    }
  }

  private lock(only?: string): Promise<DueReminder[]> {
    return this.due.lock(TOGETHER, this.settings.endsSoonHours, [...this.putOff.keys()], only);
  }

  private async give(reminders: readonly DueReminder[]): Promise<void> {
    if (reminders.length === 0) return;
    await this.due.give(reminders);
    this.outbox.wakeRelay();
  }

  private takeUpAgain(): void {
    const now = this.clock.now().getTime();
    for (const [id, until] of this.putOff) if (until <= now) this.putOff.delete(id);
  }
}
