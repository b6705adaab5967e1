import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { UnitOfWork } from '../../database/unit-of-work.js';

/** What is to be done about an event. */
export interface Handling {
  eventId: string;
  work: () => Promise<void>;
  /** W3C trace context of its delivery, for the span of what is handled together. */
  traceparent?: string;
}

/** Remembers for 30 days which consumer has handled which event. */
@Injectable()
export class Inbox {
  constructor(
    private readonly database: Database,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * Runs the works of these events, one after the other, in one transaction with the notes that this consumer handled them;
   * of an event whose note is there already, nothing. Of calls at the same time the later ones wait at a note that they
   * share, and find it once the first commits. @throws what a work throws; then there is nothing of any of them.
   */
  async handle(consumer: string, works: readonly Handling[]): Promise<void> {
    await this.unitOfWork.run(async () => {
      const noted = await this.database.prepared<{ event_id: string }>('inbox_note', NOTE, [
        consumer,
        works.map(({ eventId }) => eventId),
      ]);
      const left = new Set(noted.map((row) => row.event_id));
      for (const { eventId, work } of works) if (left.delete(eventId.toLowerCase())) await work();
    });
  }
}

/** In one order everywhere, so that two who note the same events do not wait for each other in turn. */
const NOTE = `
  INSERT INTO platform.inbox (consumer, event_id)
  SELECT $1, id FROM unnest($2::uuid[]) AS id ORDER BY id
  ON CONFLICT DO NOTHING RETURNING event_id`;
