import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { Body, Controller, Get, Module, Post, Req, StreamableFile } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { readSettings, Settings } from '../config/settings.js';
import { createPino, HoldfastLogger } from '../observability/logger.js';
import { Allow } from '../security/access-guard.js';
import { type Actor, Authenticator } from '../security/actor.js';
import { eventually } from '../testing/eventually.js';
import { Consumes } from './consumes.js';
import { createHttpApp } from './http-app.js';
import { HttpModule } from './http.module.js';
import { serveDocs } from './openapi.js';
import { platformProblems, ProblemCatalogue } from './problem.js';

const PIECE = 64 * 1024;
const PIECES = 256;
let done: unknown[] = [];

@Controller('things')
@Allow('docs:read')
class Things {
  @Get()
  small(): object {
    return { ok: true };
  }

  /** 16 MB, more than the buffers of two sockets take. */
  @Get('many')
  many(): StreamableFile {
    return new StreamableFile(Readable.from(Array.from({ length: PIECES }, () => Buffer.alloc(PIECE))));
  }

  @Get('large')
  large(): Buffer {
    return Buffer.alloc(PIECE * PIECES);
  }

  /** Longer than any body may take. */
  @Post('considered')
  consider(): Promise<object> {
    return sleep(1500, {});
  }

  /** Reads it to its end. */
  @Post('forms')
  @Consumes('multipart/form-data')
  async read(@Req() { raw }: FastifyRequest): Promise<object> {
    for await (const _ of raw);
    return {};
  }

  @Post()
  make(@Body() body: unknown): object {
    done.push(body);
    return {};
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
const PAGE = 'http://localhost:5173';

jest.setTimeout(120_000);

describe('The HTTP server', () => {
  const opened: NestFastifyApplication[] = [];
  let app: NestFastifyApplication;

  async function start(env: Record<string, string>): Promise<NestFastifyApplication> {
    const settings = readSettings({ NODE_ENV: 'test', ...env });
    const parts = [
      { provide: Settings, useValue: settings },
      { provide: Authenticator, useClass: Nobody },
      { provide: ProblemCatalogue, useValue: new ProblemCatalogue(platformProblems) },
    ];
    const surroundings = { module: Surroundings, global: true, providers: parts, exports: parts };
    const module = { module: Program, imports: [surroundings, HttpModule], controllers: [Things] };
    const made = await createHttpApp(module, settings, new HoldfastLogger(createPino('silent', 'test')));
    opened.push(made);
    await made.init();
    serveDocs(made);
    await made.listen(0, '127.0.0.1');
    return made;
  }
  beforeAll(async () => {
    const origins = `${SHOP}, ${PAGE}`;
    const patience = { HEADERS_MAX_SECONDS: '1', BODY_MAX_SECONDS: '1', READER_PATIENCE_SECONDS: '3' };
    app = await start({ CORS_ORIGINS: origins, PUBLIC_URL: 'https://books.example.org', ...patience });
  });
  beforeEach(() => (done = []));
  afterAll(() => Promise.all(opened.map((one) => one.close())));

  const ask = async (url: string, headers: Record<string, string> = {}, method: 'GET' | 'OPTIONS' | 'POST' = 'GET') => {
    const { statusCode: status, headers: answered, body } = await app.inject({ method, url, headers });
    return { status, headers: answered as Record<string, string | undefined>, body };
  };

  it.each(['/api/things', '/api/nothing', '/api/%zz'])(
    'gives the id of the request back, and lets pages elsewhere read it (%s)',
    async (path) => {
      const { headers } = await ask(path, { origin: SHOP, 'x-request-id': 'mine-1' });
      expect(headers).toMatchObject({ 'x-request-id': 'mine-1', 'access-control-allow-origin': SHOP, vary: 'Origin' });
      expect(headers['access-control-expose-headers']).toContain('X-Request-Id');
      expect((await ask(path)).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  describe('tells browsers', () => {
    it.each(['/api/things', '/api/nothing', '/api/%zz', '/problems/forbidden', '/api/docs'])(
      'to load, guess and embed nothing beyond what it says (%s)',
      async (path) => {
        const { headers } = await ask(path);
        expect(headers).toMatchObject({
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'referrer-policy': 'no-referrer',
          'cross-origin-resource-policy': 'same-origin',
          'strict-transport-security': 'max-age=31536000',
        });
        expect(headers['content-security-policy']).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
      },
    );

    it('nothing of TLS where nobody speaks it', async () => {
      const plain = await start({});
      expect((await plain.inject('/api/things')).headers).not.toHaveProperty('strict-transport-security');
    });

    /** What a browser would refuse of a page under its policy. */
    const refused = (html: string, policy = ''): string[] => {
      const sources = (name: string): string =>
        new RegExp(`(?:^|; )${name} ([^;]*)`).exec(policy)?.[1] ?? /default-src ([^;]*)/.exec(policy)?.[1] ?? '*';
      const wrong: string[] = [];
      const check = (what: string, directive: string, inline: boolean): void => {
        if (!sources(directive).includes(inline ? "'unsafe-inline'" : "'self'")) wrong.push(what);
      };
      for (const [tag, attributes, content] of html.matchAll(/<script([^>]*)>([^<]*)/g)) {
        if (attributes?.includes('src=')) check(tag, 'script-src', false);
        if (content?.trim()) check(tag, 'script-src', true);
      }
      for (const [tag] of html.matchAll(/<style[^>]*>|\sstyle="[^"]*"/g)) check(tag, 'style-src', true);
      for (const [tag] of html.matchAll(/<link[^>]*stylesheet[^>]*>/g)) check(tag, 'style-src', false);
      for (const [tag] of html.matchAll(/\son\w+="[^"]*"/g)) check(tag, 'script-src', true);
      return wrong;
    };

    it.each(['/api/docs', '/problems/forbidden'])('enough for its own page %s to work', async (path) => {
      const { status, headers, body } = await ask(path);
      expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/html/)]);
      expect(refused(body, headers['content-security-policy'])).toEqual([]);
      expect(refused(body, "default-src 'none'")).not.toEqual([]);
    });

    it('the same of the files of Swagger UI, and lets it ask this server', async () => {
      const { status, headers } = await ask('/api/docs/swagger-ui-bundle.js');
      expect([status, headers['x-content-type-options']]).toEqual([200, 'nosniff']);
      expect((await ask('/api/docs')).headers['content-security-policy']).toContain("connect-src 'self'");
    });
  });

  describe('lets scripts of other origins', () => {
    const preflight = { 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'if-match' };

    it.each([SHOP, PAGE])('that are in CORS_ORIGINS (%s) read answers, their headers, and refusals', async (origin) => {
      for (const path of ['/api/things', '/api/nothing']) {
        const { headers } = await ask(path, { origin });
        expect(headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'Origin' });
        expect(headers['access-control-expose-headers']?.split(', ')).toEqual(
          expect.arrayContaining(['ETag', 'Link', 'Location', 'Retry-After', 'RateLimit', 'X-Request-Id']),
        );
        expect(headers).not.toHaveProperty('access-control-allow-credentials');
      }
    });

    it('that are in it ask beforehand', async () => {
      const { status, headers } = await ask('/api/things', { origin: SHOP, ...preflight }, 'OPTIONS');
      expect([status, headers['access-control-allow-origin']]).toEqual([204, SHOP]);
      expect(headers['access-control-allow-methods']).toContain('PATCH');
      expect(headers['access-control-allow-headers']).toContain('If-Match');
    });

    it.each([
      'https://shop.example.org.evil.example',
      'http://shop.example.org',
      'https://shop.example.org:8443',
      'null',
    ])('that are not (%s) do neither', async (origin) => {
      const answers = [await ask('/api/things', { origin })];
      answers.push(await ask('/api/things', { origin, ...preflight }, 'OPTIONS'));
      expect(answers.map(({ status }) => status)).toEqual([200, 405]);
      for (const { headers } of answers) {
        expect(headers).not.toHaveProperty('access-control-allow-origin');
        expect(headers).toMatchObject({ vary: 'Origin' });
      }
    });

    it('do nothing where the setting is empty', async () => {
      const closed = await start({});
      const { headers } = await closed.inject({ url: '/api/things', headers: { origin: SHOP } });
      expect(Object.keys(headers).filter((name) => /^access-control|^vary/.test(name))).toEqual([]);
    });
  });

  describe('is not held by clients', () => {
    /** Ended after each test, also after one that failed. */
    const sockets: Socket[] = [];
    const drips: NodeJS.Timeout[] = [];
    afterEach(() => {
      for (const drip of drips.splice(0)) clearInterval(drip);
      for (const socket of sockets.splice(0)) socket.destroy();
    });
    /** Until there is an answer: a write that fails would end the socket before that is read. */
    const dripInto = (socket: Socket & { heard: () => string }): void => {
      drips.push(setInterval(() => void (socket.heard() === '' && socket.write('a')), 100));
    };
    const open = async (server = app): Promise<Socket & { heard: () => string }> => {
      const socket = connect(Number(new URL(await server.getUrl()).port), '127.0.0.1');
      sockets.push(socket);
      let text = '';
      socket.on('error', () => undefined);
      socket.setEncoding('latin1').on('data', (piece: string) => (text += text.length < 2000 ? piece : ''));
      return Object.assign(socket, { heard: () => text });
    };
    const isOver = (socket: Socket): Promise<void> => eventually(() => expect(socket.closed).toBe(true), 20_000);
    const connections = (): Promise<number> =>
      new Promise((resolve) => app.getHttpServer().getConnections((_: unknown, count: number) => resolve(count)));

    it('that do not finish the header', async () => {
      const socket = await open();
      socket.write('GET /api/things HTTP/1.1\r\nHost: here\r\nX-Slow: ');
      dripInto(socket);
      await isOver(socket);
      expect(socket.heard()).toMatch(/^HTTP\/1\.1 408 .*"\/problems\/request-timeout"/s);
    });

    it('that do not finish the body, of which nothing is done', async () => {
      const socket = await open();
      const head =
        'POST /api/things HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n';
      socket.write(`${head}{"a":"`);
      dripInto(socket);
      await isOver(socket);
      expect(socket.heard()).toMatch(/^HTTP\/1\.1 408 .*"\/problems\/request-timeout"/s);
      expect(done).toEqual([]);
    });

    it('that do not finish an upload, whose time is that of any request', async () => {
      const patient = await start({ HEADERS_MAX_SECONDS: '1', BODY_MAX_SECONDS: '1', REQUEST_MAX_SECONDS: '30' });
      const server = patient.getHttpServer();
      expect(server.requestTimeout).toBe(30_000);
      // The least that can be set is long for a test.
      server.requestTimeout = 2000;
      const socket = await open(patient);
      const form = 'Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000\r\n\r\n--x\r\n';
      socket.write(`POST /api/things/forms HTTP/1.1\r\nHost: here\r\n${form}`);
      dripInto(socket);
      await isOver(socket);
      expect(socket.heard()).toMatch(/^HTTP\/1\.1 408 .*"\/problems\/request-timeout"/s);
    });

    it('that are many: whoever else comes is answered meanwhile, and each of them is cut at its limit', async () => {
      const head = 'POST /api/things HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n';
      const slow = await Promise.all(Array.from({ length: 400 }, () => open()));
      for (const [n, socket] of slow.entries()) {
        socket.write(n % 2 ? `${head}X-Slow: ` : `${head}Content-Length: 9000\r\n\r\n{"a":"`);
        dripInto(socket);
      }
      const url = `${await app.getUrl()}/api/things`;
      const answers: number[] = [];
      const isAnyOpen = (): boolean => slow.some((socket) => !socket.closed);
      do answers.push((await fetch(url, { headers: { connection: 'close' } })).status);
      while (isAnyOpen() && answers.length < 10_000);
      expect(new Set(answers)).toEqual(new Set([200]));
      expect(isAnyOpen()).toBe(false);
      const refused = slow.filter((socket) => /^HTTP\/1\.1 408 .*"\/problems\/request-timeout"/s.test(socket.heard()));
      expect(refused).toHaveLength(400);
      expect(done).toEqual([]);
    });

    it('but lets a route take its time that gets no body, or has it already', async () => {
      const url = `${await app.getUrl()}/api/things/considered`;
      const json = { 'content-type': 'application/json' };
      const requests: { body?: string; headers?: Record<string, string> }[] = [
        {},
        { headers: json },
        { body: '{}', headers: json },
        { body: '{}' },
      ];
      const answers = await Promise.all(
        requests.map(({ headers, ...request }) =>
          fetch(url, { method: 'POST', headers: { connection: 'close', ...headers }, ...request }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 415]);
      expect((await ask('/api/things/considered', {}, 'POST')).status).toBe(201);
    });

    it('but waits for a body that comes in pieces, in time', async () => {
      const socket = await open();
      const body = '{"a":1}';
      socket.write(
        `POST /api/things HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      for (const character of body) socket.write(character);
      await isOver(socket);
      expect(socket.heard()).toMatch(/^HTTP\/1\.1 201 /);
      expect(done).toEqual([{ a: 1 }]);
    });

    it.each(['many', 'large'])('that take nothing of their answer (%s)', async (path) => {
      await eventually(async () => expect(await connections()).toBe(0));
      const socket = await open();
      socket.pause();
      socket.write(`GET /api/things/${path} HTTP/1.1\r\nHost: here\r\n\r\n`);
      await eventually(async () => expect(await connections()).toBe(1));
      await eventually(async () => expect(await connections()).toBe(0), 40_000);
      socket.destroy();
    });

    it.each(['many', 'large'])('but gives who takes it slowly all of it (%s)', async (path) => {
      const socket = connect(Number(new URL(await app.getUrl()).port), '127.0.0.1');
      sockets.push(socket.on('error', () => undefined));
      let bytes = 0;
      const read = (): void => {
        for (let piece = 0; piece < 2; piece++) bytes += (socket.read() as Buffer | null)?.length ?? 0;
      };
      drips.push(setInterval(read, 40));
      socket.write(`GET /api/things/${path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n`);
      const began = Date.now();
      await eventually(() => expect(bytes).toBeGreaterThanOrEqual(PIECE * PIECES), 90_000);
      // Longer than the patience: else nobody had to wait.
      expect(Date.now() - began).toBeGreaterThan(3500);
    });
  });
});
