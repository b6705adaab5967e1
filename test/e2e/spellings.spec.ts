import { roles } from '../../libs/platform/src/security/permissions.js';
import { ACCESS, isOpen, ruleOf } from './support/access-table.js';
import type { Answer, Client } from './support/client.js';
import { type Installation, startEmbedded } from './support/installation.js';
import { fillPath, type Operation, readOperations } from './support/operations.js';
import { employ, type Person, signInAdmin } from './support/people.js';
import { idSpellings, spellingsOf } from './support/spellings.js';
import { Wire, type WireRequest } from './support/wire.js';

jest.setTimeout(180_000);

const NOBODY = '01a201b9-0000-7000-8000-00000000dead';
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

interface Attempt extends WireRequest {
  as: string;
}

/** As GET and as what asks like GET. */
const methodsOf = ({ method }: Operation): string[] => (method === 'GET' ? ['GET', 'HEAD'] : [method]);
const bodyOf = ({ bodies }: Operation): string | undefined => (bodies.includes('application/json') ? '{}' : undefined);
const attemptsAt = (operation: Operation, path: string, as: string, token?: string): Attempt[] =>
  methodsOf(operation).map((method) => ({ method, path, body: bodyOf(operation), as, token }));
const isRefusal = ({ status }: Answer): boolean => status >= 400 && status < 500;
const complaint = ({ method, path, as }: Attempt, { status, body }: Answer): string =>
  `${method} ${path} as ${as} → ${status} ${JSON.stringify(body).slice(0, 80)}`;

/** Promise 5 of the house, however the address is written. */
describe('Another spelling of the address', () => {
  let holdfast: Installation;
  let wire: Wire;
  let admin: Client;
  let operations: Operation[];
  const tokens = new Map<string, string>();
  let owner: Person;
  let other: Person;

  beforeAll(async () => {
    holdfast = await startEmbedded();
    wire = new Wire(holdfast.client.base);
    admin = await signInAdmin(holdfast.client);
    operations = await readOperations(holdfast.client);
    for (const role of roles) tokens.set(role, (await employ(admin, role, `one-${role}`)).client.token!);
    owner = await employ(admin, 'customer', 'owner');
    other = await employ(admin, 'customer', 'another');
  });
  afterAll(async () => {
    wire?.close();
    await holdfast?.close();
  });

  /** Sends all, and expects of each a refusal. How many came as far as the guard, for a loop that is refused by the router alone proves nothing. */
  async function expectRefused(attempts: Attempt[]): Promise<{ tried: number; met: number }> {
    const answers = await wire.sendAll(attempts);
    expect(answers.filter(([, answer]) => !isRefusal(answer)).map((one) => complaint(...one))).toEqual([]);
    return { tried: answers.length, met: answers.filter(([, { status }]) => [401, 403].includes(status)).length };
  }

  it('of a closed route lets nobody in without a token', async () => {
    const closed = operations.filter((operation) => !isOpen(operation));
    const attempts = closed.flatMap((operation) => {
      const path = fillPath(operation.path, () => NOBODY);
      return [path, ...spellingsOf(path)].flatMap((one) => attemptsAt(operation, one, 'nobody'));
    });
    const { tried, met } = await expectRefused(attempts);
    expect(closed.length).toBeGreaterThanOrEqual(45);
    expect(tried).toBeGreaterThan(4000);
    expect(met).toBeGreaterThan(10 * closed.length);
  });

  for (const role of roles.filter((one) => one !== 'admin')) {
    it(`of a route that is not for ${role} does not let one in`, async () => {
      const forbidden = operations.filter((operation) => {
        const rule = ruleOf(operation);
        return typeof rule !== 'string' && !rule.includes(role);
      });
      const attempts = forbidden.flatMap((operation) => {
        const path = fillPath(operation.path, () => NOBODY);
        return [path, ...spellingsOf(path)].flatMap((one) => attemptsAt(operation, one, role, tokens.get(role)));
      });
      const { tried, met } = await expectRefused(attempts);
      expect(forbidden.length).toBeGreaterThanOrEqual(role === 'editor' ? 8 : 20);
      expect(tried).toBeGreaterThanOrEqual(80 * forbidden.length);
      expect(met).toBeGreaterThanOrEqual(10 * forbidden.length);
    });
  }

  it('of an open route is no fault of ours', async () => {
    const attempts = operations.filter(isOpen).flatMap((operation) => {
      const path = fillPath(operation.path, () => NOBODY);
      return spellingsOf(path).flatMap((one) => attemptsAt(operation, one, 'nobody'));
    });
    const answers = await wire.sendAll(attempts);
    const faults = answers.filter(([, { status }]) => status < 200 || status >= 500);
    expect(faults.map((one) => complaint(...one))).toEqual([]);
    expect(answers.length).toBeGreaterThan(2000);
  });

  it('of what is another’s opens it to nobody else, on every route with somebody’s id', async () => {
    const author = tokens.get('author')!;
    const anotherAuthor = await employ(admin, 'author', 'another-author');
    const library = (await admin.get('/api/libraries')).body.items[0];
    const book = (await admin.as(author).post('/api/books', { title: 'Own', price: 1, units: 3 })).body;
    const wish = { bookId: book.id, reservedUntil: inDays(5) };
    const reservation = (await owner.client.post('/api/reservations', wish)).body;
    const [session] = (await owner.client.get('/api/auth/sessions')).body.items;
    const form = new FormData();
    form.append('file', new Blob(['title,price\nA,1\n']), 'a.csv');
    const upload = (await admin.raw('POST', '/api/books/upload', form)).body;
    expect([book.id, reservation.id, session.id, upload.uploadId, library.id]).not.toContain(undefined);

    /** The part of the path that says whose it is, the real id there, and a stranger with the same role. */
    const owned: [RegExp, string, Person | { client: Client }][] = [
      [/^\/api\/(users|customers)\/\{id\}/, owner.id, other],
      [/^\/api\/auth\/sessions\/\{id\}/, session.id, other],
      [/^\/api\/reservations\/\{id\}/, reservation.id, other],
      [/^\/api\/books\/upload\/\{uploadId\}/, upload.uploadId, other],
      [/^\/api\/books\/\{(id|bookId)\}/, book.id, anotherAuthor],
    ];
    /** Each reader may ask for a queue, and sees only the own place in it. */
    const isSomebodys = (operation: Operation): boolean =>
      !isOpen(operation) && ACCESS[operation.name]!.permission !== 'queue:read';
    const attempts: Attempt[] = [];
    const routes = new Set<string>();
    for (const operation of operations.filter(isSomebodys)) {
      const [, id, stranger] = owned.find(([pattern]) => pattern.test(operation.path)) ?? [];
      if (!id || !stranger) continue;
      routes.add(operation.name);
      const written = idSpellings(id).map((one) => operation.path.replace(/\{\w+\}/, one.replaceAll('$', '$$')));
      const paths = written.map((path) => fillPath(path, () => library.id));
      for (const path of [...paths, ...spellingsOf(paths[0]!)])
        attempts.push(...attemptsAt(operation, path, 'a stranger', stranger.client.token));
    }
    expect(Object.keys(ACCESS).filter((name) => ACCESS[name]!.own && !routes.has(name))).toEqual([]);
    const before = await Promise.all([owner.client.get('/api/auth/me'), admin.get(`/api/books/${book.id}`)]);
    const { tried } = await expectRefused(attempts);
    expect(tried).toBeGreaterThan(100 * routes.size);
    expect(routes.size).toBeGreaterThanOrEqual(20);

    const after = await Promise.all([owner.client.get('/api/auth/me'), admin.get(`/api/books/${book.id}`)]);
    expect(after.map(({ body }) => body)).toEqual(before.map(({ body }) => body));
    expect((await owner.client.get(`/api/reservations/${reservation.id}`)).body).toEqual(reservation);
    expect((await owner.client.get('/api/auth/sessions')).body.items.map(({ id }: any) => id)).toContain(session.id);
    for (const id of idSpellings(reservation.id).slice(1, 4)) {
      const own = await wire.send({ method: 'GET', path: `/api/reservations/${id}`, token: owner.client.token });
      expect([id, own.status, own.body.id]).toEqual([id, 200, reservation.id]);
    }
  });
});

describe('Another spelling of an address of the catalogue, while it is not public', () => {
  let holdfast: Installation;
  let wire: Wire;

  beforeAll(async () => {
    holdfast = await startEmbedded({ CATALOGUE_PUBLIC: 'false' });
    wire = new Wire(holdfast.client.base);
  });
  afterAll(async () => {
    wire?.close();
    await holdfast?.close();
  });

  it('shows nothing without a token, and the plain one shows it to every role', async () => {
    const admin = await signInAdmin(holdfast.client);
    const operations = await readOperations(holdfast.client);
    const catalogue = operations.filter((operation) => ruleOf(operation) === 'catalogue');
    expect(catalogue.map(({ name }) => name)).toContain('GET /api/books/{bookId}/availability');
    expect(catalogue.length).toBeGreaterThanOrEqual(11);
    const { body: document } = await holdfast.client.get('/api/schema');
    for (const { name, method, path } of catalogue) {
      const { security, responses } = document.paths[path][method.toLowerCase()];
      expect([name, security[0], Object.keys(responses)]).toEqual([
        name,
        { bearer: [] },
        expect.arrayContaining(['401']),
      ]);
    }
    const { body: book } = await admin.post('/api/books', {
      title: 'Hidden',
      authors: ['A'],
      genre: 'G',
      price: 1,
      units: 1,
    });
    const library = (await admin.get('/api/libraries')).body.items[0];
    const ids: Record<string, string> = {
      books: book.id,
      authors: book.authors[0].id,
      genres: book.genre.id,
      libraries: library.id,
    };
    const real = ({ path }: Operation): string => fillPath(path, () => ids[path.split('/')[2] ?? ''] ?? NOBODY);

    const attempts = catalogue.flatMap((operation) =>
      [real(operation), ...spellingsOf(real(operation))].flatMap((path) => attemptsAt(operation, path, 'nobody')),
    );
    const answers = await wire.sendAll(attempts);
    expect(answers.filter(([, answer]) => !isRefusal(answer)).map((one) => complaint(...one))).toEqual([]);
    expect(answers.filter(([, { status }]) => status === 401).length).toBeGreaterThan(20 * catalogue.length);
    for (const role of roles) {
      const person = await employ(admin, role, `one-${role}`);
      for (const operation of catalogue)
        expect([operation.name, (await person.client.get(real(operation))).status]).toEqual([operation.name, 200]);
    }
  });
});
