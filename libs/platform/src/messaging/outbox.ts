import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { currentContext } from '../http/request-context.js';
import { newId } from '../kernel/index.js';
import { EventRegistry, type NewEvent } from './events.js';
import { RelaySignal } from './relay-signal.js';

/**
 * Where events wait until the relay has published them: rows in the transaction of the change they tell of.
 * Order per subject is the order of the appends, so append under the lock that orders the changes of the subject.
 */
@Injectable()
export class Outbox {
  constructor(
    private readonly database: Database,
    private readonly unitOfWork: UnitOfWork,
    private readonly registry: EventRegistry,
    private readonly signal: RelaySignal,
  ) {}

  /** Appends events in the current transaction; fails outside of one. */
  async append(...events: NewEvent[]): Promise<void> {
    this.database.requireTransaction('Outbox.append');
    if (events.length === 0) return;
    for (const event of events) this.registry.get(event.type);
    await this.database.prepared(
      'outbox_append',
      `INSERT INTO platform.outbox (id, type, subject, data, traceparent, request_id)
       SELECT id, type, subject, data, traceparent, $6
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::text[])
              WITH ORDINALITY AS event (id, type, subject, data, traceparent, place)
        ORDER BY place`,
      [
        events.map(() => newId()),
        events.map((event) => event.type),
        events.map((event) => event.subject),
        events.map((event) => JSON.stringify(event.data)),
        events.map(() => currentContext()?.traceparent ?? null),
        currentContext()?.requestId ?? null,
      ],
    );
    this.wakeRelay();
  }

  /** For set-wise SQL that fills `platform.outbox` itself: wakes the relay after the commit. */
  wakeRelay(): void {
    this.unitOfWork.afterCommit(() => this.signal.raise());
  }
}
