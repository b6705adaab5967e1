import { describeWith, eventually, FaultProxy } from '@holdfast/platform/testing';
import { describeWithPrivateRedis, type PrivateRedis } from '../contract/private-redis.js';
import type { Answer, Client } from './support/client.js';
import { type ServedInstallation, startWithServices } from './support/installation.js';
import { employ, PASSWORD, signIn, signInAdmin } from './support/people.js';
import type { Program } from './support/program.js';

jest.setTimeout(120_000);

const TRIES = 10;
const CODES = 5;
const limits = { SIGN_IN_TRIES_PER_ACCOUNT: `${TRIES}`, CODES_PER_TWO_MINUTES: `${CODES}`, CODES_PER_HOUR: '10' };
const statusesOf = (answers: Answer[]): Record<number, number> =>
  answers.reduce<Record<number, number>>(
    (counts, { status }) => ({ ...counts, [status]: (counts[status] ?? 0) + 1 }),
    {},
  );
const times = <T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));

/** The answer, which must come in time also while something is away. */
async function inTime(request: () => Promise<Answer>): Promise<Answer> {
  const began = performance.now();
  const answer = await request();
  expect(performance.now() - began).toBeLessThan(5000);
  expect(answer.status).toBeLessThan(500);
  return answer;
}

describeWith('redis', 'Two apis on the same services', () => describeWith('rabbitmq', 'and one worker', twoApis));

function twoApis(): void {
  let holdfast: ServedInstallation;
  let here: Client;
  let there: Client;
  let second: Program;
  let admin: Client;

  beforeAll(async () => {
    holdfast = await startWithServices(limits);
    here = holdfast.client;
    ({ client: there, program: second } = await holdfast.anotherApi());
    admin = await signInAdmin(here);
  });
  afterAll(() => holdfast?.close());

  const login = (client: Client, name: string, password = PASSWORD): Promise<Answer> =>
    client.post('/api/auth/login', { login: name, password });

  it('sign with one key', async () => {
    const [ours, theirs] = [await here.get('/.well-known/jwks.json'), await there.get('/.well-known/jwks.json')];
    expect(ours.body.keys).toHaveLength(1);
    expect(theirs.body).toEqual(ours.body);
  });

  const changes: [string, string, (id: string, token: string) => Promise<Answer>, number][] = [
    ['a sign-out', 'customer', (_, token) => here.as(token).post('/api/auth/logout'), 401],
    ['a deactivation', 'editor', (id) => admin.patch(`/api/users/${id}`, { isActive: false }), 401],
    ['a deletion', 'editor', (id) => admin.delete(`/api/users/${id}`), 401],
    ['a new password', 'customer', (_, token) => changePasswordElsewhere(token), 401],
    ['another role', 'editor', (id) => admin.patch(`/api/users/${id}`, { role: 'customer' }), 403],
  ];
  async function changePasswordElsewhere(token: string): Promise<Answer> {
    const { username } = (await here.as(token).get('/api/auth/me')).body;
    const elsewhere = await signIn(here, username, PASSWORD);
    return elsewhere.post('/api/auth/change-password', {
      currentPassword: PASSWORD,
      newPassword: 'a sentence that nobody guesses',
    });
  }

  for (const [number, [what, role, change, status]] of changes.entries()) {
    it(`see ${what} at once where it was made, and within a second on the other`, async () => {
      const person = await employ(admin, role, `person-${number}`);
      const token = person.client.token!;
      const use = (client: Client): Promise<Answer> =>
        role === 'editor' ? client.as(token).post('/api/authors', {}) : client.as(token).get('/api/auth/me');
      const allowed = role === 'editor' ? 400 : 200;
      expect([(await use(here)).status, (await use(there)).status]).toEqual([allowed, allowed]);
      const changed = await change(person.id, token);
      expect([200, 204]).toContain(changed.status);
      expect((await use(here)).status).toBe(status);
      await eventually(async () => expect((await use(there)).status).toBe(status), 5000);
    });
  }

  it('give 50 parallel uses of one refresh token the same successor, all with 200', async () => {
    await employ(admin, 'customer', 'refresher');
    const { refreshToken } = (await login(here, 'refresher')).body;
    const answers = await times(50, (n) => (n % 2 ? here : there).post('/api/auth/refresh', { refreshToken }));
    expect(statusesOf(answers)).toEqual({ 200: 50 });
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
    const successor: string = answers[0]!.body.refreshToken;
    const next = await there.post('/api/auth/refresh', { refreshToken: successor });
    expect(next.status).toBe(200);
    expect((await here.as(next.body.accessToken).get('/api/auth/me')).body.username).toBe('refresher');
  });

  it('let one of 50 registrations of a name in different case through', async () => {
    const names = Array.from({ length: 50 }, (_, n) =>
      [...'contested'].map((letter, place) => ((n >> (place % 6)) & 1 ? letter.toUpperCase() : letter)).join(''),
    );
    expect(new Set(names).size).toBe(50);
    const answers = await times(50, (n) =>
      (n % 2 ? here : there).post('/api/auth/register', {
        username: names[n],
        email: `contested-${n}@readers.example`,
        password: PASSWORD,
      }),
    );
    expect(statusesOf(answers)).toEqual({ 201: 1, 409: 49 });
    const sameAddress = await times(50, (n) =>
      (n % 2 ? here : there).post('/api/auth/register', {
        username: `address-${n}`,
        email: `${names[n]}@Readers.example`,
        password: PASSWORD,
      }),
    );
    expect(statusesOf(sameAddress)).toEqual({ 201: 1, 409: 49 });
    const found = await admin.get('/api/users?search=contested&limit=100');
    expect(found.body.items).toHaveLength(2);
  });

  it(`count ${TRIES} wrong passwords together, then refuse the right one too, known or not`, async () => {
    await employ(admin, 'customer', 'besieged');
    const answers: object[][] = [];
    const withoutSeconds = ({ detail, ...rest }: any): object => ({ ...rest, detail: detail.replace(/\d+/, 'some') });
    for (const name of ['besieged', 'no-such-account']) {
      const tried: Answer[] = [];
      for (let n = 0; n < TRIES; n++) tried.push(await login(n % 2 ? here : there, name, 'not the password'));
      expect(statusesOf(tried)).toEqual({ 401: TRIES });
      const refused = [await login(here, name), await login(there, name)];
      for (const { status, headers, body } of refused) {
        expect([status, body.type]).toEqual([429, '/problems/too-many-requests']);
        const wait = Number(headers.get('retry-after'));
        expect(wait).toBeGreaterThan(500);
        expect(wait).toBeLessThanOrEqual(600);
        expect(headers.get('ratelimit-policy')).toContain(`q=${TRIES};w=600`);
        expect(headers.get('ratelimit')).toContain('r=0');
      }
      answers.push(refused.map(({ body }) => withoutSeconds(body)));
    }
    expect(answers[0]).toEqual(answers[1]);
    expect((await login(there, 'refresher')).status).toBe(200);
  });

  it(`count 50 parallel wrong passwords as ${TRIES}`, async () => {
    await employ(admin, 'customer', 'stormed');
    const answers = await times(50, (n) => login(n % 2 ? here : there, 'stormed', 'not the password'));
    expect(statusesOf(answers)).toEqual({ 401: TRIES, 429: 50 - TRIES });
  });

  it(`send ${CODES} codes, then none, whether the address is known or not`, async () => {
    const ask = (client: Client, email: string): Promise<Answer> => client.post('/api/auth/forgot-password', { email });
    const emails = ['besieged@staff.example', 'nobody@staff.example'];
    const asked: Answer[] = [];
    for (let n = 0; n < CODES; n++) asked.push(await ask(n % 2 ? here : there, emails[n % 2]!));
    expect(statusesOf(asked)).toEqual({ 202: CODES });
    const refused = await Promise.all(emails.flatMap((email) => [ask(here, email), ask(there, email)]));
    expect(statusesOf(refused)).toEqual({ 429: 4 });
    for (const { headers } of refused) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(60);
      expect(headers.get('ratelimit-policy')).toContain(`q=${CODES};w=120`);
    }
  });

  it('lose no session when one of them is killed, and the one that takes its place knows them all', async () => {
    await employ(admin, 'customer', 'survivor');
    const tokens = (await login(there, 'survivor')).body;
    const spent = (await there.post('/api/auth/refresh', { refreshToken: tokens.refreshToken })).body;
    await second.stop('SIGKILL');
    const use = (client: Client, token: string): Promise<Answer> => client.as(token).get('/api/auth/me');
    expect((await use(here, spent.accessToken)).status).toBe(200);
    const successor = await holdfast.anotherApi();
    expect((await use(successor.client, tokens.accessToken)).status).toBe(200);
    const onward = await successor.client.post('/api/auth/refresh', { refreshToken: spent.refreshToken });
    expect([onward.status, (await use(here, onward.body.accessToken)).status]).toEqual([200, 200]);
    expect((await successor.client.as(onward.body.accessToken).post('/api/auth/logout')).status).toBe(204);
    await eventually(async () => expect((await use(here, onward.body.accessToken)).status).toBe(401), 1000);
    expect(await successor.program.stop()).toBe(0);
  });
}

describeWithPrivateRedis('Identity without Redis', (redis) =>
  describeWith('rabbitmq', 'and with the other services', () => withoutRedis(redis)),
);

function withoutRedis(redis: () => PrivateRedis): void {
  let toRedis: FaultProxy;
  let holdfast: ServedInstallation;
  let admin: Client;

  beforeAll(async () => {
    toRedis = await FaultProxy.to('127.0.0.1', Number(new URL(redis().url).port));
    holdfast = await startWithServices({ ...limits, REDIS_URL: `redis://127.0.0.1:${toRedis.port}` });
    admin = await signInAdmin(holdfast.client);
  });
  afterAll(async () => {
    await holdfast?.close();
    await toRedis?.close();
  });

  const faults: [string, () => void, () => void][] = [
    ['refuses', () => toRedis.refuse(), () => toRedis.heal()],
    ['hangs', () => toRedis.freeze(), () => toRedis.heal()],
  ];
  for (const [what, away, back] of faults) {
    it(`that ${what}: signing in, refreshing and signing out go on within a second, and wrong passwords still count`, async () => {
      const { client } = holdfast;
      for (const name of ['ada', 'bertrand']) await employ(admin, 'customer', `${name}-${what}`);
      const login = (name: string, password = PASSWORD) => client.post('/api/auth/login', { login: name, password });
      const standing = (await login(`ada-${what}`)).body;
      const use = (token: string): Promise<Answer> => inTime(() => client.as(token).get('/api/auth/me'));
      away();
      try {
        expect((await use(standing.accessToken)).status).toBe(200);
        const fresh = await inTime(() => login(`ada-${what}`));
        expect(fresh.status).toBe(200);
        const refreshed = await inTime(() =>
          client.post('/api/auth/refresh', { refreshToken: fresh.body.refreshToken }),
        );
        expect([refreshed.status, (await use(refreshed.body.accessToken)).status]).toEqual([200, 200]);
        const out = await inTime(() => client.as(refreshed.body.accessToken).post('/api/auth/logout'));
        expect([out.status, (await use(refreshed.body.accessToken)).status]).toEqual([204, 401]);
        const wrong: Answer[] = [];
        for (let n = 0; n < TRIES + 2; n++) wrong.push(await login(`bertrand-${what}`, 'not the password'));
        expect(statusesOf(wrong)).toEqual({ 401: TRIES, 429: 2 });
        expect((await inTime(() => login(`bertrand-${what}`))).status).toBe(429);
        const registered = await inTime(() =>
          client.post('/api/auth/register', {
            username: `chinua-${what}`,
            email: `chinua-${what}@readers.example`,
            password: PASSWORD,
          }),
        );
        expect(registered.status).toBe(201);
      } finally {
        back();
      }
      await eventually(async () => {
        const { body } = await client.get('/health/ready');
        expect(body.details.cache.degraded ?? false).toBe(false);
      }, 15_000);
      expect((await use(standing.accessToken)).status).toBe(200);
      expect((await inTime(() => login(`ada-${what}`))).status).toBe(200);
    });
  }
}
