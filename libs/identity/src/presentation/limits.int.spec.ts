import { randomUUID } from 'node:crypto';
import { RateLimiter } from '@holdfast/platform';
import { describeWith, eventually, FaultProxy, testUrl } from '@holdfast/platform/testing';
import { IdentityApp, PASSWORD } from '../../testing/identity-app.js';

const opened: { close(): Promise<unknown> }[] = [];

async function start(env: Record<string, string>): Promise<IdentityApp> {
  const app = await IdentityApp.start(env);
  opened.push(app);
  return app;
}

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

interface From {
  address?: string;
  forwarded?: string;
}

/** A request that comes from somewhere. */
async function send(app: IdentityApp, url: string, body?: object, { address, forwarded }: From = {}, token?: string) {
  const { statusCode, headers } = await app.nest.inject({
    method: body ? 'POST' : 'GET',
    url,
    remoteAddress: address ?? '198.51.100.7',
    headers: {
      ...(forwarded ? { 'x-forwarded-for': forwarded } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    ...(body ? { payload: body } : {}),
  });
  return { status: statusCode, headers };
}

let number = 0;
/** A wrong password for an account that nobody has, another each time: only the address counts. */
const guess = async (app: IdentityApp, from: From = {}) => {
  const body = { login: `nobody-${number++}`, password: PASSWORD };
  return (await send(app, '/api/auth/login', body, from)).status;
};

async function guesses(app: IdentityApp, times: number, from: From = {}): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < times; i++) found.push(await guess(app, from));
  return found;
}

describe('The address that sign-ins are limited by', () => {
  it('does not change with an X-Forwarded-For of the client', async () => {
    const app = await start({ SIGN_IN_TRIES_PER_ADDRESS: '2' });
    expect(await guesses(app, 2, { forwarded: '203.0.113.1' })).toEqual([401, 401]);
    expect(await guesses(app, 1, { forwarded: '203.0.113.2' })).toEqual([429]);
    expect(await guesses(app, 1)).toEqual([429]);
  });

  it('is the one that a trusted proxy tells, and the proxy itself for nobody', async () => {
    const app = await start({ SIGN_IN_TRIES_PER_ADDRESS: '2', TRUSTED_PROXIES: '198.51.100.0/24' });
    const through = (client: string) => ({ forwarded: `8.8.8.8, ${client}` });
    expect(await guesses(app, 3, through('203.0.113.1'))).toEqual([401, 401, 429]);
    expect(await guesses(app, 3, through('203.0.113.2'))).toEqual([401, 401, 429]);
    expect(await guesses(app, 3, { ...through('203.0.113.3'), address: '203.0.113.9' })).toEqual([401, 401, 429]);
    expect(await guesses(app, 1, { ...through('203.0.113.4'), address: '203.0.113.9' })).toEqual([429]);
  });
});

describe('The limit of all requests of a caller', () => {
  it('is one for all sessions of an account, wherever they are, and another account has its own', async () => {
    const app = await start({ REQUESTS_PER_MINUTE: '12' });
    const reader = await app.customer();
    const elsewhere = await app.signIn(reader.username);
    const other = await app.customer();
    const me = (token: string, address?: string) => send(app, '/api/auth/me', undefined, { address }, token);
    for (let i = 0; i < 6; i++) {
      expect((await me(reader.accessToken)).status).toBe(200);
      expect((await me(elsewhere.accessToken, '203.0.113.1')).status).toBe(200);
    }
    const refused = await me(elsewhere.accessToken, '203.0.113.2');
    expect(refused.status).toBe(429);
    expect(refused.headers['ratelimit-policy']).toBe('"requests";q=12;w=60');
    expect(refused.headers.ratelimit).toBe(`"requests";r=0;t=${String(refused.headers['retry-after'])}`);
    expect((await me(reader.accessToken)).status).toBe(429);
    expect((await me(other.accessToken)).status).toBe(200);
  });

  it('stands in the headers beside the limits of the route', async () => {
    const app = await start({ REQUESTS_PER_MINUTE: '12', REGISTRATIONS_PER_HOUR: '5' });
    const { status, headers } = await send(app, '/api/auth/register', app.newAccount());
    expect(status).toBe(201);
    expect(headers['ratelimit-policy']).toBe('"requests";q=12;w=60, "registration";q=5;w=3600');
    expect(headers.ratelimit).toMatch(/^"requests";r=11;t=60, "registration";r=4;t=3600$/);
  });

  it('does not count the public keys', async () => {
    const app = await start({ REQUESTS_PER_MINUTE: '1' });
    for (let i = 0; i < 5; i++) {
      const { status, headers } = await send(app, '/.well-known/jwks.json');
      expect({ status, limit: headers.ratelimit }).toEqual({ status: 200, limit: undefined });
    }
  });
});

const countsInRedis = (app: IdentityApp): boolean =>
  app.nest.get<RateLimiter, { isReady(): boolean }>(RateLimiter).isReady();

describeWith('redis', 'The limits, in Redis', () => {
  const redis = new URL(testUrl('redis'));

  async function behindProxy(): Promise<{ proxy: FaultProxy; env: Record<string, string> }> {
    const proxy = await FaultProxy.to(redis.hostname, Number(redis.port || 6379));
    opened.push(proxy);
    const url = new URL(redis);
    url.port = String(proxy.port);
    return { proxy, env: { REDIS_URL: url.toString(), REDIS_PREFIX: `holdfast-test-${randomUUID()}` } };
  }

  it('are one for all processes', async () => {
    const { env } = await behindProxy();
    const here = await start({ ...env, SIGN_IN_TRIES_PER_ADDRESS: '4' });
    const there = await start({ ...env, SIGN_IN_TRIES_PER_ADDRESS: '4' });
    // Until Redis has answered for the first time each counts for itself.
    await eventually(() => expect([here, there].map(countsInRedis)).toEqual([true, true]));
    expect(await guesses(here, 2)).toEqual([401, 401]);
    expect(await guesses(there, 3)).toEqual([401, 401, 429]);
    expect(await guesses(here, 1)).toEqual([429]);
  });

  it('hold for each process, and hold nobody up, while Redis answers nothing', async () => {
    const { proxy, env } = await behindProxy();
    const app = await start({ ...env, SIGN_IN_TRIES_PER_ADDRESS: '3', REQUESTS_PER_MINUTE: '100' });
    const reader = await app.customer();
    proxy.freeze();
    await guess(app, { address: '203.0.113.1' });
    // Each waiting for Redis they would need 12 s and more.
    const began = performance.now();
    for (let i = 0; i < 50; i++) {
      expect((await send(app, '/api/auth/me', undefined, {}, reader.accessToken)).status).toBe(200);
    }
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await guesses(app, 4)).toEqual([401, 401, 401, 429]);
    expect((await app.signIn(reader.username)).accessToken).toBeDefined();
  });
});
