import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { createDataSource, migrate } from '../database/data-source.js';

/** The server that tests use; `npm test` sets it. */
export const testDatabaseUrl = (): string =>
  process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

export interface FreshDatabase {
  url: string;
  /** Ends every session on it and removes it. */
  drop(): Promise<void>;
}

const TEMPLATE_LOCK = 4_867_301_993;

/** A database of one's own with all migrations run, cloned from the template of this test run in some 50 ms. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const template = process.env.HOLDFAST_TEST_TEMPLATE;
  if (!template) throw new Error('no name for the template: run this spec through jest.config.mjs');
  const name = `${template.replace('template', '')}${randomBytes(4).toString('hex')}`;
  await onServer(async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 0) await makeTemplate(client, template);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return {
    url: urlOf(name),
    drop: () => onServer(async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))),
  };
}

/** Migrated under another name first: a template that exists is complete. */
async function makeTemplate(client: Client, template: string): Promise<void> {
  const { migrations, schemas } = await import('@holdfast/composition');
  const unfinished = `${template}_unfinished`;
  await client.query(`CREATE DATABASE ${unfinished}`);
  const dataSource = createDataSource({ url: urlOf(unfinished), poolSize: 2, schemas, migrations });
  await dataSource.initialize();
  await migrate(dataSource);
  await dataSource.destroy();
  await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${template}`);
}

/** The URL of a database on the test server. */
export function urlOf(database: string): string {
  const url = new URL(testDatabaseUrl());
  url.pathname = `/${database}`;
  return url.toString();
}

/** Does something in a session on the server's maintenance database. */
export async function onServer(work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: testDatabaseUrl() });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
