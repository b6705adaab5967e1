import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Client, type ClientConfig } from 'pg';
import { Database } from '../database/database.js';
import { isConnectionFailure } from '../database/failures.js';
import { backoff, within } from '../messaging/pause.js';
import { outlets } from '../observability/outlets.js';
import type { KeptLine, KeptLines } from './kept-lines.js';

const EVERY_MS = 1_000;
const BATCH = 200;
const CONNECT_LIMIT_MS = 3_000;
const SAVE_LIMIT_MS = 5_000;
const LONGEST_PAUSE_MS = 30_000;
const LAST_MS = 2_000;

/**
 * Brings the lines that wait to the database, once a second and in the background. Over a connection of its own, open only
 * while it writes: it takes none from requests, and a pool that is used up does not silence it. What cannot be brought there waits, as
 * long as there is room, and is tried again with growing pauses; what the database refuses is left out and counted.
 */
@Injectable()
export class LogKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Log');
  private readonly connection: ClientConfig;
  private timer: NodeJS.Timeout | undefined;
  private pending: KeptLine[] = [];
  private saving: Promise<void> | undefined;
  private failures = 0;
  private nextTryAt = 0;

  constructor(
    database: Database,
    private readonly lines: KeptLines = outlets.kept,
  ) {
    this.connection = {
      ...database.pool.options,
      application_name: 'holdfast log',
      connectionTimeoutMillis: CONNECT_LIMIT_MS,
      statement_timeout: SAVE_LIMIT_MS,
      query_timeout: SAVE_LIMIT_MS,
    };
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      if (Date.now() >= this.nextTryAt) void this.save();
    }, EVERY_MS).unref();
  }

  /** The last lines, for which it takes at most two seconds. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await within(LAST_MS, this.save(), () => new Error('late')).catch(() => undefined);
  }

  /** All that waits. Never rejects; a call while one is under way joins it. */
  save(): Promise<void> {
    this.saving ??= this.saveBatches().finally(() => (this.saving = undefined));
    return this.saving;
  }

  private async saveBatches(): Promise<void> {
    if (this.pending.length === 0 && this.lines.length === 0) return;
    const client = new Client(this.connection);
    client.on('error', () => undefined); // What is under way rejects.
    try {
      await client.connect();
      for (;;) {
        if (this.pending.length === 0) this.pending = this.lines.take(BATCH);
        if (this.pending.length === 0) break;
        await client.query(KEEP, [JSON.stringify(this.pending)]);
        this.pending = [];
      }
      this.failures = 0;
      const untold = this.lines.takeUntold();
      if (untold > 0) this.logger.warn(`${untold} lines of the log were left out of the database`);
    } catch (error) {
      this.fail(error as Error);
    } finally {
      void client.end().catch(() => undefined);
    }
  }

  private fail(error: Error): void {
    if (!isConnectionFailure(error)) this.lines.drop(this.pending.splice(0).length);
    this.nextTryAt = Date.now() + backoff(this.failures, EVERY_MS, LONGEST_PAUSE_MS);
    // Said once, for it is one more line that waits.
    if (this.failures++ === 0) this.logger.warn(`the log is not kept in the database for now: ${error.message}`);
  }
}

/** A batch whose commit was not answered comes again under the same ids. */
const KEEP = `
  INSERT INTO platform.logs (id, at, level, app, context, message, request_id, trace_id, details)
  SELECT id, at, level, app, context, message, request_id, trace_id, details
    FROM json_to_recordset($1::json) AS line (id uuid, at timestamptz, level smallint, app text, context text, message text,
                                              request_id text, trace_id text, details jsonb)
  ON CONFLICT (id) DO NOTHING`;
