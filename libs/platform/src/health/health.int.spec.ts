import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readSettings, Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { DatabaseModule } from '../database/database.module.js';
import { createHttpApp } from '../http/http-app.js';
import { HttpModule } from '../http/http.module.js';
import { platformProblems, ProblemCatalogue } from '../http/problem.js';
import { createPino, HoldfastLogger } from '../observability/logger.js';
import { type Actor, Authenticator } from '../security/actor.js';
import { eventually } from '../testing/eventually.js';
import { FaultProxy } from '../testing/fault-proxy.js';
import { type FreshDatabase, freshDatabase } from '../testing/fresh-database.js';
import { DatabaseProbe, HealthProbe } from './health-probe.js';
import { HealthModule } from './health.module.js';

class Nobody extends Authenticator {
  authenticate(): Promise<Actor | null> {
    return Promise.resolve(null);
  }
}

let checks = 0;
/** What never answers, and can be done without. */
class HangingProbe extends HealthProbe {
  readonly name = 'hanging';
  readonly essential = false;

  check(): Promise<void> {
    checks++;
    return new Promise(() => undefined);
  }
}

@Module({})
class Program {}

@Module({})
class Surroundings {}

jest.setTimeout(120_000);
/** A check has a second; a machine that does much else may take some more. */
const SOON_MS = 6000;

describe('Health', () => {
  let fresh: FreshDatabase;
  let proxy: FaultProxy;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    fresh = await freshDatabase();
    const url = new URL(fresh.url);
    proxy = await FaultProxy.to(url.hostname, Number(url.port || 5432));
    url.host = `127.0.0.1:${proxy.port}`;
    const settings = readSettings({ NODE_ENV: 'test', DATABASE_URL: url.toString(), DATABASE_POOL_SIZE: '5' });
    const parts = [
      { provide: Settings, useValue: settings },
      { provide: Authenticator, useClass: Nobody },
      { provide: ProblemCatalogue, useValue: new ProblemCatalogue(platformProblems) },
    ];
    const surroundings = { module: Surroundings, global: true, providers: parts, exports: parts };
    const database = DatabaseModule.forRoot({ schemas: [], migrations: [] });
    const health = HealthModule.forProbes([DatabaseProbe, HangingProbe]);
    const module = { module: Program, imports: [surroundings, database, HttpModule, health] };
    app = await createHttpApp(module, settings, new HoldfastLogger(createPino('silent', 'test')));
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => {
    proxy?.heal();
    await app?.close();
    await proxy?.close();
    await fresh?.drop();
  });

  const ask = async (path = '/health/ready') => {
    const began = performance.now();
    const answer = await app.inject(path);
    expect(performance.now() - began).toBeLessThan(SOON_MS);
    return { status: answer.statusCode, body: answer.json<ReturnType<typeof JSON.parse>>() };
  };
  const connections = (): number => app.get(Database).pool.totalCount;

  it('names each dependency; one that hangs and is not essential is degraded, and asked once however often we are', async () => {
    checks = 0;
    const answers = await Promise.all([ask(), ask('/health'), ask('/api/health')]);
    for (const { status, body } of answers) {
      expect([status, body.status]).toEqual([200, 'ok']);
      expect(body.details).toMatchObject({ database: { status: 'up' }, hanging: { status: 'up', degraded: true } });
      expect(body.details.database).not.toHaveProperty('degraded');
    }
    await ask();
    expect(checks).toBeLessThanOrEqual(1);
  });

  const absences: [string, () => void][] = [
    ['hangs', () => proxy.freeze()],
    ['is away', () => proxy.refuse()],
  ];
  it.each(absences)(
    'while the database %s is not ready but lives, takes no connections, and comes back',
    async (_, leave) => {
      const before = connections();
      leave();
      for (let round = 0; round < 3; round++) {
        const answers = await Promise.all(Array.from({ length: 10 }, () => ask()));
        expect(new Set(answers.map(({ status, body }) => `${status} ${body.details.database.status}`))).toEqual(
          new Set(['503 down']),
        );
        expect(connections()).toBeLessThanOrEqual(Math.max(before, 1));
      }
      const live = await ask('/health/live');
      expect([live.status, live.body.details]).toEqual([200, {}]);
      proxy.heal();
      await eventually(async () => expect((await ask()).status).toBe(200), 30_000);
    },
  );
});
