import { DomainError } from '@holdfast/kernel';
import { SessionAuthenticator } from '../index.js';
import { IdentityApp, PASSWORD, type SignedIn } from '../../testing/identity-app.js';

interface UserBody {
  id: string;
  username: string;
  role: string;
  version: number;
}
interface List {
  items: UserBody[];
  total: number;
  nextCursor: string | null;
}

describe('Users', () => {
  let app: IdentityApp;
  let admin: string;
  beforeAll(async () => {
    app = await IdentityApp.start();
    admin = await app.admin();
  });
  afterAll(() => app.close());
  afterEach(() => {
    app.closing.refusal = null;
  });

  const me = (token: string) => app.get<UserBody>('/auth/me', token);

  it('are for admins; oneself may be read by everybody', async () => {
    const reader = await app.customer();
    const editor = await app.user('editor');
    const librarian = await app.user('librarian');
    for (const { accessToken, id } of [reader, editor, librarian]) {
      expect((await app.get('/users', accessToken)).status).toBe(403);
      expect((await app.post('/users', { ...app.newAccount(), role: 'admin' }, accessToken)).status).toBe(403);
      expect((await app.patch(`/users/${id}`, { role: 'admin' }, accessToken)).status).toBe(403);
      expect((await app.get(`/users/${id}`, accessToken)).status).toBe(200);
    }
    expect((await app.get(`/users/${editor.id}`, reader.accessToken)).status).toBe(403);
    expect((await app.delete(`/users/${editor.id}`, reader.accessToken)).status).toBe(403);
    expect((await app.get(`/users/${editor.id}`)).status).toBe(401);
    expect((await app.get(`/users/${editor.id}`, admin)).status).toBe(200);
    expect((await app.get('/users/0199f3c2-7a40-7b51-8e0a-3f6f8c1f2b10', admin)).status).toBe(404);
    expect((await app.get('/users/me', admin)).status).toBe(400);
  });

  it('are listed in pages by age, and found by a part of the name or address', async () => {
    const made = [await app.user('author'), await app.user('author'), await app.user('author')];
    const all: UserBody[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: { body: List } = await app.get<List>(`/users?limit=2${cursor && `&cursor=${cursor}`}`, admin);
      all.push(...body.items);
      cursor = body.nextCursor;
      expect(body.total).toBeGreaterThanOrEqual(3);
    }
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
    const { body: rest } = await app.get<List>(`/users?offset=${ids.length - 1}`, admin);
    expect(rest.items.map(({ id }) => id)).toEqual(ids.slice(-1));
    expect((await app.get<List>('/users?offset=1000', admin)).body).toMatchObject({ items: [], total: ids.length });

    const { body: found } = await app.get<List>(`/users?search=${made[1]!.username.toUpperCase()}%40EXAMPLE`, admin);
    expect(found.items.map(({ id }) => id)).toEqual([made[1]!.id]);
    expect((await app.get<List>('/users?search=%25', admin)).body.items).toEqual([]);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'offset=-1', 'cursor=x', 'cursor=WyJpZCIsIngiXQ', 'search=%00'])(
    'refuse the list with %s',
    async (query) => expect((await app.get(`/users?${query}`, admin)).status).toBe(400),
  );

  it('change by a merge patch under If-Match', async () => {
    const { id } = await app.user('author');
    const { headers } = await app.get(`/users/${id}`, admin);
    const patch = (body: object, etag: string) =>
      app.call<UserBody>('PATCH', `/api/users/${id}`, { token: admin, body, headers: { 'if-match': etag } });
    const changed = await patch({ username: 'renamed.author' }, String(headers.etag));
    expect(changed).toMatchObject({ status: 200, body: { username: 'renamed.author', role: 'author', version: 2 } });
    expect((await patch({ username: 'renamed.again' }, String(headers.etag))).status).toBe(412);
    expect((await app.patch<UserBody>(`/users/${id}`, {}, admin)).body.version).toBe(2);
  });

  it.each([
    { username: null },
    { username: 'x' },
    { email: 'x' },
    { role: 'owner' },
    { isActive: 'false' },
    { password: PASSWORD },
  ])('refuse the change %j', async (change) => {
    const { id } = await app.user('author');
    expect((await app.patch(`/users/${id}`, change, admin)).status).toBe(400);
  });

  it('cannot take the name of another', async () => {
    const { id } = await app.user('author');
    expect((await app.patch(`/users/${id}`, { username: 'ADMIN' }, admin)).status).toBe(409);
    expect((await app.patch(`/users/${id}`, { email: 'Admin@holdfast.example' }, admin)).status).toBe(409);
  });

  it('have to verify a new address', async () => {
    const { id } = await app.user('author');
    const { body } = await app.patch(`/users/${id}`, { email: 'new.address@example.org' }, admin);
    expect(body).toMatchObject({ email: 'new.address@example.org', emailVerified: false });
    expect(await app.events('email_verification_requested', id)).toMatchObject([
      {},
      { email: 'new.address@example.org' },
    ]);
  });

  it('have another role at once, with the token in use', async () => {
    const person = await app.user('admin');
    expect((await app.get('/users', person.accessToken)).status).toBe(200);
    await app.patch(`/users/${person.id}`, { role: 'customer' }, admin);
    expect((await app.get('/users', person.accessToken)).status).toBe(403);
    expect((await me(person.accessToken)).body.role).toBe('customer');
    expect((await app.get('/customers/me', person.accessToken)).status).toBe(200);
  });

  it('are out at once when they are deactivated, also after they are back', async () => {
    const person = await app.customer();
    await app.patch(`/users/${person.id}`, { isActive: false }, admin);
    expect((await me(person.accessToken)).status).toBe(401);
    expect((await app.post('/auth/refresh', { refreshToken: person.refreshToken })).status).toBe(401);
    await app.patch(`/users/${person.id}`, { isActive: true }, admin);
    expect((await me(person.accessToken)).status).toBe(401);
  });

  it('count for nothing while they are inactive, whatever became of their sessions', async () => {
    const person = await app.customer();
    await app.database.query('UPDATE identity.users SET is_active = false WHERE id = $1', [person.id]);
    expect((await me(person.accessToken)).status).toBe(401);
    expect((await app.post('/auth/refresh', { refreshToken: person.refreshToken })).status).toBe(401);
  });

  it('can be deleted, by themselves too: their tokens end and it is announced', async () => {
    const person = await app.customer();
    expect((await app.delete(`/users/${person.id}`, person.accessToken)).status).toBe(204);
    expect(app.closing.closed).toContain(person.id);
    expect((await me(person.accessToken)).status).toBe(401);
    expect(await app.nest.get(SessionAuthenticator).authenticate(person.accessToken)).toBeNull();
    expect(await app.events('user_deleted', person.id)).toEqual([{ id: person.id }]);
    expect((await app.delete(`/users/${person.id}`, admin)).status).toBe(404);
  });

  it('stay when whoever lends refuses', async () => {
    const person = await app.customer();
    app.closing.refusal = new (class extends DomainError {})('last-admin', 'Copies are out.');
    expect((await app.delete(`/users/${person.id}`, admin)).status).toBe(409);
    expect((await me(person.accessToken)).status).toBe(200);
    expect(await app.events('user_deleted', person.id)).toEqual([]);
  });

  describe('the last admin', () => {
    let fresh: IdentityApp;
    let first: string;
    beforeAll(async () => {
      fresh = await IdentityApp.start();
      first = await fresh.admin();
    });
    afterAll(() => fresh.close());

    const idOf = async (token: string) => (await fresh.get<UserBody>('/auth/me', token)).body.id;

    it('can be neither demoted, deactivated nor deleted', async () => {
      const id = await idOf(first);
      for (const change of [{ role: 'editor' }, { isActive: false }]) {
        const answer = await fresh.patch(`/users/${id}`, change, first);
        expect([answer.status, answer.body.type]).toEqual([409, '/problems/last-admin']);
      }
      expect((await fresh.delete(`/users/${id}`, first)).status).toBe(409);
      expect((await fresh.patch(`/users/${id}`, { username: 'root' }, first)).status).toBe(200);
      await fresh.patch(`/users/${id}`, { username: 'admin' }, first);
    });

    it('is not counted with inactive ones', async () => {
      const other = await fresh.user('admin');
      await fresh.patch(`/users/${other.id}`, { isActive: false }, first);
      expect((await fresh.delete(`/users/${await idOf(first)}`, first)).status).toBe(409);
    });

    it('is left over when all of them remove each other at once', async () => {
      const admins: SignedIn[] = [];
      for (let i = 0; i < 4; i++) admins.push(await fresh.user('admin'));
      const all = [{ id: await idOf(first), accessToken: first }, ...admins];
      const attempts = all.map(({ id, accessToken }, i) =>
        i % 2
          ? fresh.delete(`/users/${id}`, accessToken)
          : fresh.patch(`/users/${id}`, { role: 'author' }, accessToken),
      );
      const statuses = (await Promise.all(attempts)).map(({ status }) => status);
      const { left } = await fresh.database.one<{ left: number }>(
        "SELECT count(*)::int AS left FROM identity.users WHERE role = 'admin' AND is_active",
      );
      expect(left).toBe(1);
      expect(statuses.filter((status) => status === 409)).toHaveLength(1);
    });
  });
});
