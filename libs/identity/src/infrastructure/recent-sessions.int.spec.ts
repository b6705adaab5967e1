import { randomUUID } from 'node:crypto';
import { describeWith, eventually, FaultProxy, testUrl } from '@holdfast/platform/testing';
import { IdentityApp, PASSWORD, type SignedIn } from '../../testing/identity-app.js';

/** Two processes of one installation; here something ends, there it is noticed. */
interface Pair {
  here: IdentityApp;
  there: IdentityApp;
}

async function open(env: Record<string, string>): Promise<Pair> {
  const here = await IdentityApp.start(env);
  return { here, there: await here.beside(env) };
}

async function close({ here, there }: Pair): Promise<void> {
  await there.close();
  await here.close();
}

const me = async (app: IdentityApp, token: string) => (await app.get('/auth/me', token)).status;

/** Each ends the access token of the reader. */
/** A second, and what a busy machine takes to ask; what is remembered for longer is so by far. */
const LATE_MS = 5000;

const ends: [string, (app: IdentityApp, reader: SignedIn) => Promise<number>][] = [
  ['a sign-out', async (app, reader) => (await app.post('/auth/logout', undefined, reader.accessToken)).status],
  [
    'the end of a session, by another one',
    async (app, reader) => {
      const { accessToken } = await app.signIn(reader.username);
      const { body } = await app.get<{ items: { id: string }[] }>('/auth/sessions', accessToken);
      return (await app.delete(`/auth/sessions/${body.items[0]!.id}`, accessToken)).status;
    },
  ],
  [
    'a spent refresh token that comes back',
    async (app, reader) => {
      await app.post('/auth/refresh', { refreshToken: reader.refreshToken });
      await app.database.query("UPDATE identity.refresh_tokens SET spent_at = spent_at - interval '11 s'");
      return (await app.post('/auth/refresh', { refreshToken: reader.refreshToken })).status - 401 + 204;
    },
  ],
  [
    'another password, set in another session',
    async (app, reader) => {
      const { accessToken } = await app.signIn(reader.username);
      const body = { currentPassword: PASSWORD, newPassword: 'the analytical engine' };
      return (await app.post('/auth/change-password', body, accessToken)).status;
    },
  ],
  [
    'a deactivation',
    async (app, { id }) => (await app.patch(`/users/${id}`, { isActive: false }, await app.admin())).status - 200 + 204,
  ],
  ['a deletion', async (app, { id }) => (await app.delete(`/users/${id}`, await app.admin())).status],
];

/** Both know the session when it ends: a word that nobody forgot would count for another 900 ms. */
async function millisecondsUntilRefused({ here, there }: Pair, end: (typeof ends)[number][1]): Promise<number> {
  const reader = await here.customer();
  const other = await here.customer();
  expect([await me(here, reader.accessToken), await me(there, reader.accessToken)]).toEqual([200, 200]);
  const done = end(here, reader);
  // Asked all the time, so that what is known there is as young as it can be.
  const asking = eventually(async () => expect(await me(there, reader.accessToken)).toBe(401), 20_000);
  expect(await done).toBe(204);
  const ended = performance.now();
  expect(await me(here, reader.accessToken)).toBe(401);
  await asking;
  expect(await me(there, other.accessToken)).toBe(200);
  return performance.now() - ended;
}

function itEndsEverywhere(pair: () => Pair) {
  it.each(ends)('ends the token at once here, within a second there: %s', async (_, end) => {
    expect(await millisecondsUntilRefused(pair(), end)).toBeLessThan(LATE_MS);
  });

  it('gives a token in use the new role at once here, within a second there', async () => {
    const { here, there } = pair();
    const person = await here.user('librarian');
    const users = async (app: IdentityApp) => (await app.get('/users', person.accessToken)).status;
    expect([await users(here), await users(there)]).toEqual([403, 403]);
    await here.patch(`/users/${person.id}`, { role: 'admin' }, await here.admin());
    expect(await users(here)).toBe(200);
    await eventually(async () => expect(await users(there)).toBe(200), LATE_MS);
    await here.patch(`/users/${person.id}`, { role: 'editor' }, await here.admin());
    expect(await users(here)).toBe(403);
    await eventually(async () => expect(await users(there)).toBe(403), LATE_MS);
  });
}

describeWith('redis', 'The end of a session, in two processes with Redis', () => {
  let proxy: FaultProxy;
  let pair: Pair;
  beforeAll(async () => {
    const { hostname, port } = new URL(testUrl('redis'));
    proxy = await FaultProxy.to(hostname, Number(port || 6379));
    const prefix = `holdfast-test-${randomUUID()}`;
    pair = await open({ REDIS_URL: `redis://127.0.0.1:${proxy.port}`, REDIS_PREFIX: prefix });
  });
  afterAll(async () => {
    await close(pair);
    await proxy.close();
  });

  itEndsEverywhere(() => pair);

  const signOuts = async (count: number) => {
    const took: number[] = [];
    for (let i = 0; i < count; i++) took.push(await millisecondsUntilRefused(pair, ends[0]![1]));
    return took.sort((one, other) => one - other);
  };

  it('is usually known there within some milliseconds', async () => {
    // What is not told is forgotten after 900 ms: the quickest of twenty would be, if the telling were lost.
    expect((await signOuts(20))[0]).toBeLessThan(500);
  });

  it('is known within a second while Redis is away, and within milliseconds when it is back', async () => {
    proxy.refuse();
    for (const [, end] of [ends[0]!, ends[4]!]) {
      expect(await millisecondsUntilRefused(pair, end)).toBeLessThan(LATE_MS);
    }
    proxy.heal();
    await eventually(async () => expect((await signOuts(1))[0]).toBeLessThan(500), 20_000);
  });

  it('is known within a second while Redis hangs, and delays nobody by more than some ten milliseconds', async () => {
    proxy.freeze();
    try {
      expect((await signOuts(2))[1]).toBeLessThan(LATE_MS);
    } finally {
      proxy.heal();
    }
  });
});

describe('The end of a session, in two processes without Redis', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await open({ REDIS_URL: '' });
  });
  afterAll(() => close(pair));

  itEndsEverywhere(() => pair);

  it('is known within a second when nobody is told, as when a process dies between its commit and its message', async () => {
    const reader = await pair.here.customer();
    expect(await me(pair.there, reader.accessToken)).toBe(200);
    await pair.here.database.query('UPDATE identity.sessions SET revoked_at = now() WHERE user_id = $1', [reader.id]);
    await eventually(async () => expect(await me(pair.there, reader.accessToken)).toBe(401), LATE_MS);
  });

  it('costs one question a second to the database, however many requests there are', async () => {
    const reader = await pair.here.customer();
    const ask = jest.spyOn(pair.here.database, 'prepared');
    const begun = performance.now();
    const statuses = await Promise.all(Array.from({ length: 200 }, () => me(pair.here, reader.accessToken)));
    const seconds = (performance.now() - begun) / 1000;
    const questions = ask.mock.calls.filter(([name]) => name === 'identity_authenticate').length;
    ask.mockRestore();
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(questions).toBeGreaterThan(0);
    expect(questions).toBeLessThanOrEqual(1 + Math.ceil(seconds / 0.9));
  });

  it('lets in no request that begins after the answer to the sign-out, under a storm', async () => {
    const reader = await pair.here.customer();
    const seen: { begun: number; status: number }[] = [];
    let endedAt = Infinity;
    const knocking = async () => {
      for (let after = 0; after < 10 && seen.length < 20_000; after += performance.now() > endedAt ? 1 : 0) {
        const begun = performance.now();
        seen.push({ begun, status: await me(pair.here, reader.accessToken) });
      }
    };
    const knockers = Promise.all(Array.from({ length: 50 }, knocking));
    await eventually(() => expect(seen.length).toBeGreaterThan(100));
    expect((await pair.here.post('/auth/logout', undefined, reader.accessToken)).status).toBe(204);
    endedAt = performance.now();
    await knockers;
    const late = seen.filter(({ begun }) => begun > endedAt);
    expect(seen.filter(({ status }) => status === 200).length).toBeGreaterThan(100);
    expect(late.length).toBeGreaterThan(100);
    expect(late.filter(({ status }) => status !== 401)).toEqual([]);
  });

  it('is not there when the change is rolled back', async () => {
    const reader = await pair.here.customer();
    expect(await me(pair.here, reader.accessToken)).toBe(200);
    pair.here.closing.refusal = new Error('copies are out');
    expect((await pair.here.delete(`/users/${reader.id}`, reader.accessToken)).status).toBe(500);
    pair.here.closing.refusal = null;
    expect(await me(pair.here, reader.accessToken)).toBe(200);
  });
});
