import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { SignJWT } from 'jose';
import { permissions, type Role, roles } from '../../libs/platform/src/security/permissions.js';
import { ACCESS, CONTRACT, isOpen, ruleOf } from './support/access-table.js';
import type { Answer, Client } from './support/client.js';
import { type Installation, startEmbedded } from './support/installation.js';
import { fillPath, type Operation, readOperations } from './support/operations.js';
import { employ, PASSWORD, type Person, signIn, signInAdmin } from './support/people.js';

jest.setTimeout(120_000);

const NOBODY = '01a201b9-0000-7000-8000-00000000dead';
const ours = generateKeyPairSync('ed25519').privateKey;
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** Promise 5 of the house: nobody sees or changes what is not theirs. */
describe('Access', () => {
  let holdfast: Installation;
  let anybody: Client;
  let admin: Client;
  let operations: Operation[];
  const staff = new Map<Role, Person>();
  let reader: Person;
  let otherReader: Person;
  let book: any;
  let reservation: any;

  beforeAll(async () => {
    holdfast = await startEmbedded({ JWT_PRIVATE_KEY: ours.export({ type: 'pkcs8', format: 'pem' }).toString() });
    anybody = holdfast.client;
    admin = await signInAdmin(anybody);
    operations = await readOperations(anybody);
    for (const role of roles) staff.set(role, await employ(admin, role, `one-${role}`));
    reader = staff.get('customer')!;
    otherReader = await employ(admin, 'customer', 'other-reader');
    book = (await admin.post('/api/books', { title: 'Things Fall Apart', price: 10, units: 2 })).body;
    reservation = (await reader.client.post('/api/reservations', { bookId: book.id, reservedUntil: inDays(5) })).body;
    expect(reservation).toMatchObject({ status: 'active' });
  });
  afterAll(() => holdfast?.close());

  /** A request that the guard lets pass or not, and that can change nothing when it passes. */
  const harmless = (client: Client, { method, path, bodies }: Operation): Promise<Answer> => {
    const filled = fillPath(path, () => NOBODY);
    if (bodies.includes('application/json'))
      return client.raw(method, filled, '{}', { 'content-type': 'application/json' });
    return client.raw(method, filled, undefined);
  };
  const closed = (): Operation[] => operations.filter((operation) => !isOpen(operation));

  it('is for whom the contract says, and written down for every route', () => {
    expect(permissions).toEqual(CONTRACT);
    expect(operations.map(({ name }) => name).filter((name) => !(name in ACCESS))).toEqual([]);
    expect(Object.keys(ACCESS).filter((name) => !operations.some((operation) => operation.name === name))).toEqual([]);
  });

  it('without a token is refused with 401 and WWW-Authenticate, but where anybody may', async () => {
    const wrong: string[] = [];
    for (const operation of operations) {
      const { status, headers, body } = await harmless(anybody, operation);
      const isRefused = status === 401 && body.type === '/problems/unauthenticated';
      const asked = headers.get('www-authenticate')?.startsWith('Bearer') ?? false;
      const isRight = isOpen(operation)
        ? body?.type !== '/problems/unauthenticated' && status !== 403
        : isRefused && asked;
      if (!isRight) wrong.push(`${operation.name} → ${status} ${body?.type}`);
    }
    expect(wrong).toEqual([]);
  });

  for (const role of roles) {
    it(`as ${role} is what the table of permissions says, on every route`, async () => {
      const wrong: string[] = [];
      for (const operation of operations) {
        const isSignOut = operation.path.endsWith('/logout');
        const client = isSignOut ? await signIn(anybody, `one-${role}`, PASSWORD) : staff.get(role)!.client;
        const { status, body } = await harmless(client, operation);
        const rule = ruleOf(operation);
        const may = typeof rule === 'string' || rule.includes(role);
        const isNotTheirs = ACCESS[operation.name]!.own && [403, 404].includes(status);
        const isSignInRefused = status === 401 && operation.path.startsWith('/api/auth/');
        const passes = ![401, 403].includes(status) || isNotTheirs || (isOpen(operation) && isSignInRefused);
        if (may ? !passes : status !== 403) wrong.push(`${operation.name} → ${status} ${body?.type}`);
      }
      expect(wrong).toEqual([]);
    });
  }

  describe('with a token that is not good', () => {
    interface Forgery {
      key?: KeyObject | Uint8Array;
      header?: Record<string, unknown>;
      claims?: Record<string, unknown>;
    }
    const claimsOf = (token: string): Record<string, unknown> =>
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const headerOf = (token: string): Record<string, unknown> =>
      JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

    async function badTokens(): Promise<[string, string][]> {
      const { body } = await anybody.post('/api/auth/login', { login: 'one-admin', password: PASSWORD });
      const good: string = body.accessToken;
      const [header = '', payload = '', signature = ''] = good.split('.');
      const now = Math.floor(Date.now() / 1000);
      const forge = ({ key = ours, header: more, claims }: Forgery): Promise<string> =>
        new SignJWT({ ...claimsOf(good), ...claims })
          .setProtectedHeader({ ...headerOf(good), ...more } as { alg: string })
          .sign(key);
      expect((await anybody.as(await forge({})).get('/api/users')).status).toBe(200);

      const other = generateKeyPairSync('ed25519').privateKey;
      const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
      const publicPem = createPublicKey(ours).export({ type: 'spki', format: 'pem' }).toString();
      const jwk = createPublicKey(other).export({ format: 'jwk' });
      const dead = await anybody.post('/api/auth/login', { login: 'one-admin', password: PASSWORD });
      expect((await anybody.as(dead.body.accessToken).post('/api/auth/logout')).status).toBe(204);
      return [
        ['garbage', 'garbage'],
        ['three parts of garbage', 'a.b.c'],
        ['no signature', `${header}.${payload}.`],
        ['the signature cut off', `${header}.${payload}`],
        ['half of the signature', `${header}.${payload}.${signature.slice(0, 40)}`],
        [
          'the signature of other claims',
          `${header}.${encode({ ...claimsOf(good), role: 'admin', sub: reader.id })}.${signature}`,
        ],
        ['alg none', `${encode({ ...headerOf(good), alg: 'none' })}.${payload}.`],
        ['alg NONE with a signature', `${encode({ ...headerOf(good), alg: 'NONE' })}.${payload}.${signature}`],
        ['HS256 with the public key', await forge({ key: Buffer.from(publicPem), header: { alg: 'HS256' } })],
        ['another key under our name', await forge({ key: other })],
        ['another kind of key under our name', await forge({ key: p256, header: { alg: 'ES256' } })],
        ['a key that the token brings', await forge({ key: other, header: { jwk } })],
        ['no name of a key', await forge({ header: { kid: undefined } })],
        ['the name of another key', await forge({ header: { kid: '../../dev/null' } })],
        ['typ JWT', await forge({ header: { typ: 'JWT' } })],
        ['an extension that must be understood', forgeCritical(good)],
        ['a time that has passed', await forge({ claims: { exp: now - 1 } })],
        ['no end', await forge({ claims: { exp: undefined } })],
        ['a beginning to come', await forge({ claims: { nbf: now + 3600 } })],
        ['another issuer', await forge({ claims: { iss: 'elsewhere' } })],
        ['another audience', await forge({ claims: { aud: 'elsewhere' } })],
        ['no session', await forge({ claims: { sid: undefined } })],
        ['a session that is none', await forge({ claims: { sid: randomUUID() } })],
        ['another’s session', await forge({ claims: { sub: reader.id } })],
        ['a subject that is SQL', await forge({ claims: { sub: "' OR '1'='1" } })],
        ['a session that was ended', dead.body.accessToken],
        ['the refresh token', body.refreshToken],
        ['10,000 characters', 'a'.repeat(10_000)],
      ];
    }
    /** By hand: no library signs what nobody understands. */
    function forgeCritical(good: string): string {
      const input = `${encode({ ...headerOf(good), crit: ['http://x.example/seal'], 'http://x.example/seal': true })}.${good.split('.')[1]}`;
      return `${input}.${sign(null, Buffer.from(input), ours).toString('base64url')}`;
    }

    it('is refused with 401 on every closed route', async () => {
      const wrong: string[] = [];
      for (const [what, token] of await badTokens()) {
        for (const operation of closed()) {
          const { status, body } = await harmless(anybody.as(token), operation);
          if (status !== 401 || body.type !== '/problems/unauthenticated')
            wrong.push(`${operation.name} with ${what} → ${status}`);
        }
        const open = await anybody.as(token).get(`/api/books/${book.id}`);
        if (open.status !== 200) wrong.push(`an open route with ${what} → ${open.status}`);
      }
      expect(wrong).toEqual([]);
    });

    it('is refused wherever it stands but in the Authorization header', async () => {
      const { body } = await anybody.post('/api/auth/login', { login: 'one-admin', password: PASSWORD });
      const token: string = body.accessToken;
      const basic = Buffer.from(`admin:${token}`).toString('base64');
      for (const [path, headers] of [
        [`/api/users?access_token=${token}`, {}],
        [`/api/users?token=${token}`, {}],
        ['/api/users', { cookie: `access_token=${token}; token=${token}` }],
        ['/api/users', { 'x-access-token': token, 'x-authorization': `Bearer ${token}` }],
        ['/api/users', { authorization: token }],
        ['/api/users', { authorization: `Basic ${basic}` }],
        ['/api/users', { authorization: `Bearer ${token}, Bearer ${token}` }],
        ['/api/users', { authorization: `Token ${token}` }],
      ] as [string, Record<string, string>][])
        expect([path.slice(0, 30), headers, (await anybody.get(path, headers)).status]).toEqual([
          path.slice(0, 30),
          headers,
          401,
        ]);
      expect((await anybody.get('/api/users', { authorization: `bearer ${token}` })).status).toBe(200);
    });
  });

  it('ends with the account, and changes with its role, at once', async () => {
    const person = await employ(admin, 'editor', 'fickle');
    const create = () => person.client.post('/api/authors', {});
    expect((await create()).status).toBe(400);
    await admin.patch(`/api/users/${person.id}`, { role: 'customer' });
    expect((await create()).status).toBe(403);
    await admin.patch(`/api/users/${person.id}`, { isActive: false });
    expect((await create()).status).toBe(401);
    await admin.patch(`/api/users/${person.id}`, { isActive: true, role: 'editor' });
    const again = await signIn(anybody, 'fickle', PASSWORD);
    expect((await again.post('/api/authors', {})).status).toBe(400);
    expect((await admin.delete(`/api/users/${person.id}`)).status).toBe(204);
    expect((await again.get('/api/auth/me')).status).toBe(401);
  });

  describe('of one reader to what is another’s', () => {
    const expectHidden = async (answers: Promise<Answer>[]): Promise<void> => {
      for (const { status, body } of await Promise.all(answers)) {
        expect([403, 404]).toContain(status);
        expect(JSON.stringify({ ...body, instance: '' })).not.toMatch(new RegExp(`${reader.username}|${book.title}`));
      }
    };

    it('is refused for reservations, and there is nothing to see in lists and queues', async () => {
      const path = `/api/reservations/${reservation.id}`;
      const other = otherReader.client;
      await expectHidden([
        other.get(path),
        other.get(path.toUpperCase().replace('/API/RESERVATIONS', '/api/reservations')),
        other.delete(path),
        other.post(`${path}/return`),
        other.post(`${path}/renew`, { reservedUntil: inDays(9) }),
        other.post('/api/reservations', { bookId: book.id, reservedUntil: inDays(5), customerId: reader.id }),
      ]);
      for (const query of ['', `?customerId=${reader.id}`, `?bookId=${book.id}`, '?status=active']) {
        const { status, body } = await other.get(`/api/reservations${query}`);
        expect([query, status, body.items, body.total]).toEqual([query, 200, [], 0]);
      }
      expect((await other.get(`/api/books/${book.id}/queue`)).body.items).toEqual([]);
      expect((await reader.client.get(path)).body).toEqual(reservation);
    });

    it('is refused for accounts, profiles and sessions', async () => {
      const [session] = (await reader.client.get('/api/auth/sessions')).body.items;
      const other = otherReader.client;
      await expectHidden([
        other.get(`/api/users/${reader.id}`),
        other.patch(`/api/users/${reader.id}`, { isActive: false }),
        other.delete(`/api/users/${reader.id}`),
        other.get(`/api/customers/${reader.id}`),
        other.patch(`/api/customers/${reader.id}`, { fullName: 'Mallory' }),
        other.delete(`/api/customers/${reader.id}`),
        other.delete(`/api/auth/sessions/${session.id}`),
        other.get('/api/users'),
        other.get('/api/customers'),
      ]);
      expect((await reader.client.get('/api/auth/me')).body).toMatchObject({ isActive: true });
      expect((await reader.client.get(`/api/customers/me`)).body).toMatchObject({ id: reader.id, fullName: null });
    });

    it('is no way to another role: not by registration, profile or account', async () => {
      const account = { username: 'climber', email: 'climber@x.example', password: PASSWORD };
      for (const more of [{ role: 'admin' }, { isActive: true }, { id: reader.id }, { emailVerified: true }])
        expect((await anybody.post('/api/auth/register', { ...account, ...more })).status).toBe(400);
      const { id } = otherReader;
      expect((await otherReader.client.patch(`/api/customers/${id}`, { role: 'admin' })).status).toBe(400);
      expect((await otherReader.client.patch(`/api/users/${id}`, { role: 'admin' })).status).toBe(403);
      expect((await otherReader.client.get('/api/auth/me')).body.role).toBe('customer');
    });
  });

  it('of an author ends at the own books', async () => {
    const author = staff.get('author')!;
    const another = await employ(admin, 'author', 'another-author');
    const own = (await author.client.post('/api/books', { title: 'Own', price: 1 })).body;
    for (const answer of [
      await another.client.patch(`/api/books/${own.id}`, { price: 2 }),
      await another.client.put(`/api/books/${own.id}`, { title: 'Mine', price: 2 }),
      await another.client.put(`/api/books/${own.id}/metadata`, { a: 1 }),
      await another.client.patch(`/api/books/${own.id}/metadata`, { a: 1 }),
      await another.client.delete(`/api/books/${own.id}`),
      await author.client.put(`/api/books/${own.id}/holdings/${NOBODY}`, { units: 1 }),
    ])
      expect(answer.status).toBe(403);
    expect((await author.client.patch(`/api/books/${own.id}`, { price: 3 })).body).toMatchObject({
      price: 3,
      title: 'Own',
    });
    expect((await author.client.delete(`/api/books/${own.id}`)).status).toBe(204);
  });
});
