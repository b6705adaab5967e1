import { randomUUID } from 'node:crypto';
import type { Answer, Client } from './support/client.js';
import { CREATIONS } from './support/creations.js';
import { DocumentedApi, type DocumentedOperation } from './support/documented-api.js';
import { type ServedInstallation, startWithServices } from './support/installation.js';
import { fillPath } from './support/operations.js';
import { PASSWORD, registerReader, signInAdmin } from './support/people.js';
import { makeTwoOfEach, RESOURCES, WITHOUT_ETAG, WITHOUT_IF_MATCH } from './support/resources.js';

jest.setTimeout(180_000);

const STRONG = /^"[\w.-]+"$/;
const POLICIES = /^"[\w-]+";q=\d+;w=\d+(, "[\w-]+";q=\d+;w=\d+)*$/;
const STATES = /^"[\w-]+";r=\d+;t=\d+(, "[\w-]+";r=\d+;t=\d+)*$/;
const LIMITS = {
  TRUSTED_PROXIES: '127.0.0.1',
  SIGN_IN_TRIES_PER_ACCOUNT: '4',
  SIGN_IN_TRIES_PER_ADDRESS: '4',
  REGISTRATIONS_PER_HOUR: '60',
  CODES_PER_TWO_MINUTES: '4',
  CODE_TRIES_PER_DAY: '4',
};

/** The headers that the contract promises, on every route of the document that they belong to. */
describe('Every resource', () => {
  let holdfast: ServedInstallation;
  let admin: Client;
  let api: DocumentedApi;

  beforeAll(async () => {
    holdfast = await startWithServices(LIMITS);
    admin = await signInAdmin(holdfast.client);
    // Uploads stay as they are while nobody works.
    await holdfast.programs[1]?.stop();
    api = new DocumentedApi((await admin.get('/api/schema')).body, admin);
  });
  afterAll(() => holdfast?.close());

  const names = (fits: (one: DocumentedOperation) => unknown): string[] =>
    api.operations
      .filter(fits)
      .map(({ name }) => name)
      .sort();
  const takes = (one: DocumentedOperation, header: string): boolean =>
    one.parameters('header').some(({ name }) => name === header);
  const isList = ({ method, operation }: DocumentedOperation): boolean => {
    const schema = operation.responses['200']?.content?.['application/json']?.schema;
    return method === 'GET' && !!schema && 'nextCursor' in (api.checker.resolve(schema).properties ?? {});
  };
  type Headers = Record<string, string>;
  const ask = (name: string, ids: Record<string, string>, body?: unknown, more: Headers = {}): Promise<Answer> => {
    const { method, path } = api.get(name);
    const headers: Headers = body ? { 'content-type': 'application/json', ...more } : more;
    const filled = fillPath(path, (id) => ids[id] ?? '');
    return admin.raw(method, filled, body ? JSON.stringify(body) : undefined, headers);
  };
  const etagOf = ({ headers }: Answer): string => String(headers.get('etag'));
  const writes = Object.values(RESOURCES).flatMap((resource) => Object.keys(resource.writes));

  it('is written down: what is read, and what changes or ends something', () => {
    const single = names((one) => one.method === 'GET' && !isList(one));
    expect(single).toEqual([...Object.keys(RESOURCES), ...Object.keys(WITHOUT_ETAG)].sort());
    expect(names(({ operation }) => operation.responses['304'])).toEqual(Object.keys(RESOURCES).sort());
    const changing = names(
      ({ method, path }) => ['PUT', 'PATCH', 'DELETE'].includes(method) || (method === 'POST' && path.includes('{')),
    );
    expect(changing).toEqual([...writes, ...Object.keys(WITHOUT_IF_MATCH)].sort());
    expect(names((one) => takes(one, 'If-Match'))).toEqual([...writes].sort());
    expect(names((one) => takes(one, 'Idempotency-Key'))).toEqual(Object.keys(CREATIONS).sort());
    const twice = (one: DocumentedOperation): boolean =>
      one.parameters('header').length > new Set(one.parameters('header').map(({ name }) => name)).size;
    expect(names(twice)).toEqual([]);
    expect(JSON.stringify(api.document)).not.toMatch(/x-gives-etag|x-uncounted/);
  });

  describe.each(Object.entries(RESOURCES))('%s', (name, { make, writes: own, touch }) => {
    it('has a strong ETag, which answers If-None-Match for as long as nothing has changed', async () => {
      const ids = await make(admin);
      const first = await ask(name, ids);
      expect([first.status, etagOf(first)]).toEqual([200, expect.stringMatching(STRONG)]);
      for (const known of [etagOf(first), `W/${etagOf(first)}`, `"another", ${etagOf(first)}`, '*']) {
        const again = await ask(name, ids, undefined, { 'if-none-match': known });
        expect([known, again.status, again.body, etagOf(again)]).toEqual([known, 304, '', etagOf(first)]);
      }
      const [write, body] = Object.entries(own)[0] ?? [];
      if (write) expect((await ask(write, ids, body?.())).status).toBeLessThan(300);
      else await touch?.(admin, ids);
      const changed = await ask(name, ids, undefined, { 'if-none-match': etagOf(first) });
      expect([changed.status, etagOf(changed) === etagOf(first)]).toEqual([200, false]);
    });

    if (Object.keys(own).length === 0) return;
    it.each(Object.entries(own))('is guarded by If-Match: %s', async (write, body) => {
      const ids = await make(admin);
      const before = await ask(name, ids);
      const tag = etagOf(before);
      for (const stale of ['"99.stale"', `W/${tag}`, '"none of ours"', '']) {
        const refused = await ask(write, ids, body?.(), { 'if-match': stale });
        const problem = [refused.status, refused.body.type];
        expect([stale, ...problem]).toEqual([stale, 412, '/problems/precondition-failed']);
        expect(etagOf(await ask(name, ids))).toBe(tag);
      }
      expect((await ask(write, ids, body?.(), { 'if-match': `"99.stale", ${tag}` })).status).toBeLessThan(300);
      const late = await ask(write, ids, body?.(), { 'if-match': tag });
      expect([404, 412]).toContain(late.status);
    });
  });

  it('of one’s own is guarded under `me` too', async () => {
    const { client } = await registerReader(holdfast.client, 'etag-reader');
    const tag = etagOf(await client.get('/api/customers/me'));
    expect((await client.get('/api/customers/me', { 'if-none-match': tag })).status).toBe(304);
    const stale = { 'if-match': '"99.stale"' };
    expect((await client.patch('/api/customers/me', { phone: '0900 123' }, stale)).status).toBe(412);
    expect((await client.delete('/api/customers/me', stale)).status).toBe(412);
    expect(etagOf(await client.get('/api/customers/me'))).toBe(tag);
  });

  it('of many has Link: to the first page, to the next where there is one, and back', async () => {
    await makeTwoOfEach(admin, holdfast.databaseUrl);
    const ids = { id: (await admin.get('/api/authors?search=Morrison')).body.items[0].id };
    const lists = api.operations.filter(isList);
    const genre = { id: (await admin.get('/api/genres?search=Novel')).body.items[0].id };
    for (const list of lists) {
      const { name, path } = list;
      const filled = fillPath(path, () => (path.includes('genres') ? genre : ids).id);
      const linksAt = async (url: string): Promise<{ links: Record<string, string>; items: unknown[] }> => {
        const { status, headers, body } = await admin.get(url);
        expect([name, url, status]).toEqual([name, url, 200]);
        const found = (headers.get('link') ?? '').matchAll(/<([^>]+)>; rel="(\w+)"/g);
        return { links: Object.fromEntries([...found].map(([, to = '', rel = '']) => [rel, to])), items: body.items };
      };
      const first = await linksAt(`${filled}?limit=1`);
      expect([name, Object.keys(first.links)]).toEqual([name, ['first', 'next']]);
      const second = await linksAt(first.links.next ?? '');
      expect([name, second.items.length, second.items]).not.toEqual([name, 1, first.items]);
      expect((await linksAt(second.links.first ?? '')).items).toEqual(first.items);
      const byOffset = await linksAt(`${filled}?limit=1&offset=1`);
      expect([name, Object.keys(byOffset.links).slice(0, 2), byOffset.items]).toEqual([
        name,
        ['first', 'prev'],
        second.items,
      ]);
      expect((await linksAt(byOffset.links.prev ?? '')).items).toEqual(first.items);
      const end = await linksAt(`${filled}?limit=1&offset=10000`);
      expect([name, Object.keys(end.links)]).toEqual([name, ['first', 'prev']]);
    }
    expect(lists.length).toBeGreaterThan(10);
  });

  describe('that has a rate limit', () => {
    const nobody = { email: 'nobody@readers.example' };
    /** What is sent, by the number of the try and the answer to the one before. */
    const tries: Record<string, (n: number, before?: Answer) => Record<string, unknown>> = {
      'POST /api/auth/register': (n) => ({ username: `l-${n}`, email: `l-${n}@readers.example`, password: PASSWORD }),
      'POST /api/auth/login': () => ({ login: 'nobody', password: PASSWORD }),
      'POST /api/auth/token': () => ({ grant_type: 'password', username: 'nobody else', password: PASSWORD }),
      'POST /api/auth/refresh': (_, before) => ({ refreshToken: before?.body.refreshToken }),
      'POST /api/auth/change-password': () => ({ currentPassword: 'not it', newPassword: `${PASSWORD}!` }),
      'POST /api/auth/forgot-password': () => nobody,
      'POST /api/auth/verify-otp': () => ({ ...nobody, otp: '000000' }),
    };

    it('is written down', () => {
      expect(names(({ operation }) => operation.responses['429'])).toEqual(Object.keys(tries).sort());
    });

    it.each(Object.entries(tries))('tells of it, until 429 says when to come again: %s', async (name, body) => {
      const { username, client } = await registerReader(holdfast.client, `l-${randomUUID().slice(0, 13)}`);
      let answer = await holdfast.client.post('/api/auth/login', { login: username, password: PASSWORD });
      const quota = /refresh|register/.test(name) ? 60 : 4;
      const from = { 'x-forwarded-for': `203.0.113.${Object.keys(tries).indexOf(name) + 1}` };
      const path = name.replace('POST ', '');
      for (let n = 1; n <= quota + 1; n++) {
        const sent = body(n, answer);
        answer = path.endsWith('/token')
          ? await client.raw('POST', path, new URLSearchParams(sent as Headers), from)
          : await client.post(path, sent, from);
        const told = ['ratelimit-policy', 'ratelimit', 'retry-after'].map((header) => answer.headers.get(header));
        const isPast = n > quota;
        const expected = [POLICIES, STATES, isPast ? /^[1-9]\d*$/ : null];
        const matching = expected.map((pattern) => pattern && expect.stringMatching(pattern));
        expect([n, answer.status === 429, ...told]).toEqual([n, isPast, ...matching]);
      }
    });
  });
});
