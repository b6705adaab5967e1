import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

export const RELAY_CHANNEL = 'holdfast_outbox';
const PAUSE_MS = 10;

/**
 * Tells the relay, in whatever process it runs, that events were committed: NOTIFY after the commit, in a transaction of
 * its own (inside the business transaction it would serialise all commits), at most once in some milliseconds.
 * Only a hint: the relay polls as well, so a lost one costs delay and nothing else.
 */
@Injectable()
export class RelaySignal {
  private pending = false;

  constructor(private readonly database: Database) {}

  raise(): void {
    if (this.pending) return;
    this.pending = true;
    setTimeout(() => {
      this.pending = false;
      void this.notify().catch(() => undefined);
    }, PAUSE_MS).unref();
  }

  /** Rejects, too, when the pool is gone already because the program ends. */
  private async notify(): Promise<void> {
    await this.database.pool.query(`NOTIFY ${RELAY_CHANNEL}`);
  }
}
