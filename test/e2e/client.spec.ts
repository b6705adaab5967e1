import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createHoldfastClient,
  type HoldfastClient,
  HoldfastProblem,
  orThrow,
  paginate,
  type Tokens,
} from '@holdfast/client';
import { ADMIN_PASSWORD, type Installation, startEmbedded } from './support/installation.js';
import { PASSWORD } from './support/people.js';

jest.setTimeout(120_000);

const ROOT = join(__dirname, '..', '..');
/** In a process of its own: the generator is made of ES modules, which Jest does not load. */
const MAKE_TYPES = `import { json } from 'node:stream/consumers';
  import { clientTypesOf } from './tools/lib/client-types.mjs';
  process.stdout.write(await clientTypesOf(await json(process.stdin)));`;
const typesOf = (document: object): string =>
  execFileSync(process.execPath, ['--input-type=module', '-e', MAKE_TYPES], {
    cwd: ROOT,
    input: JSON.stringify(document),
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  });
const SCHEMA = join(ROOT, 'libs', 'client', 'src', 'schema.ts');

/** The typed client on the composed program. */
describe('The client', () => {
  let holdfast: Installation;
  let baseUrl: string;
  let anyone: HoldfastClient;
  let admin: HoldfastClient;

  const signIn = (login: string, password: string): Promise<Tokens> =>
    orThrow(anyone.POST('/api/auth/login', { body: { login, password } }));

  beforeAll(async () => {
    holdfast = await startEmbedded();
    baseUrl = holdfast.client.base;
    anyone = createHoldfastClient({ baseUrl });
    admin = createHoldfastClient({ baseUrl, ...(await signIn('admin', ADMIN_PASSWORD)) });
  });
  afterAll(() => holdfast?.close());

  /** Sends as the global one does, and remembers what was sent. */
  function watched(answerInstead: (request: Request, count: number) => Response | undefined = () => undefined) {
    const sent: { name: string; key: string | null; token: string | null }[] = [];
    const send = async (request: Request): Promise<Response> => {
      const { pathname } = new URL(request.url);
      const name = `${request.method} ${pathname}`;
      sent.push({ name, key: request.headers.get('idempotency-key'), token: request.headers.get('authorization') });
      const instead = answerInstead(request, sent.length);
      return instead ?? fetch(request);
    };
    return { sent, fetch: send, named: (name: string) => sent.filter((one) => one.name === name) };
  }

  it('has the types of the document (if not: npm run client)', async () => {
    const { body } = await holdfast.client.get('/api/schema');
    const committed = await readFile(SCHEMA, 'utf8');
    const isUpToDate = committed === typesOf(body);
    expect(isUpToDate ? '' : 'libs/client/src/schema.ts is not what the document gives: npm run client').toBe('');
  });

  it('refreshes a session whose access token is refused, once for all calls at the same time, and tells of it', async () => {
    await orThrow(
      anyone.POST('/api/auth/register', {
        body: { username: 'ada', email: 'ada@readers.example', password: PASSWORD },
      }),
    );
    const { refreshToken } = await signIn('ada', PASSWORD);
    const told: Tokens[] = [];
    const wire = watched();
    const ada = createHoldfastClient({
      baseUrl,
      accessToken: 'outdated',
      refreshToken,
      onTokens: (tokens) => told.push(tokens),
      fetch: wire.fetch,
    });
    const answers = await Promise.all(Array.from({ length: 5 }, () => orThrow(ada.GET('/api/auth/me'))));
    expect(answers.map(({ username }) => username)).toEqual(Array(5).fill('ada'));
    expect(wire.named('POST /api/auth/refresh')).toHaveLength(1);
    expect(wire.named('GET /api/auth/me')).toHaveLength(10);
    expect(told).toHaveLength(1);
    await orThrow(ada.GET('/api/auth/me'));
    expect(wire.sent.at(-1)?.token).toBe(`Bearer ${told[0]?.accessToken}`);
  });

  it('leaves a refusal as it is where the session cannot be refreshed', async () => {
    const wire = watched();
    const stranger = createHoldfastClient({ baseUrl, accessToken: 'x', refreshToken: 'spent', fetch: wire.fetch });
    await expect(orThrow(stranger.GET('/api/auth/me'))).rejects.toMatchObject({
      type: '/problems/unauthenticated',
      status: 401,
    });
    expect(wire.sent.map(({ name }) => name)).toEqual(['GET /api/auth/me', 'POST /api/auth/refresh']);
    const byFunction = createHoldfastClient({ baseUrl, accessToken: () => 'x', fetch: wire.fetch });
    expect((await byFunction.GET('/api/auth/me')).response.status).toBe(401);
    expect(wire.sent).toHaveLength(3);
  });

  it('makes a key for what creates, and sends the same again after a refresh or a broken connection', async () => {
    const { refreshToken } = await signIn('admin', ADMIN_PASSWORD);
    let lost = 0;
    const wire = watched();
    const fragile = async (request: Request): Promise<Response> => {
      const answer = await wire.fetch(request);
      // The library was made, and the client never hears of it.
      if (answer.status === 201 && lost++ === 0) throw new TypeError('fetch failed');
      return answer;
    };
    const client = createHoldfastClient({ baseUrl, accessToken: 'outdated', refreshToken, fetch: fragile });
    const { data, response } = await client.POST('/api/libraries', { body: { name: 'Harbour Branch' } });
    expect([data?.name, response.headers.get('idempotency-replayed')]).toEqual(['Harbour Branch', 'true']);
    const posts = wire.named('POST /api/libraries');
    expect([posts.length, new Set(posts.map(({ key }) => key)).size]).toEqual([3, 1]);
    expect(posts[0]?.key).toMatch(/^[0-9a-f-]{36}$/);

    await orThrow(client.POST('/api/libraries', { body: { name: 'Hill' } }));
    expect(wire.named('POST /api/libraries').at(-1)?.key).not.toBe(posts[0]?.key);
    const own = { header: { 'Idempotency-Key': 'my-own' } };
    await orThrow(client.POST('/api/libraries', { params: own, body: { name: 'Quay' } }));
    expect(wire.sent.at(-1)?.key).toBe('my-own');
    expect(wire.named('POST /api/auth/refresh').map(({ key }) => key)).toEqual([null]);
  });

  it('does not send again what may have been done and has no key', async () => {
    const wire = watched(() => {
      throw new TypeError('fetch failed');
    });
    const client = createHoldfastClient({ baseUrl, fetch: wire.fetch });
    const body = { login: 'ada', password: PASSWORD };
    await expect(client.POST('/api/auth/login', { body })).rejects.toThrow('fetch failed');
    expect(wire.sent).toHaveLength(1);
    await expect(client.GET('/api/books')).rejects.toThrow('fetch failed');
    expect(wire.sent).toHaveLength(3);
  });

  it('throws refusals as problems, with each place that is wrong', async () => {
    const refused = await orThrow(admin.POST('/api/books', { body: { title: '', price: -1 } })).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(HoldfastProblem);
    expect(refused).toMatchObject({ type: '/problems/invalid-input', status: 400, instance: '/api/books' });
    expect((refused as HoldfastProblem).errors.map(({ pointer }) => pointer).sort()).toEqual(['/price', '/title']);
    const { error, response } = await admin.GET('/api/books/{id}', {
      params: { path: { id: '0199a1b2-0000-7000-8000-00000000dead' } },
    });
    expect([error?.type, response.status]).toEqual(['/problems/book-not-found', 404]);
    const wire = watched(() => new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' }));
    const behindProxy = createHoldfastClient({ baseUrl, fetch: wire.fetch });
    await expect(orThrow(behindProxy.GET('/api/books'))).rejects.toMatchObject({
      status: 502,
      type: 'about:blank',
      title: 'Bad Gateway',
      errors: [],
    });
  });

  it('follows a list to its end, and asks for no page before it is needed', async () => {
    for (const name of ['Ursula', 'Chinua', 'Toni', 'Stanisław', 'Octavia'])
      await orThrow(admin.POST('/api/authors', { body: { name } }));
    const wire = watched();
    const client = createHoldfastClient({ baseUrl, fetch: wire.fetch });
    const authors = () => paginate((cursor) => client.GET('/api/authors', { params: { query: { limit: 2, cursor } } }));
    const names: string[] = [];
    for await (const { name } of authors()) names.push(name);
    expect(names).toEqual(['Chinua', 'Octavia', 'Stanisław', 'Toni', 'Ursula']);
    expect(wire.sent).toHaveLength(3);
    for await (const { name } of authors()) if (name === 'Octavia') break;
    expect(wire.sent).toHaveLength(4);
    const wrong = paginate((cursor) => client.GET('/api/authors', { params: { query: { limit: 0, cursor } } }));
    await expect(wrong.next()).rejects.toBeInstanceOf(HoldfastProblem);
  });
});
