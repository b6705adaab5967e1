import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readSettings, Settings } from '../config/settings.js';
import { createHttpApp } from '../http/http-app.js';
import { HttpModule } from '../http/http.module.js';
import { platformProblems, ProblemCatalogue } from '../http/problem.js';
import { runInContext } from '../http/request-context.js';
import { createPino, HoldfastLogger } from '../observability/logger.js';
import { MetricsController } from '../observability/metrics.controller.js';
import { MetricsModule } from '../observability/metrics.module.js';
import { Allow } from '../security/access-guard.js';
import { type Actor, Authenticator } from '../security/actor.js';
import { eventually, type FreshDatabase, freshDatabase } from '../testing/index.js';
import { Database } from './database.js';
import { DatabaseModule } from './database.module.js';
import { isConnectionFailure } from './failures.js';
import { FairPool } from './fair-pool.js';
import { UnitOfWork } from './unit-of-work.js';

const CONNECTIONS = 2;
const LONG = 'SELECT pg_sleep(0.05)';

/** By route: answered so far. */
const answered = { slow: 0, quick: 0 };

@Controller()
@Allow('docs:read')
class Desks {
  constructor(
    private readonly database: Database,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  @Get('slow/:id')
  async slow(): Promise<object> {
    await this.database.query(LONG);
    return { before: answered.slow++ };
  }

  /** Three statements by themselves, a transaction, and one of TypeORM: five connections, one after the other. */
  @Get('quick')
  async quick(): Promise<object> {
    for (let n = 0; n < 3; n++) await this.database.query('SELECT 1');
    await this.unitOfWork.run(() => this.database.query('SELECT 1'));
    await this.database.manager.query('SELECT 1');
    answered.quick++;
    return { slow: answered.slow };
  }
}

class Nobody extends Authenticator {
  authenticate(): Promise<Actor | null> {
    return Promise.resolve(null);
  }
}

@Module({})
class Surroundings {}

@Module({})
class Program {}

async function start(databaseUrl: string): Promise<NestFastifyApplication> {
  const settings = readSettings({ NODE_ENV: 'test', DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: `${CONNECTIONS}` });
  const parts = [
    { provide: Settings, useValue: settings },
    { provide: Authenticator, useClass: Nobody },
    { provide: ProblemCatalogue, useValue: new ProblemCatalogue(platformProblems) },
  ];
  const surroundings = { module: Surroundings, global: true, providers: parts, exports: parts };
  const database = DatabaseModule.forRoot({ schemas: [], migrations: [] });
  const module = {
    module: Program,
    imports: [surroundings, HttpModule, MetricsModule, database],
    controllers: [Desks, MetricsController],
  };
  const app = await createHttpApp(module, settings, new HoldfastLogger(createPino('error', 'test')));
  await app.init();
  return app;
}

describe('The pool of connections', () => {
  let fresh: FreshDatabase;
  let app: NestFastifyApplication;
  let database: Database;
  beforeAll(async () => {
    fresh = await freshDatabase();
    app = await start(fresh.url);
    database = app.get(Database);
  });
  beforeEach(() => Object.assign(answered, { slow: 0, quick: 0 }));
  afterAll(async () => {
    await app.close();
    await fresh.drop();
  });

  const figure = async (name: string): Promise<number> => {
    const { payload } = await app.inject({ url: '/metrics' });
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(payload)?.[1]);
  };
  const flood = (count: number) => Array.from({ length: count }, (_, n) => app.inject({ url: `/api/slow/${n}` }));
  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  const whenWaiting = async (count: number): Promise<void> => {
    await eventually(() => expect(database.pool.waiting).toBe(count));
    expect(await figure('holdfast_database_waiting')).toBe(count);
  };

  it('does not let a route wait for all that another one is flooded with, and counts who waits', async () => {
    const clients = [await database.pool.connect(), await database.pool.connect()];
    const slow = flood(60);
    await whenWaiting(60);
    const quick = app.inject({ url: '/api/quick' });
    await whenWaiting(61);
    clients[0]?.release();
    // On the one connection that is there, before each of the five times one of the others.
    expect((await quick).json().slow).toBe(5);
    clients[1]?.release();
    const statuses = (await Promise.all(slow)).map(({ statusCode }) => statusCode);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(answered).toEqual({ slow: 60, quick: 1 });
    await whenWaiting(0);
  });

  it('has a line for what is done outside of requests', async () => {
    const clients = [await database.pool.connect(), await database.pool.connect()];
    const slow = flood(60);
    await whenWaiting(60);
    const own = database.query('SELECT 1');
    await whenWaiting(61);
    clients[0]?.release();
    await own;
    expect(answered.slow).toBeLessThanOrEqual(2);
    clients[1]?.release();
    await Promise.all(slow);
  });

  it('serves a line in its order', async () => {
    const pool = new FairPool({ connectionString: fresh.url, max: 1, connectionTimeoutMillis: 15_000 });
    const order: number[] = [];
    await Promise.all(Array.from({ length: 20 }, (_, n) => pool.query('SELECT 1').then(() => order.push(n))));
    expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n));
    await pool.end();
  });

  it('has as many connections as before when some were lost, some statements failed, and a transaction was rolled back', async () => {
    const endItself = 'SELECT pg_terminate_backend(pg_backend_pid())';
    const lost = Array.from({ length: 4 }, () => failureOf(database.query(endItself)));
    lost.push(failureOf(app.get(UnitOfWork).run(() => database.query(endItself))));
    const failed = Array.from({ length: 4 }, () => failureOf(database.query('SELECT 1 / 0')));
    const rolledBack = app.get(UnitOfWork).run(() => Promise.reject(new Error('no')));
    expect(await failureOf(rolledBack)).toEqual(new Error('no'));
    for (const failure of await Promise.all([...lost, ...failed])) expect(failure).toBeInstanceOf(Error);
    const together = Array.from({ length: CONNECTIONS }, () =>
      database.query('SELECT pg_backend_pid() pid, pg_sleep(0.3)'),
    );
    await sleep(100);
    expect(database.pool.totalCount - database.pool.idleCount).toBe(CONNECTIONS);
    const pids = (await Promise.all(together)).map(([row]) => row?.pid);
    expect(new Set(pids).size).toBe(CONNECTIONS);
    expect(database.pool.waiting).toBe(0);
  });

  it('keeps one connection when nothing is done for long, so that a probe opens none', async () => {
    const { options } = database.pool;
    const { idleTimeoutMillis } = options;
    try {
      options.idleTimeoutMillis = 50;
      await Promise.all(Array.from({ length: CONNECTIONS }, () => database.query(LONG)));
      await eventually(() => expect(database.pool.totalCount).toBe(1));
      await sleep(200);
      expect(database.pool.totalCount).toBe(1);
    } finally {
      options.idleTimeoutMillis = idleTimeoutMillis;
    }
  });

  it('tells everybody who waits when there is no server, one after the other and soon', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const pool = new FairPool({ host: '127.0.0.1', port, max: CONNECTIONS, connectionTimeoutMillis: 60_000 });
    const failures = await Promise.all(Array.from({ length: 50 }, () => failureOf(pool.query('SELECT 1'))));
    expect(failures.map(isConnectionFailure)).toEqual(Array(50).fill(true));
    expect(pool.waiting).toBe(0);
    await pool.end();
    server.close();
  });

  it('says in time that there is no connection, and does not do what was to be done', async () => {
    const pool = new FairPool({ connectionString: fresh.url, max: 1, connectionTimeoutMillis: 1000 });
    const client = await pool.connect();
    const late = jest.fn();
    const failure = await failureOf(pool.connect().then(late));
    expect(isConnectionFailure(failure)).toBe(true);
    client.release();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect(late).not.toHaveBeenCalled();
    await pool.end();
  });

  it('knows the line of a call by the route of its request', async () => {
    const pool = new FairPool({ connectionString: fresh.url, max: 1, connectionTimeoutMillis: 15_000 });
    const order: string[] = [];
    const ask = (route: string) => runInContext({ route }, () => pool.query('SELECT 1').then(() => order.push(route)));
    await Promise.all(['a', 'b', 'b', 'b', 'c', 'a', 'c'].map(ask));
    expect(order).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'b']);
    await pool.end();
  });

  it('gives back no turn for a connection that it gave to nobody', async () => {
    const pool = new FairPool({
      connectionString: fresh.url,
      max: 1,
      maxLifetimeSeconds: 1,
      connectionTimeoutMillis: 15_000,
    });
    await pool.query('SELECT 1');
    const removed = new Promise((resolve) => pool.once('remove', resolve));
    await removed;
    const client = await pool.connect();
    const other = pool.connect();
    expect(pool.waitingCount).toBe(0);
    expect(pool.waiting).toBe(1);
    client.release();
    (await other).release();
    await pool.end();
  });

  it('goes on when a connection could not even be begun', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-pool-'));
    const certificate = join(folder, 'ca.pem');
    const connectionString = `${fresh.url}?sslmode=prefer&sslrootcert=${certificate}`;
    const pool = new FairPool({ connectionString, max: 1, connectionTimeoutMillis: 15_000 });
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(pool.query('SELECT 1'))));
    expect(failures).toEqual(Array(3).fill(expect.objectContaining({ code: 'ENOENT' })));
    await pool.end();
    await rm(folder, { recursive: true });
  });

  it('ends when the last has given back what it has, and refuses those who still wait', async () => {
    const pool = new FairPool({ connectionString: fresh.url, max: 1, connectionTimeoutMillis: 60_000 });
    const client = await pool.connect();
    const waiting = Array.from({ length: 20_000 }, () => failureOf(pool.query('SELECT 1')));
    const ended = pool.end();
    client.release();
    await ended;
    const failures = await Promise.all(waiting);
    expect(failures.filter(isConnectionFailure)).toHaveLength(20_000);
  });
});
