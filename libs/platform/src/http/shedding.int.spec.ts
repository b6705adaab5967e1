import { connect, type Socket } from 'node:net';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readSettings, Settings } from '../config/settings.js';
import { HealthModule } from '../health/health.module.js';
import { createPino, HoldfastLogger } from '../observability/logger.js';
import { MetricsController } from '../observability/metrics.controller.js';
import { MetricsModule } from '../observability/metrics.module.js';
import { Allow } from '../security/access-guard.js';
import { type Actor, Authenticator } from '../security/actor.js';
import { eventually } from '../testing/eventually.js';
import { createHttpApp } from './http-app.js';
import { HttpModule } from './http.module.js';
import { platformProblems, ProblemCatalogue } from './problem.js';
import { CROWD } from './route-load.js';
import { NeverShed } from './shedding.js';

/** Who came to the desk, and waits there until all are let go. */
let atTheDesk = 0;
let letGo: () => void = () => undefined;
let closed = Promise.resolve();
const closeDesk = (): void => {
  atTheDesk = 0;
  closed = new Promise((resolve) => (letGo = resolve));
};

@Controller('desk')
@Allow('docs:read')
class Desk {
  @Get()
  async ask(): Promise<object> {
    atTheDesk++;
    await closed;
    return { ok: true };
  }

  @Post()
  tell(@Body() body: object): Promise<object> {
    return body && this.ask();
  }

  @Get('stream')
  @NeverShed()
  follow(): Promise<object> {
    return this.ask();
  }

  @Get('beside')
  beside(): object {
    return { ok: true };
  }
}

class Nobody extends Authenticator {
  authenticate(): Promise<Actor | null> {
    return Promise.resolve(null);
  }
}

@Module({})
class Program {}

@Module({})
class Surroundings {}

jest.setTimeout(120_000);

describe('The HTTP server', () => {
  const opened: NestFastifyApplication[] = [];
  const said: string[] = [];
  let app: NestFastifyApplication;

  async function start(env: Record<string, string>): Promise<NestFastifyApplication> {
    const settings = readSettings({ NODE_ENV: 'test', ...env });
    const parts = [
      { provide: Settings, useValue: settings },
      { provide: Authenticator, useClass: Nobody },
      { provide: ProblemCatalogue, useValue: new ProblemCatalogue(platformProblems) },
    ];
    const surroundings = { module: Surroundings, global: true, providers: parts, exports: parts };
    const imports = [surroundings, HttpModule, MetricsModule, HealthModule.forProbes([])];
    const module = { module: Program, imports, controllers: [Desk, MetricsController] };
    const pino = createPino('info', 'test', { write: (line: string) => said.push(line) });
    const made = await createHttpApp(module, settings, new HoldfastLogger(pino));
    opened.push(made);
    await made.listen(0, '127.0.0.1');
    return made;
  }
  beforeAll(async () => (app = await start({})));
  beforeEach(closeDesk);
  afterEach(() => letGo());
  afterAll(() => Promise.all(opened.map((one) => one.close())));

  const POST = { method: 'POST', url: '/api/desk', payload: { a: 1 } } as const;
  const crowd = (
    request: { method: 'GET' | 'POST'; url: string } = { method: 'GET', url: '/api/desk' },
    count = CROWD,
  ) => Array.from({ length: count }, () => app.inject(request));
  const statusOf = async (url: string): Promise<number> => (await app.inject(url)).statusCode;
  const statuses = async (answers: ReturnType<typeof crowd>) =>
    new Set((await Promise.all(answers)).map(({ statusCode }) => statusCode));
  const told = (words: RegExp): string[] => said.filter((line) => words.test(line));

  it('refuses a request of a route that has more of them than it can finish, and nothing else', async () => {
    const begun = told(/some get 503/).length;
    const waiting = crowd();
    await eventually(() => expect(atTheDesk).toBe(CROWD));
    const retries = new Set<string>();
    for (let n = 0; n < 30; n++) {
      const refused = await app.inject({ url: '/api/desk?n=1', headers: { 'x-request-id': 'mine' } });
      expect(refused.statusCode).toBe(503);
      expect(refused.json()).toMatchObject({ type: '/problems/overloaded', status: 503, instance: '/api/desk?n=1' });
      expect(refused.headers).toMatchObject({ 'x-request-id': 'mine' });
      expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(refused.headers['x-content-type-options']).toBe('nosniff');
      expect(refused.headers.connection).not.toBe('close');
      retries.add(String(refused.headers['retry-after']));
    }
    expect([...retries].sort()).toEqual(['1', '2', '3']);
    expect(atTheDesk).toBe(CROWD);
    for (const path of ['/health/live', '/health/ready', '/metrics', '/api/desk/beside', '/problems/overloaded']) {
      expect([path, await statusOf(path)]).toEqual([path, 200]);
    }
    expect((await app.inject('/health')).json().details.load).toMatchObject({ status: 'up', degraded: true });
    expect((await app.inject('/metrics')).body).toContain(
      'holdfast_http_shed_total{method="GET",route="/api/desk"} 30',
    );
    expect(told(/some get 503/).length - begun).toBe(1);
    expect(told(/"status":503/)).toEqual([]);
    letGo();
    expect(await statuses(waiting)).toEqual(new Set([200]));
    expect(await statusOf('/api/desk')).toBe(200);
    await eventually(() => expect(told(/all requests are taken again; 30 got 503/)).toHaveLength(1), 30_000);
    expect((await app.inject('/health')).json().details.load).not.toHaveProperty('degraded');
  });

  it('refuses before it reads the body, and keeps no connection for a large one', async () => {
    const waiting = crowd(POST);
    await eventually(() => expect(atTheDesk).toBe(CROWD));
    const socket = connect(Number(new URL(await app.getUrl()).port), '127.0.0.1');
    let heard = '';
    socket.setEncoding('latin1').on('data', (piece: string) => (heard += piece));
    socket.write(
      'POST /api/desk HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{"a"',
    );
    await eventually(() => expect(socket.closed).toBe(true));
    expect(heard).toMatch(/^HTTP\/1\.1 503 .*connection: close\r\n.*"\/problems\/overloaded"/is);
    letGo();
    expect(await statuses(waiting)).toEqual(new Set([201]));
  });

  it('counts neither streams nor bodies that do not come, and forgets who hangs up', async () => {
    const streams = crowd({ method: 'GET', url: '/api/desk/stream' }, CROWD + 10);
    await eventually(() => expect(atTheDesk).toBe(CROWD + 10));
    expect(await statusOf('/api/desk/beside')).toBe(200);
    closeDesk();
    const sockets: Socket[] = [];
    const port = Number(new URL(await app.getUrl()).port);
    const open = (bytes: string): void => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined).write(bytes);
      sockets.push(socket);
    };
    const head = 'POST /api/desk HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n';
    for (let n = 0; n < CROWD; n++) open(`${head}{`);
    for (let n = 0; n < 20; n++) open(`${head}{"a": 1}`);
    await eventually(() => expect(atTheDesk).toBe(20));
    for (const socket of sockets) socket.destroy();
    const connections = (): Promise<number> =>
      new Promise((resolve) => app.getHttpServer().getConnections((_: unknown, count: number) => resolve(count)));
    await eventually(async () => expect(await connections()).toBe(0));
    closeDesk();
    const waiting = crowd(POST);
    await eventually(() => expect(atTheDesk).toBe(CROWD));
    letGo();
    expect(await statuses(waiting)).toEqual(new Set([201]));
    expect(streams).toHaveLength(CROWD + 10);
  });

  it('refuses nobody where the setting is 0', async () => {
    const patient = await start({ SHED_DELAY_MS: '0' });
    const waiting = Array.from({ length: CROWD + 10 }, () => patient.inject('/api/desk'));
    await eventually(() => expect(atTheDesk).toBe(CROWD + 10));
    letGo();
    expect(await statuses(waiting)).toEqual(new Set([200]));
  });
});
