import { Logger } from '@nestjs/common';
import { DataSource, type EntitySchema, type MigrationInterface } from 'typeorm';
import { AdvisoryLocks } from './advisory-locks.js';
import { PlatformSchema1763769600000 } from './platform-schema.migration.js';

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
    entities: options.schemas,
    migrations: [PlatformSchema1763769600000, ...options.migrations],
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
    },
  });
}

/** Brings the database up to date; safe when several processes start at once. Gives the names of what was run. */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const holder = dataSource.createQueryRunner();
  try {
    await holder.query('SET statement_timeout = 0');
    await holder.query('SELECT pg_advisory_lock($1)', [AdvisoryLocks.migration]);
    const done = await dataSource.runMigrations();
    return done.map((migration) => migration.name);
  } finally {
    await holder.query('SELECT pg_advisory_unlock($1)', [AdvisoryLocks.migration]).catch(() => undefined);
    await holder.query('RESET statement_timeout').catch(() => undefined);
    await holder.release();
  }
}
