import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { eventually, type FreshDatabase, freshDatabase } from '@holdfast/platform/testing';
import { createDataSource, migrate } from './data-source.js';

class AddsAColumn1999999999999 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE platform.inbox ADD added integer');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE platform.inbox DROP added');
  }
}

class TakesItsTime1999999999998 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SELECT pg_sleep(0.3)');
  }

  async down(): Promise<void> {
    // There is nothing to take back.
  }
}

describe('A migration', () => {
  let fresh: FreshDatabase;
  let reader: pg.Client;
  let warn: jest.SpyInstance;
  beforeEach(async () => {
    warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    fresh = await freshDatabase();
    reader = new pg.Client({ connectionString: fresh.url });
    await reader.connect();
  });
  afterEach(async () => {
    warn.mockRestore();
    await reader.end();
    await fresh.drop();
  });

  const patience = { lockTimeoutMs: 100, pauseMs: 100, attempts: 1000 };
  const bringUpToDate = (limits = patience) =>
    migrate(
      createDataSource({
        url: fresh.url,
        poolSize: 2,
        schemas: [],
        migrations: [TakesItsTime1999999999998, AddsAColumn1999999999999],
      }),
      limits,
    );

  it('lets others through while a table that it changes is held, and is done when that ends', async () => {
    await reader.query('BEGIN');
    await reader.query('SELECT FROM platform.inbox');
    const done = bringUpToDate();
    await eventually(() => expect(warn).toHaveBeenCalledWith(expect.stringContaining('a migration waits')));
    const other = new pg.Client({ connectionString: fresh.url, statement_timeout: 2000 });
    await other.connect();
    for (let i = 0; i < 5; i++) await other.query('SELECT FROM platform.inbox');
    await other.end();
    await reader.query('COMMIT');
    // The first one was done before the wait, and is told once: by the attempt that did it.
    expect(await done).toEqual(['AddsAColumn1999999999999']);
    expect((await reader.query('SELECT added FROM platform.inbox')).rows).toEqual([]);
  });

  it('gives up after a while with a sentence, leaves nothing half done, and does it the next time', async () => {
    await reader.query('BEGIN');
    await reader.query('SELECT FROM platform.inbox');
    await expect(bringUpToDate({ ...patience, attempts: 2 })).rejects.toThrow(/somebody holds a table/);
    await reader.query('COMMIT');
    await expect(reader.query('SELECT added FROM platform.inbox')).rejects.toThrow('does not exist');
    expect(await bringUpToDate()).toEqual(['AddsAColumn1999999999999']);
    expect(await bringUpToDate()).toEqual([]);
  });

  it('is done once by several processes that start together', async () => {
    const done = await Promise.all([bringUpToDate(), bringUpToDate(), bringUpToDate()]);
    expect(done.flat().sort()).toEqual(['AddsAColumn1999999999999', 'TakesItsTime1999999999998']);
  });
});
