import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntitySchema } from 'typeorm';
import { Settings } from '../config/settings.js';
import { IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { MetricsModule } from '../observability/metrics.module.js';
import { PoolMetrics } from '../observability/pool-metrics.js';
import { createDataSource, migrate, type MigrationClass } from './data-source.js';
import { Database } from './database.js';
import { UnitOfWork } from './unit-of-work.js';

export interface DatabaseParts {
  schemas: EntitySchema[];
  migrations: MigrationClass[];
}

/**
 * PostgreSQL for the whole program: one pool, one history of migrations, one way to a transaction.
 * The database is brought up to date before anything else is made of it.
 */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  static forRoot({ schemas, migrations }: DatabaseParts): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [MetricsModule],
      providers: [
        {
          provide: DataSource,
          inject: [Settings],
          useFactory: async ({ databaseUrl: url, databasePoolSize: poolSize }: Settings) => {
            const dataSource = createDataSource({ url, poolSize, schemas, migrations });
            await dataSource.initialize();
            await migrate(dataSource);
            return dataSource;
          },
        },
        { provide: Database, inject: [DataSource], useFactory: (dataSource: DataSource) => new Database(dataSource) },
        UnitOfWork,
        IdempotencyKeys,
        PoolMetrics,
      ],
      exports: [DataSource, Database, UnitOfWork, IdempotencyKeys],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
