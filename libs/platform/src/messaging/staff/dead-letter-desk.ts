import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { type PageRequest, readPage } from '../../database/read-page.js';
import type { Page } from '../../http/page.js';
import { PlatformError } from '../../http/problem.js';
import { readObject } from '../dead-letters/dead-letter-body.js';
import { RelaySignal } from '../relay-signal.js';
import type { DeadLetterView } from './dead-letter.view.js';

type Row = Omit<DeadLetterView, 'event'> & { body: string };

const COLUMNS = `id, consumer, encode(body, 'base64') AS body, reason, attempts,
                 platform.rfc3339(first_failed_at) AS "firstFailedAt", platform.rfc3339(last_failed_at) AS "lastFailedAt",
                 data_kept AS replayable, platform.rfc3339(replay_requested_at) AS "replayRequestedAt"`;

/** What staff sees of dead letters, and does with them. The broker need not be there: the relay does it when it is. */
@Injectable()
export class DeadLetterDesk {
  constructor(
    private readonly database: Database,
    private readonly signal: RelaySignal,
  ) {}

  /** The oldest first. */
  async list(consumer: string | undefined, request: PageRequest): Promise<Page<DeadLetterView>> {
    const list = {
      columns: COLUMNS,
      from: 'platform.dead_letters',
      where: '($1::text IS NULL OR consumer = $1)',
      id: 'id',
      values: [consumer],
    };
    const page = await readPage<Row>(this.database, list, request);
    return { ...page, items: page.items.map(viewOf) };
  }

  /**
   * Has it handled once more, by its consumer alone. Asked for twice, it is done once.
   * @throws PlatformError when it is not there, or has no data
   */
  async replay(id: string): Promise<DeadLetterView> {
    const row = await this.database.maybeOne<Row>(
      `UPDATE platform.dead_letters
          SET replay_requested_at = CASE WHEN data_kept THEN coalesce(replay_requested_at, clock_timestamp()) END
        WHERE id = $1 RETURNING ${COLUMNS}`,
      [id],
    );
    if (!row) throw new PlatformError('not-found', NOT_THERE);
    if (!row.replayable) throw new PlatformError('dead-letter-without-data', WITHOUT_DATA);
    this.signal.raise();
    return viewOf(row);
  }

  /** @throws PlatformError when it is not there */
  async discard(id: string): Promise<void> {
    const discarded = await this.database.execute('DELETE FROM platform.dead_letters WHERE id = $1', [id]);
    if (discarded === 0) throw new PlatformError('not-found', NOT_THERE);
  }
}

const NOT_THERE = 'There is no such dead letter: it was discarded, or handled again.';
const WITHOUT_DATA =
  'The event was private and its data was not kept, so it cannot be handled again. Discard it; who waits for a code or a link asks for another.';

const viewOf = ({ body, ...shown }: Row): DeadLetterView => ({
  ...shown,
  event: readObject(Buffer.from(body, 'base64').toString('utf8')),
});
