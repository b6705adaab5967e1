import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { DataSource, type DataSourceOptions, type EntitySchema, type MigrationInterface } from 'typeorm';
import { IdempotencyKeys1763770700000 } from '../idempotency/idempotency-keys.migration.js';
import { Logs1763773200000 } from '../logs/logs.migration.js';
import { DeadLetters1763770800000 } from '../messaging/dead-letters/dead-letters.migration.js';
import { AdvisoryLocks } from './advisory-locks.js';
import { FairPool } from './fair-pool.js';
import { PlatformSchema1763769600000 } from './platform-schema.migration.js';
import { sqlState } from './sql-state.js';

export type MigrationClass = new () => MigrationInterface;

/** A data source over all contexts, not connected yet. Time limits, so that no call waits for ever. */
export function createDataSource(options: {
  url: string;
  poolSize: number;
  schemas: EntitySchema[];
  migrations: MigrationClass[];
}): DataSource {
  const logger = new Logger('Database');
  return new DataSource({
    type: 'postgres',
    url: options.url,
    driver: { ...pg, Pool: FairPool },
    entities: options.schemas,
    migrations: [
      PlatformSchema1763769600000,
      IdempotencyKeys1763770700000,
      DeadLetters1763770800000,
      Logs1763773200000,
      ...options.migrations,
    ],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    poolSize: options.poolSize,
    // Also the wait for a connection of the pool: a storm on one title is served one after the other.
    connectTimeoutMS: 15_000,
    applicationName: 'holdfast',
    poolErrorHandler: (error: Error) => logger.warn(`a connection was lost: ${error.message}`),
    extra: {
      statement_timeout: 30_000,
      idle_in_transaction_session_timeout: 60_000,
      query_timeout: 35_000,
      keepAlive: true,
      // So that a probe opens none, however long nothing was done.
      min: 1,
      // Statements that need not know of each other go behind each other, in one round trip.
      pipeline: true,
      // Short statements of many clients: compiling one, or giving it a second process, costs more than it saves. And a
      // system call for each page, to have the disk read it ahead, a fifth of the time of a search in memory.
      options: '-c jit=off -c max_parallel_workers_per_gather=0 -c effective_io_concurrency=0',
    },
  });
}

/**
 * A migration may take its time, but not make others wait: who waits for a table's lock holds up all who come after, so it
 * gives up soon, lets them through, and tries again.
 */
const PATIENCE = { lockTimeoutMs: 3000, pauseMs: 2000, attempts: 12 };

/**
 * Brings the database up to date; safe when several processes start at once. Gives the names of what was run.
 * @throws Error when a table stays locked for about a minute, by a dump or a long report
 */
export async function migrate({ options }: DataSource, patience = PATIENCE): Promise<string[]> {
  const ownLimits = { keepAlive: true, lock_timeout: patience.lockTimeoutMs };
  const dataSource = new DataSource({ ...(options as PostgresOptions), entities: [], poolSize: 2, extra: ownLimits });
  await dataSource.initialize();
  const holder = dataSource.createQueryRunner();
  try {
    await holder.query('SET lock_timeout = 0');
    await holder.query('SELECT pg_advisory_lock($1)', [AdvisoryLocks.migration]);
    return await runMigrations(dataSource, patience);
  } finally {
    // The lock goes with its connection.
    await holder.release();
    await dataSource.destroy();
  }
}

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

async function runMigrations(dataSource: DataSource, patience: typeof PATIENCE): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await dataSource.runMigrations()).map(({ name }) => name);
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      if (attempt === patience.attempts) throw new Error(LOCKED, { cause: error });
      new Logger('Database').warn('a migration waits: somebody holds a table that it changes');
      await sleep(patience.pauseMs);
    }
  }
}

const LOCK_NOT_AVAILABLE = '55P03';
const LOCKED =
  'The database could not be brought up to date: somebody holds a table that has to change (a dump, a report, an open ' +
  'transaction: see pg_stat_activity). Nothing is half done; start again when it has ended.';
