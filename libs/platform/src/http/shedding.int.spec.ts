import { request as requestHttp, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readSettings, Settings } from '../config/settings.js';
import { HealthModule } from '../health/health.module.js';
import { createPino, HoldfastLogger } from '../observability/logger.js';
import { MetricsController } from '../observability/metrics.controller.js';
import { MetricsModule } from '../observability/metrics.module.js';
import { Allow } from '../security/access-guard.js';
import { type Actor, Authenticator } from '../security/actor.js';
import { eventually } from '../testing/eventually.js';
import { Ending } from './ending.js';
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

  @Get('large')
  giveMuch(): object {
    return { much: 'a'.repeat(8_000_000) };
  }

  @Get(':id')
  askFor(@Param('id') id: string): Promise<object> {
    return id === 'quick' ? Promise.resolve({}) : this.ask();
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

const SHOP = 'https://shop.example.org';

jest.setTimeout(120_000);

describe('The HTTP server', () => {
  const opened: NestFastifyApplication[] = [];
  const sockets: Socket[] = [];
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
  // So little that the crowds of these tests, which end at once, one after the other, are no rate at which a crowd passes.
  beforeAll(async () => (app = await start({ CORS_ORIGINS: SHOP, SHED_DELAY_MS: '100' })));
  beforeEach(closeDesk);
  afterEach(() => {
    letGo();
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  afterAll(() => Promise.all(opened.map((one) => one.close())));

  const POST = { method: 'POST', url: '/api/desk', payload: { a: 1 } } as const;
  /** Past the threshold, where nobody is refused. */
  const crowd = (
    request: { method: 'GET' | 'HEAD' | 'POST'; url: string } = { method: 'GET', url: '/api/desk' },
    count = CROWD,
  ) => Array.from({ length: count }, () => app.inject(request));
  const statuses = async (answers: ReturnType<typeof crowd>) =>
    new Set((await Promise.all(answers)).map(({ statusCode }) => statusCode));
  const portOf = async (one = app): Promise<number> => Number(new URL(await one.getUrl()).port);
  /** Sends the path as it is written. */
  async function ask(path: string, { method = 'GET', headers = {} } = {}) {
    const port = await portOf();
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      requestHttp({ port, host: '127.0.0.1', method, path, headers }, resolve).on('error', reject).end();
    });
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
  }
  const statusOf = async (path: string): Promise<number | undefined> => (await ask(path)).status;
  /** What comes back on one connection to these bytes. */
  async function exchange(bytes: string): Promise<{ socket: Socket; heard: () => string }> {
    const socket = connect(await portOf(), '127.0.0.1');
    sockets.push(socket);
    let heard = '';
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (piece: string) => (heard += piece));
    socket.write(bytes);
    return { socket, heard: () => heard };
  }
  async function whileFull(request: Parameters<typeof crowd>[0], work: () => Promise<void>): Promise<void> {
    const waiting = crowd(request);
    await eventually(() => expect(atTheDesk).toBe(CROWD));
    try {
      await work();
    } finally {
      letGo();
      await Promise.all(waiting);
    }
  }
  const told = (words: RegExp): string[] => said.filter((line) => words.test(line));

  it('refuses a request of a route that has more of them than it can finish, and nothing else', async () => {
    const begun = told(/some get 503/).length;
    const waiting = crowd();
    await eventually(() => expect(atTheDesk).toBe(CROWD));
    const retries = new Set<string>();
    for (let n = 0; n < 30; n++) {
      const refused = await ask('/api/desk?n=1', { headers: { 'x-request-id': 'mine' } });
      expect(refused.status).toBe(503);
      expect(JSON.parse(refused.body)).toEqual({
        type: '/problems/overloaded',
        title: platformProblems.overloaded.title,
        status: 503,
        detail: expect.stringContaining('Retry-After'),
        instance: '/api/desk?n=1',
      });
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
    expect(JSON.parse((await ask('/health')).body).details.load).toMatchObject({ status: 'up', degraded: true });
    const figures = async (): Promise<string> => (await ask('/metrics')).body;
    await eventually(async () =>
      expect(await figures()).toContain('holdfast_http_shed_total{method="GET",route="/api/desk"} 30\n'),
    );
    expect(await figures()).not.toMatch(/holdfast_http_requests_total\{[^}]*status="503"/);
    expect(told(/some get 503/).length - begun).toBe(1);
    expect(told(/"status":503/)).toEqual([]);
    letGo();
    expect(await statuses(waiting)).toEqual(new Set([200]));
    expect(await statusOf('/api/desk')).toBe(200);
    await eventually(() => expect(told(/all requests are taken again; 30 got 503/)).toHaveLength(1), 30_000);
    expect(await figures()).toContain('holdfast_http_shed_total{method="GET",route="/api/desk"} 30\n');
    expect(JSON.parse((await ask('/health')).body).details.load).not.toHaveProperty('degraded');
  });

  it('refuses before it reads the body, and keeps no connection for a large one', () =>
    whileFull(POST, async () => {
      const head = 'POST /api/desk HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n';
      for (const framing of ['Content-Length: 900000', 'Transfer-Encoding: chunked']) {
        const { socket, heard } = await exchange(`${head}${framing}\r\n\r\n`);
        await eventually(() => expect(socket.closed).toBe(true));
        expect(heard()).toMatch(/^HTTP\/1\.1 503 .*connection: close\r\n.*"\/problems\/overloaded"/is);
      }
    }));

  it('answers what follows a refused request on its connection, in order', () =>
    whileFull(POST, async () => {
      const head =
        'POST /api/desk HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 31\r\n\r\n';
      const next = 'GET /api/desk/beside HTTP/1.1\r\nHost: here\r\n\r\n';
      const looksLikeOne = 'GET /api/nothing HTTP/1.1\r\n\r\n{}';
      const { socket, heard } = await exchange(`${head}${looksLikeOne}${next}${head}${looksLikeOne.slice(0, 9)}`);
      const answers = (): string[] => [...heard().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status ?? '');
      await eventually(() => expect(answers()).toEqual(['503', '200', '503']));
      socket.write(`${looksLikeOne.slice(9)}${next}`);
      await eventually(() => expect(answers()).toEqual(['503', '200', '503', '200']));
    }));

  it('sends a refusal behind the answers to what came before it on its connection', () =>
    whileFull(undefined, async () => {
      const { heard } = await exchange(
        'GET /api/desk/stream HTTP/1.1\r\nHost: here\r\n\r\nGET /api/desk HTTP/1.1\r\nHost: here\r\n\r\n',
      );
      await eventually(() => expect(atTheDesk).toBe(CROWD + 1));
      expect(await statusOf('/api/desk')).toBe(503);
      expect(heard()).toBe('');
      letGo();
      await eventually(() => expect(heard()).toMatch(/^HTTP\/1\.1 200 .*HTTP\/1\.1 503 .*"\/problems\/overloaded"/s));
    }));

  /** One connection, on which the next request is sent when there is an answer to the last. */
  async function inTurn(): Promise<(bytes: string) => Promise<string>> {
    const { socket, heard } = await exchange('');
    return async (bytes) => {
      const before = heard().length;
      socket.write(bytes);
      await eventually(() => expect(heard().slice(before)).toMatch(/\}$/));
      return heard().slice(before);
    };
  }

  it('has the same in a refusal, whichever way it is sent', () =>
    whileFull(POST, async () => {
      const server = app.getHttpServer();
      let parsed = 0;
      const count = (): void => void parsed++;
      server.on('request', count);
      const send = await inTurn();
      const refusal = async (more = ''): Promise<{ parsed: number; lines: string[] }> => {
        const begun = Date.now();
        const fields = `Origin: ${SHOP}\r\nX-Request-Id: mine\r\nContent-Length: 2\r\n${more}`;
        const answer = await send(`POST /api/desk?n=1 HTTP/1.1\r\nHost: here\r\n${fields}\r\n{}`);
        const sent = Date.parse(/\r\nDate: (.*)\r\n/.exec(answer)?.[1] ?? '');
        expect(sent > begun - 1000 && sent <= Date.now()).toBe(true);
        return {
          parsed,
          lines: answer
            .replace(/\r\n(Retry-After|Date): .*/g, '\r\n$1')
            .split('\r\n')
            .sort(),
        };
      };
      await refusal();
      const byNode = await refusal();
      const ahead = await refusal();
      const byStream = await refusal('Connection: close\r\n');
      server.off('request', count);
      expect([byNode, ahead, byStream].map((one) => one.parsed)).toEqual([2, 2, 3]);
      expect(ahead.lines).toEqual(byNode.lines);
      const staying = ['Connection: keep-alive', `Keep-Alive: timeout=${server.keepAliveTimeout / 1000}`];
      expect(ahead.lines).toEqual(
        [...byStream.lines.filter((line) => line !== 'Connection: close'), ...staying].sort(),
      );
      expect(ahead.lines).toHaveLength(18);
    }));

  it('answers a connection on which it refused as any other, when the route is not full any more', async () => {
    const send = await inTurn();
    const statusOf = async (path: string): Promise<string> =>
      (await send(`GET ${path} HTTP/1.1\r\nHost: here\r\n\r\n`)).slice(9, 12);
    await whileFull(undefined, async () => {
      for (let n = 0; n < 5; n++) expect(await statusOf('/api/desk')).toBe('503');
      expect(await statusOf('/api/desk/beside')).toBe('200');
      for (let n = 0; n < 2; n++) expect(await statusOf('/api/desk')).toBe('503');
    });
    expect(await statusOf('/api/desk')).toBe('200');
    expect(await statusOf('/api/desk/beside')).toBe('200');
  });

  it('reads on from who was refused behind an answer that was slow to take', () =>
    whileFull(undefined, async () => {
      const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: here\r\n\r\n`;
      const { socket, heard } = await exchange('');
      socket.pause();
      socket.write(get('/api/desk/large'));
      // As much as the connection holds is under way then, and Node reads no more from it.
      await sleep(300);
      socket.write(get('/api/desk'));
      await sleep(300);
      socket.resume();
      await eventually(() => expect(heard()).toMatch(/"\/problems\/overloaded"[^]*\}$/));
      for (const count of [1, 2]) {
        socket.write(get('/api/desk/beside'));
        await eventually(() => expect(heard().match(/\{"ok":true\}/g)).toHaveLength(count));
      }
    }));

  it('sends no body to HEAD, which counts by itself', () =>
    whileFull({ method: 'HEAD', url: '/api/desk' }, async () => {
      const { heard } = await exchange(
        'HEAD /api/desk HTTP/1.1\r\nHost: here\r\n\r\nGET /api/desk/beside HTTP/1.1\r\nHost: here\r\n\r\n',
      );
      await eventually(() => expect(heard()).toMatch(/"ok"/));
      expect(heard()).toMatch(/^HTTP\/1\.1 503 [^{]*content-length: [1-9]\d+\r\n[^{]*\r\n\r\nHTTP\/1\.1 200 /i);
    }));

  it.each([
    [
      '/api/desk',
      ['/api/desk/', '/api/%64esk', '/api/desk?a=/b', 'http://here/api/desk'],
      ['/api/desk/beside', '/api/DESK'],
    ],
    [
      '/api/desk/7',
      ['/api/desk/8?a=1', '/api/desk/a%2Fb/', '/api/desk/b%65sides', '/api/desk/%E2%82%AC'],
      ['/api/desk/beside', '/api/desk/%62eside', '/api/desk/7/8', '/api/desk/%zz'],
    ],
  ])('means all that Fastify takes for the route when it refuses %s', (url, refused, others) =>
    whileFull({ method: 'GET', url }, async () => {
      for (const path of refused) expect([path, await statusOf(path)]).toEqual([path, 503]);
      for (const path of others) expect([path, await statusOf(path)]).not.toEqual([path, 503]);
      expect((await ask(url, { method: 'DELETE' })).status).toBe(405);
    }),
  );

  it('lets scripts of other origins read the refusal, and nobody else', () =>
    whileFull(undefined, async () => {
      const { status, headers } = await ask('/api/desk', { headers: { origin: SHOP } });
      expect([status, headers.vary, headers['access-control-allow-origin']]).toEqual([503, 'Origin', SHOP]);
      expect(headers['access-control-expose-headers']).toMatch(/Retry-After.*X-Request-Id/);
      for (const origin of ['https://evil.example', undefined]) {
        const other = (await ask('/api/desk', { headers: origin ? { origin } : {} })).headers;
        expect(other.vary).toBe('Origin');
        expect(Object.keys(other).filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
      const preflight = { origin: SHOP, 'access-control-request-method': 'GET' };
      expect((await ask('/api/desk', { method: 'OPTIONS', headers: preflight })).status).toBe(204);
    }));

  it('keeps to HTTP in a refusal', () =>
    whileFull(undefined, async () => {
      const withoutHost = await exchange('GET /api/desk HTTP/1.1\r\n\r\n');
      await eventually(() => expect(withoutHost.heard()).toMatch(/^HTTP\/1\.1 400 .*"\/problems\/malformed-request"/s));
      const old = await exchange('GET /api/desk HTTP/1.0\r\n\r\n');
      await eventually(() => expect(old.socket.closed).toBe(true));
      expect(old.heard()).toMatch(/^HTTP\/1\.1 503 .*connection: close\r\n.*"\/problems\/overloaded"/is);
      const expecting = await exchange('GET /api/desk HTTP/1.1\r\nHost: here\r\nExpect: the-moon\r\n\r\n');
      await eventually(() => expect(expecting.heard()).toMatch(/^HTTP\/1\.1 503 /));
      const ids = await Promise.all(
        ['a b', 'x'.repeat(129)].map((id) => ask('/api/desk', { headers: { 'x-request-id': id } })),
      );
      for (const { headers } of ids) expect(headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
      expect(new Set(ids.map(({ headers }) => headers['x-request-id'])).size).toBe(2);
    }));

  it('ends the connection with a refusal when the process ends', () =>
    whileFull(undefined, async () => {
      const ending = app.get(Ending);
      ending.hasBegun = true;
      expect((await ask('/api/desk', { headers: { connection: 'keep-alive' } })).headers.connection).toBe('close');
      ending.hasBegun = false;
      expect((await ask('/api/desk', { headers: { connection: 'keep-alive' } })).headers.connection).toBe('keep-alive');
    }));

  it('counts neither streams nor bodies that do not come, and forgets who hangs up', async () => {
    const streams = crowd({ method: 'GET', url: '/api/desk/stream' }, CROWD + 10);
    await eventually(() => expect(atTheDesk).toBe(CROWD + 10));
    expect(await statusOf('/api/desk/beside')).toBe(200);
    closeDesk();
    const port = await portOf();
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

  it('looks at its routes also when a busy event loop lets no timer come', async () => {
    const timer = { unref: () => timer } as NodeJS.Timeout;
    const timers = jest.spyOn(globalThis, 'setInterval').mockReturnValue(timer);
    const busy = await start({}).finally(() => timers.mockRestore());
    const waiting = Array.from({ length: CROWD }, () => busy.inject('/api/desk'));
    await eventually(() => expect(atTheDesk).toBe(CROWD));
    const url = await busy.getUrl();
    await eventually(async () => {
      expect((await fetch(`${url}/api/desk`)).status).toBe(503);
      const figures = await (await fetch(`${url}/metrics`)).text();
      expect(figures).toMatch(/holdfast_http_shed_total\{method="GET",route="\/api\/desk"\} [1-9]/);
    });
    letGo();
    expect(await statuses(waiting)).toEqual(new Set([200]));
  });

  it('makes no rate of what ends in a moment: a timer right after a look passes', async () => {
    const timer = { unref: () => timer } as NodeJS.Timeout;
    const timers = jest.spyOn(globalThis, 'setInterval').mockReturnValue(timer);
    let now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
    try {
      const busy = await start({});
      const look = timers.mock.calls.find(([, milliseconds]) => milliseconds === 250)?.[0] as () => void;
      const waiting = Array.from({ length: CROWD }, () => busy.inject('/api/desk'));
      await eventually(() => expect(atTheDesk).toBe(CROWD));
      expect((await fetch(`${await busy.getUrl()}/api/desk`)).status).toBe(503);
      const counted = async (): Promise<boolean> =>
        / [1-9]/.test(/shed_total\{.*/.exec((await busy.inject('/metrics')).body)?.[0] ?? '');
      now += 100;
      look();
      expect(await counted()).toBe(false);
      now += 100;
      look();
      expect(await counted()).toBe(true);
      letGo();
      await Promise.all(waiting);
    } finally {
      clock.mockRestore();
      timers.mockRestore();
    }
  });

  it('refuses nobody where the setting is 0', async () => {
    const patient = await start({ SHED_DELAY_MS: '0' });
    const waiting = Array.from({ length: CROWD + 10 }, () => patient.inject('/api/desk'));
    await eventually(() => expect(atTheDesk).toBe(CROWD + 10));
    const last = fetch(`${await patient.getUrl()}/api/desk`);
    await eventually(() => expect(atTheDesk).toBe(CROWD + 11));
    letGo();
    expect(await statuses(waiting)).toEqual(new Set([200]));
    expect((await last).status).toBe(200);
  });
});
