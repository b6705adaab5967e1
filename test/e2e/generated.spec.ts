import { randomUUID } from 'node:crypto';
import { Client as Postgres } from 'pg';
import type { Answer, Client } from './support/client.js';
import { CREATIONS } from './support/creations.js';
import { DocumentedApi, type DocumentedOperation } from './support/documented-api.js';
import { generate, type Generated, type Spoiling } from './support/generated-requests.js';
import { type ServedInstallation, startWithServices } from './support/installation.js';
import { fillPath } from './support/operations.js';
import { employ, PASSWORD, registerReader, signInAdmin } from './support/people.js';
import { RESOURCES } from './support/resources.js';
import { exchange, pathId, payloadOf, spoilt } from './support/spoilt-requests.js';

jest.setTimeout(300_000);

const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const GOOD = 20;
const SPOILT = 44;
const AT_ONCE = 12;

/** Operations that a request without the mail that was sent before cannot do; the specs of accounts do them. */
const UNREACHED = ['GET /api/auth/verify-email/{token}', 'POST /api/auth/reset-password', 'POST /api/auth/verify-otp'];

/** What one request needs: somebody who sends it, and what must be there for it. */
interface Prepared {
  client?: Client;
  ids?: Record<string, string>;
  body?: Record<string, unknown>;
}

/** Requests made from the OpenAPI document, and answers held against it. The same FUZZ_SEED makes the same requests. */
describe(`Any request (FUZZ_SEED=${SEED})`, () => {
  let holdfast: ServedInstallation;
  let admin: Client;
  let api: DocumentedApi;
  let callers: Client[];
  let shared: Record<string, string>;
  let copies: Record<string, string>;
  let letters: string[];
  const complaints: string[] = [];
  const types = new Set<string>();
  /** Of those that are meant to succeed: the operations of those that did, and the others with their answers. */
  const good: string[] = [];
  const misses: string[] = [];
  /** Of those that are spoilt. */
  let refused = 0;

  beforeAll(async () => {
    // Metadata in PostgreSQL: the stand-in of MongoDB would wait for this process, which is busy with the requests, for too long.
    holdfast = await startWithServices({ MONGODB_URL: '' });
    admin = await signInAdmin(holdfast.client);
    // Uploads wait, and can be cancelled.
    await holdfast.programs[1]?.stop();
    api = new DocumentedApi((await admin.get('/api/schema')).body, admin);
    const staff = [];
    for (const role of ['editor', 'librarian', 'author', 'customer']) staff.push(await employ(admin, role));
    callers = [...staff.map(({ client }) => client), holdfast.client, admin.as('no token')];
    const made = await Promise.all(Object.values(RESOURCES).map(({ make }) => make(admin)));
    const idOf = (path: string): string =>
      Object.values(made[Object.keys(RESOURCES).indexOf(`GET ${path}`)] ?? {})[0] ?? '';
    shared = Object.fromEntries(
      ['users', 'customers', 'libraries', 'authors', 'genres', 'reservations', 'books'].map((kind) => [
        kind,
        idOf(`/api/${kind}/{id}`),
      ]),
    );
    shared.upload = idOf('/api/books/upload/{uploadId}');
    copies = made[Object.keys(RESOURCES).indexOf('GET /api/books/{bookId}/availability')] ?? {};
    letters = await deadLetters(200);
  });
  afterAll(() => holdfast?.close());

  async function deadLetters(count: number): Promise<string[]> {
    const postgres = new Postgres(holdfast.databaseUrl);
    await postgres.connect();
    const { rows } = await postgres.query<{ id: string }>(
      `INSERT INTO platform.dead_letters (id, consumer, key, body, data_kept, reason, attempts, first_failed_at, last_failed_at)
       SELECT gen_random_uuid(), 'notices', n::text, '{}', true, 'of this test', 1, now(), now()
         FROM generate_series(1, $1) AS n RETURNING id`,
      [count],
    );
    await postgres.end();
    return rows.map(({ id }) => id);
  }

  const reader = () => registerReader(admin, `r-${randomUUID().slice(0, 13)}`);
  const ending = (name: string) => async (): Promise<Prepared> => ({ ids: await RESOURCES[name]!.make(admin) });
  const letter = (): Promise<Prepared> => Promise.resolve({ ids: { id: letters.pop() ?? '' } });
  /** What an operation uses up, or cannot be generated. */
  const FRESH: Record<string, () => Promise<Prepared>> = {
    ...Object.fromEntries(
      Object.entries(RESOURCES).flatMap(([read, { writes }]) =>
        Object.keys(writes)
          .filter((write) => /^(DELETE|POST) /.test(write) && !write.includes('/holdings/'))
          .map((write) => [write, ending(read)]),
      ),
    ),
    'POST /api/reservations': async () => {
      const { bookId, customerId } = (await CREATIONS['POST /api/reservations']!.wish(admin)) as Record<
        string,
        unknown
      >;
      return { body: { bookId, customerId } };
    },
    'POST /api/auth/login': () => Promise.resolve({ body: { login: 'customer', password: PASSWORD } }),
    'POST /api/auth/token': () =>
      Promise.resolve({ body: { grant_type: 'password', username: 'customer', password: PASSWORD } }),
    'POST /api/auth/refresh': async () => {
      const { username } = await reader();
      const { body } = await admin.post('/api/auth/login', { login: username, password: PASSWORD });
      return { body: { refreshToken: body.refreshToken } };
    },
    'POST /api/auth/logout': async () => ({ client: (await reader()).client }),
    'POST /api/auth/change-password': async () => ({ client: (await reader()).client }),
    'DELETE /api/auth/sessions/{id}': async () => {
      const { client } = await reader();
      return { client, ids: { id: (await client.get('/api/auth/sessions')).body.items[0].id } };
    },
    'POST /api/events/dead-letters/{id}/replay': letter,
    'DELETE /api/events/dead-letters/{id}': letter,
  };
  /** For spoilt requests: one after another until one of them has ended it all the same. */
  const victims = new Map<string, Promise<Prepared>>();
  const victimOf = (name: string): Promise<Prepared> | undefined => {
    if (FRESH[name] && !victims.has(name)) victims.set(name, FRESH[name]());
    return victims.get(name);
  };
  const sharedIds = ({ path }: DocumentedOperation): Record<string, string> => {
    const kind = path.split('/')[2] ?? '';
    return { id: shared[kind] ?? '', uploadId: shared.upload ?? '', token: 'none', ...copies };
  };

  async function request({ name, body, query, spoiling }: Generated): Promise<void> {
    const one = api.get(name);
    const prepared = (await (spoiling ? victimOf(name) : FRESH[name]?.())) ?? {};
    const ids = { ...sharedIds(one), ...prepared.ids };
    const sent = { ...body, ...prepared.body };
    // The sum of the holdings.
    if ('holdings' in sent) delete sent.units;
    const filled = fillPath(one.path, (id) => encodeURIComponent(pathId(spoiling, ids[id] ?? '')));
    const search = new URLSearchParams(spoiling?.how === 'query' ? spoiling.query : query).toString();
    const { payload, type } = payloadOf(one, spoilt(sent, spoiling), spoiling);
    const headers: Record<string, string> = {
      ...(type ? { 'content-type': type } : {}),
      ...(spoiling?.how === 'headers' ? spoiling.headers : {}),
    };
    const client = (spoiling?.how === 'caller' ? callers[spoiling.at % callers.length] : prepared.client) ?? admin;
    const answer = await exchange(client, one.method, filled + (search && `?${search}`), payload, headers);
    judge(one, `${filled}?${search}`, answer, { spoiling, sent });
    if (answer.status < 300 && spoiling) victims.delete(name);
  }

  function judge(
    one: DocumentedOperation,
    url: string,
    answer: Answer,
    about: { spoiling: Spoiling | null; sent: unknown },
  ): void {
    const { status } = answer;
    const wrong =
      status >= 500 ? [`is a fault: ${JSON.stringify(answer.body)}`] : api.complaintsAbout(one.name, answer);
    if (/problem\+json/.test(answer.headers.get('content-type') ?? '')) wrong.push(...problemComplaints(url, answer));
    // For an address of this length the document says that it is left out.
    const isLong = url.length > 2000;
    complaints.push(
      ...wrong
        .filter((complaint) => !isLong || complaint !== 'Link is missing')
        .map((complaint) => `${one.name} ${JSON.stringify({ url, ...about }).slice(0, 600)} → ${status}: ${complaint}`),
    );
    if (!about.spoiling && status < 300) good.push(one.name);
    else if (!about.spoiling)
      misses.push(`${one.name} ${JSON.stringify(about.sent)} → ${status} ${JSON.stringify(answer.body)}`);
    else if (status >= 400) refused++;
  }
  function problemComplaints(url: string, { status, body }: Answer): string[] {
    types.add(body.type);
    const { pathname, search } = new URL(url.replace(/\?$/, ''), admin.base);
    const wrong = [
      body.status !== status && `says status ${body.status}`,
      !body.title && 'has no title',
      body.instance !== pathname + search && `is of ${body.instance}`,
    ];
    return wrong.filter((complaint) => complaint !== false);
  }

  it('is answered as the document says, and never by a fault of ours', async () => {
    const made = api.operations.map((one, at) =>
      generate(one, api.checker, { seed: SEED + at, good: GOOD, spoilt: SPOILT }),
    );
    const requests = Array.from({ length: GOOD + SPOILT }, (_, at) => made.flatMap((some) => some[at] ?? [])).flat();
    expect(requests.length).toBeGreaterThanOrEqual(4500);
    const next = requests.values();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const one of next) await request(one);
      }),
    );
    expect([...new Set(complaints)].slice(0, 40)).toEqual([]);
    for (const type of types) expect([type, (await admin.get(type)).status]).toEqual([type, 200]);
    expect(holdfast.programs[0]?.log).not.toContain('request failed');
  });

  it('that is meant to succeed mostly does, at every operation, and one that is spoilt mostly does not', () => {
    const unreached = api.operations.map(({ name }) => name).filter((name) => !good.includes(name));
    expect(unreached.sort()).toEqual(UNREACHED);
    expect(types.size).toBeGreaterThan(10);
    const missed = misses.filter((miss) => !UNREACHED.some((name) => miss.startsWith(name)));
    expect(missed.length < 0.05 * good.length ? [] : missed.slice(0, 20)).toEqual([]);
    expect(refused / (api.operations.length * SPOILT)).toBeGreaterThan(0.4);
  });
});
