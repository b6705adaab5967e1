import { IdentityApp, NO_LIBRARY } from '../../testing/identity-app.js';

interface Profile {
  id: string;
  fullName: string | null;
  version: number;
  items: { id: string }[];
}

describe('Customers', () => {
  let app: IdentityApp;
  let admin: string;
  beforeAll(async () => {
    app = await IdentityApp.start();
    admin = await app.admin();
  });
  afterAll(() => app.close());

  it('have a profile from registration on', async () => {
    const reader = await app.customer();
    const { status, body, headers } = await app.get('/customers/me', reader.accessToken);
    expect(status).toBe(200);
    expect(headers.etag).toMatch(/^"1\./);
    expect(body).toEqual({
      id: reader.id,
      username: reader.username,
      email: `${reader.username}@example.org`,
      fullName: null,
      phone: null,
      homeLibraryId: null,
      notifications: { email: true },
      createdAt: expect.any(String),
      updatedAt: body.createdAt,
      version: 1,
    });
    expect((await app.get(`/customers/${reader.id}`, reader.accessToken)).body).toEqual(body);
  });

  it('change their own profile by a merge patch: null removes, what is left out stays', async () => {
    const { accessToken } = await app.customer();
    const homeLibraryId = '0199f3c2-7a40-7b51-8e0a-3f6f8c1f2b10';
    const filled = {
      fullName: 'Ada Lovelace',
      phone: '+44 20 7946 0958',
      homeLibraryId,
      notifications: { email: false },
    };
    expect((await app.patch('/customers/me', filled, accessToken)).body).toMatchObject({ ...filled, version: 2 });
    const { body } = await app.patch('/customers/me', { phone: null, notifications: {} }, accessToken);
    expect(body).toMatchObject({ ...filled, phone: null, version: 3 });
    expect((await app.patch('/customers/me', { phone: null }, accessToken)).body.version).toBe(3);
  });

  it('save under If-Match, which a change of the account makes stale too', async () => {
    const reader = await app.customer();
    const { headers } = await app.get('/customers/me', reader.accessToken);
    await app.patch(`/users/${reader.id}`, { username: `${reader.username}-2` }, admin);
    const answer = await app.call('PATCH', '/api/customers/me', {
      token: reader.accessToken,
      body: { fullName: 'Ada' },
      headers: { 'if-match': String(headers.etag) },
    });
    expect(answer.status).toBe(412);
  });

  it.each([
    { fullName: '' },
    { fullName: 'x'.repeat(201) },
    { fullName: 'a\u0007bell' },
    { fullName: '\u200B\u3164' },
    { fullName: 7 },
    { phone: 'call me' },
    { homeLibraryId: 'main' },
    { homeLibraryId: NO_LIBRARY },
    { fullName: '   ' },
    { notifications: null },
    { notifications: [] },
    { notifications: { email: 'no' } },
    { notifications: { sms: true } },
    { role: 'admin' },
    { email: 'other@example.org' },
  ])('cannot change %j', async (change) => {
    const { accessToken } = await app.customer();
    expect((await app.patch('/customers/me', change, accessToken)).status).toBe(400);
    expect((await app.get('/customers/me', accessToken)).body.version).toBe(1);
  });

  it('are nobody else’s business, but staff may read', async () => {
    const reader = await app.customer();
    const stranger = await app.customer();
    const librarian = await app.user('librarian');
    const path = `/customers/${reader.id}`;
    expect((await app.get(path, stranger.accessToken)).status).toBe(403);
    expect((await app.patch(path, { fullName: 'x' }, stranger.accessToken)).status).toBe(403);
    expect((await app.delete(path, stranger.accessToken)).status).toBe(403);
    expect((await app.get('/customers', stranger.accessToken)).status).toBe(403);
    expect((await app.get(path, librarian.accessToken)).status).toBe(200);
    expect((await app.get('/customers', librarian.accessToken)).status).toBe(200);
    expect((await app.patch(path, { fullName: 'x' }, librarian.accessToken)).status).toBe(403);
    expect((await app.delete(path, librarian.accessToken)).status).toBe(403);
    expect((await app.patch(path, { fullName: 'by the admin' }, admin)).body.fullName).toBe('by the admin');
    expect((await app.get('/customers/me', librarian.accessToken)).status).toBe(404);
    expect((await app.delete(`/customers/${librarian.id}`, admin)).status).toBe(404);
  });

  it('are made by an admin with a profile, and found by name', async () => {
    const account = app.newAccount();
    const created = await app.post<Profile>(
      '/customers',
      { ...account, fullName: 'Grace Hopper', notifications: { email: false } },
      admin,
    );
    expect(created).toMatchObject({
      status: 201,
      headers: { location: `/api/customers/${created.body.id}` },
      body: { username: account.username, fullName: 'Grace Hopper', notifications: { email: false }, version: 1 },
    });
    const { body: found } = await app.get<Profile>('/customers?search=hopper', admin);
    expect(found.items.map(({ id }) => id)).toEqual([created.body.id]);
    expect((await app.post('/customers', { ...app.newAccount(), role: 'admin' }, admin)).status).toBe(400);
  });

  it('may delete themselves', async () => {
    const reader = await app.customer();
    expect((await app.delete('/customers/me', reader.accessToken)).status).toBe(204);
    expect((await app.get('/customers/me', reader.accessToken)).status).toBe(401);
    const { rows } = await app.database.one<{ rows: number }>(
      'SELECT count(*)::int AS rows FROM identity.customers WHERE user_id = $1',
      [reader.id],
    );
    expect(rows).toBe(0);
  });
});
