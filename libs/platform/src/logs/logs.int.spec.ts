import { Logger } from '@nestjs/common';
import { Database } from '../database/database.js';
import { readSettings } from '../config/settings.js';
import { createDataSource } from '../database/data-source.js';
import { runInContext } from '../http/request-context.js';
import { createPino, HoldfastLogger } from '../observability/logger.js';
import { Metrics } from '../observability/metrics.js';
import { watchOutlets } from '../observability/outlets.js';
import { eventually, FaultProxy, type TestDatabase, testDatabase } from '../testing/index.js';
import { KeptLines } from './kept-lines.js';
import { LogKeeper } from './log-keeper.js';
import { LogsCleanUp } from './logs-clean-up.js';

describe('The log in the database', () => {
  let store: TestDatabase;
  let proxy: FaultProxy;
  let database: Database;
  let lines: KeptLines;
  let keeper: LogKeeper;
  let logger: HoldfastLogger;
  let metrics: Metrics;

  beforeEach(async () => {
    store = await testDatabase();
    const { hostname, port } = new URL(store.url);
    proxy = await FaultProxy.to(hostname, Number(port || 5432));
    const url = new URL(store.url);
    url.host = `127.0.0.1:${proxy.port}`;
    const options = { url: url.toString(), poolSize: 2, schemas: [], migrations: [] };
    database = new Database(await createDataSource(options).initialize());
    lines = new KeptLines(10);
    metrics = new Metrics();
    watchOutlets(metrics, { console: null, files: null, kept: lines });
    keeper = new LogKeeper(database, lines);
    logger = new HoldfastLogger(createPino('warn', 'api', lines));
    Logger.overrideLogger(logger);
  });
  afterEach(async () => {
    Logger.overrideLogger(['error', 'warn']);
    await keeper.onApplicationShutdown();
    await database.dataSource.destroy();
    await proxy.close();
    await store.close();
  });

  const kept = () =>
    store.database.query<Record<string, any>>('SELECT * FROM platform.logs ORDER BY at, id').then((rows) => rows);
  const messages = async () => (await kept()).map(({ message }) => message as string);

  it('has the time, the level, the place, the ids and the cause of a line', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    runInContext({ requestId: 'r-1', traceparent }, () => {
      logger.error({ err: new Error('no \0 way \ud800'), path: '/api/books' }, 'request failed', 'Http');
    });
    logger.warn('careful', 'Jobs');
    await keeper.save();
    const [failed, careful] = await kept();
    expect(failed).toMatchObject({
      level: 50,
      app: 'api',
      context: 'Http',
      message: 'request failed: no  way \ufffd',
      request_id: 'r-1',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      details: { path: '/api/books', pid: process.pid, err: { type: 'Error', stack: expect.stringContaining('at ') } },
    });
    expect(Math.abs(Date.now() - (failed!.at as Date).getTime())).toBeLessThan(60_000);
    expect(careful).toMatchObject({ level: 40, context: 'Jobs', message: 'careful', request_id: null, trace_id: null });
  });

  it('is written in the background once a second, in a few statements, and at the end', async () => {
    keeper.onApplicationBootstrap();
    for (let i = 0; i < 5; i++) logger.warn(`line ${i}`, 'Jobs');
    expect(await messages()).toEqual([]);
    await eventually(async () => expect(await messages()).toHaveLength(5));
    logger.warn('the last one', 'Jobs');
    await keeper.onApplicationShutdown();
    expect((await messages()).at(-1)).toBe('the last one');
  });

  it('takes no connection from requests, and needs none of theirs', async () => {
    const clients = [await database.pool.connect(), await database.pool.connect()];
    logger.warn('the pool is used up', 'Jobs');
    await keeper.save();
    for (const client of clients) client.release();
    expect(await messages()).toEqual(['the pool is used up']);
    await eventually(async () => {
      const sessions = `SELECT FROM pg_stat_activity WHERE application_name = 'holdfast log' AND datname = current_database()`;
      expect(await store.database.query(sessions)).toEqual([]);
    });
  });

  it('waits while the database is away, keeps what there is room for, and tells once how much there was not', async () => {
    proxy.refuse();
    for (let i = 0; i < 3; i++) logger.warn(`line ${i}`, 'Jobs');
    await keeper.save();
    await keeper.save();
    for (let i = 3; i < 20; i++) logger.warn(`line ${i}`, 'Jobs');
    expect(lines.length).toBe(10);
    const { dropped } = lines;
    expect(dropped).toBeGreaterThan(10);
    expect(await metrics.text()).toContain(`holdfast_logs_dropped_total{outlet="database"} ${dropped}\n`);
    proxy.heal();
    await keeper.save();
    await keeper.save();
    const said = await messages();
    expect(said.filter((message) => message.startsWith('line'))).toHaveLength(20 - dropped);
    expect(said.filter((message) => message.startsWith('the log is not kept in the database for now'))).toHaveLength(1);
    expect(said.at(-1)).toBe(`${dropped} lines of the log were left out of the database`);
  });

  it('is not held up by what the database refuses', async () => {
    await store.database.execute('ALTER TABLE platform.logs ADD CONSTRAINT picky CHECK (message <> $$bad$$)');
    logger.warn('bad', 'Jobs');
    await keeper.save();
    logger.warn('good', 'Jobs');
    await keeper.save();
    await keeper.save();
    expect(lines.dropped).toBe(1);
    expect(await messages()).toEqual([
      expect.stringMatching(/^the log is not kept in the database for now: .*picky/),
      'good',
      '1 lines of the log were left out of the database',
    ]);
  });

  it('is there once when the answer to its commit was lost', async () => {
    for (let i = 0; i < 3; i++) logger.warn(`line ${i}`, 'Jobs');
    const commitIsLost = jest.spyOn(lines, 'take').mockImplementationOnce((atMost) => {
      proxy.swallow('to client');
      return KeptLines.prototype.take.call(lines, atMost);
    });
    const first = keeper.save();
    await eventually(async () => expect((await messages()).length).toBeGreaterThanOrEqual(3));
    proxy.cut();
    await first;
    expect(commitIsLost).toHaveBeenCalled();
    proxy.heal();
    await eventually(async () => {
      await keeper.save();
      expect((await messages()).length).toBeGreaterThan(3);
    });
    expect((await messages()).filter((message) => message.startsWith('line'))).toHaveLength(3);
  });

  it('forgets lines after LOG_RETENTION_DAYS, every hour, in short statements', async () => {
    await store.database.execute(
      `INSERT INTO platform.logs (id, at, level, app, message)
       SELECT gen_random_uuid(), now() - make_interval(days => age), 40, 'api', age::text
         FROM generate_series(1, 10) AS age, generate_series(1, 500)`,
    );
    const cleanUp = new LogsCleanUp(store.database, readSettings({ LOG_RETENTION_DAYS: '5' }));
    const [job] = cleanUp.jobs();
    expect(job).toMatchObject({ name: 'logs-clean-up', everyMs: 3_600_000 });
    await job!.run({}, AbortSignal.abort());
    expect(await messages()).toHaveLength(5000);
    const execute = jest.spyOn(store.database, 'execute');
    await job!.run({}, new AbortController().signal);
    expect(execute.mock.calls.length).toBe(4);
    expect([...new Set(await messages())].sort()).toEqual(['1', '2', '3', '4']);
  });
});
