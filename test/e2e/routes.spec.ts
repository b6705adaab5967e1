import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpApp, createPino, HoldfastLogger, readSettings, serveDocs } from '@holdfast/platform';
import { type FreshDatabase, freshDatabase } from '@holdfast/platform/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiModule } from '../../apps/api/src/api.module.js';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { RouteTable } from '../../libs/platform/src/http/route-table.js';
import { ACCESS, UNDOCUMENTED } from './support/access-table.js';

/** The pages of Swagger UI and the document itself: of the documentation, open to all. */
const DOCUMENTATION = /^GET \/api\/(docs|schema)(\.yaml|$|\/)/;

/** The server's own list of its routes, which also has those that the OpenAPI document leaves out. */
describe('Every route of the server', () => {
  let database: FreshDatabase;
  let dataDir: string;

  beforeAll(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'holdfast-routes-'));
  });
  afterAll(async () => {
    await database?.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** `GET /api/users/{id}`; Fastify adds HEAD to each GET. */
  async function routesOf(program: typeof ApiModule | typeof WorkerModule): Promise<string[]> {
    const settings = readSettings({ NODE_ENV: 'test', DATABASE_URL: database.url, HOLDFAST_DATA_DIR: dataDir });
    const logger = new HoldfastLogger(createPino('silent', 'test'));
    const app: NestFastifyApplication = await createHttpApp(program.forRoot(settings), settings, logger);
    try {
      const table = new RouteTable(app.getHttpAdapter().getInstance());
      await app.init();
      if (program === ApiModule) serveDocs(app);
      await app.getHttpAdapter().getInstance().ready();
      const names = table.routes.map(({ method, pattern }) => `${method} ${pattern.replace(/:(\w+)/g, '{$1}')}`);
      return [...new Set(names)].filter(
        (name) => !name.startsWith('HEAD ') || !names.includes(name.replace('HEAD', 'GET')),
      );
    } finally {
      await app.close();
    }
  }

  it('of the API has a row in the table of access, or is a page of the documentation', async () => {
    const routes = await routesOf(ApiModule);
    expect(routes).toEqual(expect.arrayContaining(['GET /api/users/{id}', 'POST /api/reservations', ...UNDOCUMENTED]));
    const known = (name: string): boolean => name in ACCESS || UNDOCUMENTED.includes(name) || DOCUMENTATION.test(name);
    expect(routes.filter((name) => !known(name))).toEqual([]);
    expect(Object.keys(ACCESS).filter((name) => !routes.includes(name))).toEqual([]);
  });

  it('of the worker is one of its health or metrics, or a page about a problem', async () => {
    const routes = await routesOf(WorkerModule);
    expect(routes).toEqual(expect.arrayContaining(['GET /health/ready', 'GET /metrics']));
    const known = (name: string): boolean =>
      ['health:read', 'metrics:read'].includes(ACCESS[name]?.permission ?? '') || UNDOCUMENTED.includes(name);
    expect(routes.filter((name) => !known(name))).toEqual([]);
  });
});
