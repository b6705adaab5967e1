import { randomUUID } from 'node:crypto';
import type { Answer, Client } from './support/client.js';
import { create, type Creation, CREATIONS, NO_CREATIONS, totalOf } from './support/creations.js';
import { type Installation, startEmbedded } from './support/installation.js';
import { readOperations } from './support/operations.js';
import { employ, signInAdmin } from './support/people.js';
import { sendBytes } from './support/raw-http.js';

jest.setTimeout(120_000);

const times = <T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));
const replayed = ({ headers }: Answer): string | null => headers.get('idempotency-replayed');
const problemOf = ({ status, body }: Answer): [number, string] => [status, body.type];
const REUSED = [422, '/problems/idempotency-key-reused'];
const IN_USE = [409, '/problems/idempotency-key-in-use'];

/** What a repetition must have of the first answer. */
const answerOf = ({ status, body, headers }: Answer): unknown => ({
  status,
  body,
  headers: ['location', 'etag', 'content-type'].map((name) => headers.get(name)),
});

function expectRepeated(again: Answer, first: Answer): void {
  expect(answerOf(again)).toEqual(answerOf(first));
  expect([replayed(first), replayed(again)]).toEqual([null, 'true']);
}

/** The keys of its objects the other way round. */
function reversed(value: unknown): unknown {
  if (value instanceof FormData || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  const entries = Object.entries(value).map(([key, part]): [string, unknown] => [key, reversed(part)]);
  return Object.fromEntries(entries.reverse());
}

describe('Idempotency-Key', () => {
  let holdfast: Installation;
  let admin: Client;
  let deputy: Client;

  beforeAll(async () => {
    holdfast = await startEmbedded({ TRUSTED_PROXIES: '127.0.0.1' });
    admin = await signInAdmin(holdfast.client);
    deputy = (await employ(admin, 'admin', 'deputy')).client;
  });
  afterAll(() => holdfast?.close());

  it('is taken and described by every route that creates, and by no other', async () => {
    const { body } = await admin.get('/api/schema');
    const posts = (await readOperations(admin)).filter(({ method }) => method === 'POST');
    expect(posts.map(({ name }) => name).sort()).toEqual([...Object.keys(CREATIONS), ...NO_CREATIONS].sort());
    for (const { name, path } of posts) {
      const { parameters = [], responses } = body.paths[path].post;
      const made = responses['201'] ?? responses['202'];
      const told = {
        key: parameters.some((one: any) => one.in === 'header' && one.name === 'Idempotency-Key'),
        replayed: made?.headers?.['Idempotency-Replayed'] !== undefined,
        problems: ['400', '409', '422'].filter((status) => responses[status]?.description.includes('idempotency-key')),
      };
      const creates = name in CREATIONS;
      expect([name, told]).toEqual([
        name,
        { key: creates, replayed: creates, problems: creates ? ['400', '409', '422'] : [] },
      ]);
    }
  });

  describe.each(Object.entries(CREATIONS))('on %s', (name, creation: Creation) => {
    const isOpen = name.includes('/auth/');
    const keyOf = (n: number): string => `${n}-${name.replaceAll(/\W+/g, '-')}`;
    const hereFrom: Record<string, string> = isOpen ? { 'x-forwarded-for': '203.0.113.7' } : {};
    const send = (wish: any, key: string, client = admin, headers: Record<string, string> = hereFrom) =>
      create(isOpen ? holdfast.client : client, name, wish, { 'idempotency-key': key, ...headers });

    it('makes one thing of many requests, and answers the same to each, also when it is gone', async () => {
      const wish = await creation.wish(admin);
      const before = await totalOf(admin, creation.list);
      const first = await send(wish, keyOf(1));
      expect([201, 202]).toContain(first.status);
      expect(first.headers.get('etag') !== null).toBe(typeof first.body.version === 'number');
      expectRepeated(await send(reversed(wish), `"${keyOf(1)}"`), first);
      expect(await totalOf(admin, creation.list)).toBe(before + 1);
      const item = creation.item(first);
      expect((await admin.get(item)).status).toBe(200);
      await admin.delete(item);
      expectRepeated(await send(wish, keyOf(1)), first);
    });

    it('refuses another request with the key of one that was done', async () => {
      const wish = await creation.wish(admin);
      expect(replayed(await send(wish, keyOf(2)))).toBeNull();
      const before = await totalOf(admin, creation.list);
      expect(problemOf(await send(creation.other(wish), keyOf(2)))).toEqual(REUSED);
      expect(await totalOf(admin, creation.list)).toBe(before);
    });

    it('knows the same key of another caller for another', async () => {
      const first = await send(await creation.wish(admin), keyOf(3));
      const elsewhere: Record<string, string> = isOpen ? { 'x-forwarded-for': '203.0.113.8' } : {};
      const second = await send(await creation.wish(admin), keyOf(3), deputy, elsewhere);
      expect([second.status, replayed(second)]).toEqual([first.status, null]);
      expect(second.body).not.toEqual(first.body);
    });

    it('makes one thing of fifty requests at once', async () => {
      const wish = await creation.wish(admin);
      const before = await totalOf(admin, creation.list);
      const answers = await times(50, () => send(wish, keyOf(4)));
      const made = answers.filter(({ status }) => status < 400);
      expect(made.length).toBeGreaterThan(0);
      expect(new Set(made.map((answer) => JSON.stringify(answerOf(answer)))).size).toBe(1);
      expect(made.filter((answer) => replayed(answer) === null)).toHaveLength(1);
      const others = answers.filter(({ status }) => status >= 400).map(problemOf);
      expect(others).toEqual(others.map(() => IN_USE));
      expect(await totalOf(admin, creation.list)).toBe(before + 1);
    });

    it('refuses a key that is none, and does nothing', async () => {
      const wish = await creation.wish(admin);
      const before = await totalOf(admin, creation.list);
      expect(problemOf(await send(wish, 'two, keys'))).toEqual([400, '/problems/idempotency-key-invalid']);
      expect(await totalOf(admin, creation.list)).toBe(before);
    });
  });

  it('belongs to what was done: what was refused is judged anew', async () => {
    const wish = { name: `Name ${randomUUID()}` };
    const taken = await admin.post('/api/genres', wish);
    const retry = () => admin.post('/api/genres', wish, { 'idempotency-key': 'refused' });
    expect((await retry()).body.type).toBe('/problems/genre-name-taken');
    expect((await retry()).body.type).toBe('/problems/genre-name-taken');
    await admin.delete(String(taken.headers.get('location')));
    const made = await retry();
    expect([made.status, replayed(made)]).toEqual([201, null]);
    expectRepeated(await retry(), made);
  });

  it('is not looked at where nothing is made', async () => {
    const login = { login: 'admin', password: 'not the password' };
    const tries = [0, 1].map(() => holdfast.client.post('/api/auth/login', login, { 'idempotency-key': 'x' }));
    expect((await Promise.all(tries)).map(({ status }) => status)).toEqual([401, 401]);
  });

  it('comes once: two headers, and bytes that are no text, are refused', async () => {
    const body = '{"name":"Hostile"}';
    const request = (...keys: string[]): Buffer =>
      Buffer.from(
        [
          'POST /api/genres HTTP/1.1',
          'Host: x',
          'Content-Type: application/json',
          `Content-Length: ${body.length}`,
          `Authorization: Bearer ${admin.token}`,
          ...keys.map((key) => `Idempotency-Key: ${key}`),
          '',
          body,
        ].join('\r\n'),
        'latin1',
      );
    for (const keys of [['one', 'two'], ['same', 'same'], ['"a"', '"b"'], [''], ['caf\xe9'], ['a'.repeat(4000)]])
      expect(problemOf(await sendBytes(admin.base, request(...keys)))).toEqual([
        400,
        '/problems/idempotency-key-invalid',
      ]);
    expect((await admin.get('/api/genres?search=Hostile')).body.total).toBe(0);
  });
});
