import type { EntitySchema } from 'typeorm';
import { createDataSource } from '../database/data-source.js';
import { Database } from '../database/database.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { type FreshDatabase, freshDatabase } from './fresh-database.js';

export interface TestDatabase {
  url: string;
  database: Database;
  unitOfWork: UnitOfWork;
  close(): Promise<void>;
}

/** A fresh database with the `Database` and `UnitOfWork` on it, for specs of adapters. */
export async function testDatabase(schemas: EntitySchema[] = []): Promise<TestDatabase> {
  const fresh: FreshDatabase = await freshDatabase();
  const dataSource = await createDataSource({ url: fresh.url, poolSize: 20, schemas, migrations: [] }).initialize();
  const database = new Database(dataSource);
  return {
    url: fresh.url,
    database,
    unitOfWork: new UnitOfWork(database),
    close: async () => {
      await dataSource.destroy();
      await fresh.drop();
    },
  };
}
