import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { UnitOfWork } from '../../database/unit-of-work.js';

/** Remembers for 30 days which consumer has handled which event. */
@Injectable()
export class Inbox {
  constructor(
    private readonly database: Database,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * Runs `work` in one transaction with the note that this consumer handled this event; not at all when the note is there.
   * Of calls at the same time the later ones wait at the note, and find it once the first commits.
   */
  async once(consumer: string, eventId: string, work: () => Promise<void>): Promise<void> {
    await this.unitOfWork.run(async () => {
      const noted = await this.database.execute(
        'INSERT INTO platform.inbox (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
        [consumer, eventId],
      );
      if (noted === 1) await work();
    });
  }
}
