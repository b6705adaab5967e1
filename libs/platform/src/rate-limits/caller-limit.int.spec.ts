import { Controller, Get, Module, NotFoundException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiBearerAuth, type OpenAPIObject } from '@nestjs/swagger';
import { readSettings, Settings } from '../config/settings.js';
import { HealthModule } from '../health/health.module.js';
import { createHttpApp } from '../http/http-app.js';
import { HttpModule } from '../http/http.module.js';
import { serveDocs } from '../http/openapi.js';
import { platformProblems, ProblemCatalogue } from '../http/problem.js';
import { createPino, HoldfastLogger } from '../observability/logger.js';
import { Allow } from '../security/access-guard.js';
import { type Actor, Authenticator } from '../security/actor.js';
import { Limited } from './limited.js';
import { RateLimiter } from './rate-limiter.js';

const HERE = '198.51.100.7';

@Controller('shelf')
class Shelf {
  @Get()
  @Allow('docs:read')
  read(): string {
    return 'ok';
  }

  @Get('nothing')
  @Allow('docs:read')
  nothing(): never {
    throw new NotFoundException();
  }

  @Get('own')
  @Allow('account:use')
  @ApiBearerAuth()
  own(): string {
    return 'ok';
  }

  @Get('staff')
  @Allow('account:administer')
  @Limited()
  staff(): string {
    return 'ok';
  }
}

/** A token that is a name is that customer's. */
class NamedCustomers extends Authenticator {
  authenticate(token: string): Promise<Actor | null> {
    const actor: Actor = { userId: token, role: 'customer', sessionId: 'one' };
    return Promise.resolve(token.startsWith('customer') ? actor : null);
  }
}

@Module({})
class Surroundings {}

@Module({})
class Program {}

const opened: NestFastifyApplication[] = [];

async function start(env: Record<string, string>): Promise<{ app: NestFastifyApplication; document: OpenAPIObject }> {
  const settings = readSettings({ NODE_ENV: 'test', ...env });
  const parts = [
    { provide: Settings, useValue: settings },
    { provide: Authenticator, useClass: NamedCustomers },
    { provide: ProblemCatalogue, useValue: new ProblemCatalogue(platformProblems) },
  ];
  const surroundings = {
    module: Surroundings,
    global: true,
    providers: parts,
    exports: parts.map(({ provide }) => provide),
  };
  const app = await createHttpApp(
    { module: Program, imports: [surroundings, HttpModule, HealthModule.forProbes([])], controllers: [Shelf] },
    settings,
    new HoldfastLogger(createPino('silent', 'test')),
  );
  opened.push(app);
  await app.init();
  const document = serveDocs(app);
  await app.getHttpAdapter().getInstance().ready();
  return { app, document };
}

afterEach(() => Promise.all(opened.splice(0).map((app) => app.close())));

interface From {
  token?: string;
  address?: string;
  forwarded?: string;
}

async function get(app: NestFastifyApplication, path: string, { token, address = HERE, forwarded }: From = {}) {
  const { statusCode, headers, body } = await app.inject({
    method: 'GET',
    url: path,
    remoteAddress: address,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(forwarded ? { 'x-forwarded-for': forwarded } : {}),
    },
  });
  return { status: statusCode, headers, body };
}

async function statuses(app: NestFastifyApplication, times: number, path: string, from: From = {}): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < times; i++) found.push((await get(app, path, from)).status);
  return found;
}

describe('The limit of all requests of a caller', () => {
  it('refuses what is more than the setting in a minute, and says in each answer where it stands', async () => {
    const { app } = await start({ REQUESTS_PER_MINUTE: '3' });
    const first = await get(app, '/api/shelf');
    expect(first.status).toBe(200);
    expect(first.headers['ratelimit-policy']).toBe('"requests";q=3;w=60');
    expect(first.headers.ratelimit).toBe('"requests";r=2;t=60');
    expect(await statuses(app, 2, '/api/shelf')).toEqual([200, 200]);

    const refused = await get(app, '/api/shelf');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(30);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(refused.headers.ratelimit).toBe(`"requests";r=0;t=${String(refused.headers['retry-after'])}`);
    expect(JSON.parse(refused.body)).toMatchObject({ type: '/problems/too-many-requests', status: 429 });
  });

  it('is one for all routes, and lets exactly so many of those through that come together', async () => {
    const { app } = await start({ REQUESTS_PER_MINUTE: '10' });
    const paths = ['/api/shelf', '/api//shelf', '/api/shelf/nothing', '/api/shelf/'];
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => get(app, paths[i % 4] ?? '')));
    const limited = answers.filter(({ headers }) => headers.ratelimit !== undefined);
    expect(limited.filter(({ status }) => status !== 429)).toHaveLength(10);
    expect(limited.length).toBeGreaterThanOrEqual(45);
  });

  it('is counted by the address of who is not signed in: an IPv4 address, or the /64 of an IPv6 one', async () => {
    const { app } = await start({ REQUESTS_PER_MINUTE: '2' });
    expect(await statuses(app, 3, '/api/shelf')).toEqual([200, 200, 429]);
    expect(await statuses(app, 1, '/api/shelf', { address: '198.51.100.8' })).toEqual([200]);
    expect(await statuses(app, 1, '/api/shelf', { address: `::ffff:${HERE}` })).toEqual([429]);
    expect(await statuses(app, 2, '/api/shelf', { address: '2001:db8::1' })).toEqual([200, 200]);
    expect(await statuses(app, 1, '/api/shelf', { address: '2001:db8::2' })).toEqual([429]);
    expect(await statuses(app, 1, '/api/shelf', { address: '2001:db8:0:1::1' })).toEqual([200]);
  });

  it('is counted by the account of who is signed in, wherever the requests come from', async () => {
    const { app } = await start({ REQUESTS_PER_MINUTE: '2' });
    const ada = { token: 'customer-ada' };
    expect(await statuses(app, 2, '/api/shelf/own', ada)).toEqual([200, 200]);
    expect(await statuses(app, 1, '/api/shelf/own', { ...ada, address: '203.0.113.1' })).toEqual([429]);
    expect(await statuses(app, 2, '/api/shelf/own', { token: 'customer-ben' })).toEqual([200, 200]);
    expect(await statuses(app, 1, '/api/shelf')).toEqual([200]);
  });

  it('counts what is refused for want of a token, a good one, or the right', async () => {
    const { app } = await start({ REQUESTS_PER_MINUTE: '2' });
    expect(await statuses(app, 3, '/api/shelf/own')).toEqual([401, 401, 429]);
    const forged = { token: 'forged', address: '203.0.113.1' };
    expect(await statuses(app, 3, '/api/shelf/own', forged)).toEqual([401, 401, 429]);
    expect(await statuses(app, 3, '/api/shelf/staff', { token: 'customer-ada' })).toEqual([403, 403, 429]);
  });

  it.each(['/health', '/health/live', '/api/health/ready', '/problems/forbidden', '/api/docs', '/api/schema'])(
    'does not count %s',
    async (path) => {
      const { app } = await start({ REQUESTS_PER_MINUTE: '1' });
      const answers = await Promise.all(Array.from({ length: 5 }, () => get(app, path)));
      for (const { status, headers } of answers) {
        expect(status).toBe(200);
        expect(headers.ratelimit).toBeUndefined();
      }
      expect(await statuses(app, 2, '/api/shelf')).toEqual([200, 429]);
    },
  );

  it('is off by default, and then nothing is asked', async () => {
    const { app } = await start({});
    const take = jest.spyOn(app.get(RateLimiter), 'take');
    expect(new Set(await statuses(app, 50, '/api/shelf'))).toEqual(new Set([200]));
    expect((await get(app, '/api/shelf/own', { token: 'customer-ada' })).headers.ratelimit).toBeUndefined();
    expect(take).not.toHaveBeenCalled();
  });
});

describe('The address that a limit counts by', () => {
  it('does not change with an X-Forwarded-For that nobody trusts', async () => {
    const { app } = await start({ REQUESTS_PER_MINUTE: '2' });
    expect(await statuses(app, 2, '/api/shelf', { forwarded: '203.0.113.1' })).toEqual([200, 200]);
    expect(await statuses(app, 1, '/api/shelf', { forwarded: '203.0.113.2' })).toEqual([429]);
    expect(await statuses(app, 1, '/api/shelf')).toEqual([429]);
  });

  it('does not change with an X-Forwarded-For from anybody but the trusted proxies', async () => {
    const { app } = await start({ REQUESTS_PER_MINUTE: '2', TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1' });
    expect(await statuses(app, 2, '/api/shelf', { forwarded: '203.0.113.1' })).toEqual([200, 200]);
    expect(await statuses(app, 1, '/api/shelf', { forwarded: '203.0.113.2' })).toEqual([429]);
  });

  it('is the one that the trusted proxies tell, past all of them, whatever the client wrote before', async () => {
    const { app } = await start({ REQUESTS_PER_MINUTE: '2', TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1' });
    const client = (address: string) => ({ address: '10.1.2.3', forwarded: `1.1.1.1, ${address}, 192.0.2.1` });
    expect(await statuses(app, 3, '/api/shelf', client('203.0.113.1'))).toEqual([200, 200, 429]);
    expect(await statuses(app, 3, '/api/shelf', client('203.0.113.2'))).toEqual([200, 200, 429]);
    const written = { address: '10.1.2.3', forwarded: '8.8.8.8, 203.0.113.1, 192.0.2.1' };
    expect(await statuses(app, 1, '/api/shelf', written)).toEqual([429]);
  });

  it('is one for all nonsense that a trusted proxy passes on', async () => {
    const { app } = await start({ REQUESTS_PER_MINUTE: '2', TRUSTED_PROXIES: '10.0.0.0/8' });
    const nonsense = ['unknown', '_hidden', '999.1.1.1', '<script>', 'a'.repeat(1000)];
    const found: number[] = [];
    for (const forwarded of nonsense)
      found.push(...(await statuses(app, 1, '/api/shelf', { address: '10.1.2.3', forwarded })));
    expect(found).toEqual([200, 200, 429, 429, 429]);
  });
});

describe('The OpenAPI document', () => {
  type Operation = { responses: Record<string, { headers?: object; content?: object }> };
  const operationOf = (document: OpenAPIObject, path: string) => document.paths[path]?.get as unknown as Operation;

  it('has 429 with its headers where a route has a limit of its own', async () => {
    const { document } = await start({});
    const refused = operationOf(document, '/api/shelf/staff').responses['429'];
    expect(Object.keys(refused?.headers ?? {})).toEqual(['Retry-After', 'RateLimit-Policy', 'RateLimit']);
    expect(refused?.content).toEqual({
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: { 'too-many-requests': { $ref: '#/components/examples/too-many-requests' } },
      },
    });
    expect(operationOf(document, '/api/shelf').responses['429']).toBeUndefined();
  });

  it('has it on every route that is counted when all requests of a caller are limited, and not a trace on the others', async () => {
    const { document } = await start({ REQUESTS_PER_MINUTE: '100' });
    for (const path of ['/api/shelf', '/api/shelf/own', '/api/shelf/staff'])
      expect(operationOf(document, path).responses['429']?.headers).toHaveProperty('RateLimit');
    expect(operationOf(document, '/health/live').responses['429']).toBeUndefined();
    expect(JSON.stringify(document)).not.toContain('x-uncounted');
  });
});
