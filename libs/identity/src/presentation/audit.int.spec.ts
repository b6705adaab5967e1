import { AuditTrail } from '../application/audit-trail.js';
import { IdentityApp, PASSWORD } from '../../testing/identity-app.js';

interface Line {
  id: string;
  at: string;
  action: string;
  user: { id: string; username: string | null };
  actor: { id: string; username: string | null } | null;
  changes: { field: string; from: unknown; to: unknown }[];
  requestId: string | null;
}
interface Lines {
  items: Line[];
  total: number;
  nextCursor: string | null;
}

const NOBODY = '0199f3c2-7a40-7b51-8e0a-3f6f8c1f2b10';

describe('The audit trail', () => {
  let app: IdentityApp;
  let admin: string;
  let adminId: string;
  beforeAll(async () => {
    app = await IdentityApp.start();
    admin = await app.admin();
    adminId = (await app.get<{ id: string }>('/auth/me', admin)).body.id;
  });
  afterAll(() => app.close());

  const read = async (query: string) => (await app.get<Lines>(`/audit?${query}`, admin)).body;
  const linesOf = async (userId: string) => (await read(`userId=${userId}`)).items;
  const actionsOf = async (userId: string) => (await linesOf(userId)).map(({ action }) => action);

  it('tells how an account came to be, and by whom', async () => {
    const reader = await app.customer();
    const editor = await app.user('editor');
    expect(await linesOf(reader.id)).toEqual([
      {
        id: expect.any(String),
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        action: 'registered',
        user: { id: reader.id, username: reader.username },
        actor: null,
        changes: [
          { field: 'username', from: null, to: reader.username },
          { field: 'email', from: null, to: `${reader.username}@example.org` },
          { field: 'role', from: null, to: 'customer' },
        ],
        requestId: expect.any(String),
      },
    ]);
    expect(await linesOf(editor.id)).toMatchObject([{ action: 'created', actor: { id: adminId, username: 'admin' } }]);
    expect(await linesOf(adminId)).toMatchObject([{ action: 'made-admin', actor: null, requestId: null }]);
  });

  it('tells what an admin changed, under the id of the request', async () => {
    const { id, username } = await app.user('author');
    const requestId = `request-of-${username}`;
    await app.call('PATCH', `/api/users/${id}`, {
      token: admin,
      body: { username: `${username}.2`, email: `${username}.2@example.org`, role: 'librarian', isActive: false },
      headers: { 'x-request-id': requestId },
    });
    expect((await linesOf(id))[0]).toMatchObject({
      action: 'changed',
      user: { id, username: `${username}.2` },
      actor: { id: adminId },
      changes: [
        { field: 'username', from: username, to: `${username}.2` },
        { field: 'email', from: `${username}@example.org`, to: `${username}.2@example.org` },
        { field: 'role', from: 'author', to: 'librarian' },
        { field: 'isActive', from: true, to: false },
      ],
      requestId,
    });
  });

  it('tells what became of a profile, also at its making', async () => {
    const { id, accessToken } = await app.customer();
    await app.patch('/customers/me', { fullName: 'Ada Lovelace', notifications: { email: false } }, accessToken);
    expect((await linesOf(id))[0]).toMatchObject({
      action: 'profile-changed',
      actor: { id },
      changes: [
        { field: 'fullName', from: null, to: 'Ada Lovelace' },
        { field: 'notifyByEmail', from: true, to: false },
      ],
    });
    const { body } = await app.post<{ id: string }>('/customers', { ...app.newAccount(), phone: '0900 123' }, admin);
    expect((await linesOf(body.id))[0]).toMatchObject({
      action: 'created',
      changes: [{}, {}, {}, { field: 'phone', from: null, to: '0900 123' }],
    });
  });

  it('tells of a password that it was changed, and never what it is', async () => {
    const { id, accessToken } = await app.customer();
    const passwords = { currentPassword: PASSWORD, newPassword: 'another long enough secret' };
    await app.post('/auth/change-password', passwords, accessToken);
    expect((await linesOf(id))[0]).toMatchObject({ action: 'password-changed', actor: { id }, changes: [] });
    const { text } = await app.database.one<{ text: string }>(
      'SELECT string_agg(changes::text, $1) AS text FROM identity.audit',
      [' '],
    );
    for (const secret of [PASSWORD, passwords.newPassword, 'argon2']) expect(text).not.toContain(secret);
  });

  it('tells once that an address was verified, by whoever had the link', async () => {
    const { id } = await app.customer();
    const [mail] = await app.events<{ token: string }>('email_verification_requested', id);
    for (let opened = 0; opened < 3; opened++) await app.get(`/auth/verify-email/${mail!.token}`);
    expect((await linesOf(id)).map(({ action, actor }) => [action, actor])).toEqual([
      ['email-verified', null],
      ['registered', null],
    ]);
  });

  it('tells of a reset by a code', async () => {
    const { id, username } = await app.customer();
    await app.post('/auth/forgot-password', { email: `${username}@example.org` });
    const [mail] = await app.events<{ otp: string }>('otp_generated', id);
    const { body } = await app.post('/auth/verify-otp', { email: `${username}@example.org`, otp: mail!.otp });
    await app.post('/auth/reset-password', { resetToken: body.resetToken, newPassword: 'reset to something new' });
    expect((await linesOf(id))[0]).toMatchObject({ action: 'password-reset', actor: null, changes: [] });
  });

  it('keeps the lines of a deleted account, with roles and states but without who it was', async () => {
    const reader = await app.customer();
    await app.patch('/customers/me', { fullName: 'Ada Lovelace', phone: '0900 123' }, reader.accessToken);
    await app.patch(`/users/${reader.id}`, { email: 'lovelace@example.org', role: 'author' }, admin);
    await app.delete(`/users/${reader.id}`, reader.accessToken);
    const lines = await linesOf(reader.id);
    expect(lines.map(({ action, changes }) => [action, changes])).toEqual([
      ['deleted', []],
      [
        'changed',
        [
          { field: 'email', from: null, to: null },
          { field: 'role', from: 'customer', to: 'author' },
        ],
      ],
      [
        'profile-changed',
        [
          { field: 'fullName', from: null, to: null },
          { field: 'phone', from: null, to: null },
        ],
      ],
      [
        'registered',
        [
          { field: 'username', from: null, to: null },
          { field: 'email', from: null, to: null },
          { field: 'role', from: null, to: 'customer' },
        ],
      ],
    ]);
    expect(lines[0]).toMatchObject({
      user: { id: reader.id, username: null },
      actor: { id: reader.id, username: null },
    });
  });

  it('says nothing of what changed nothing, or was refused', async () => {
    const author = await app.user('author');
    const reader = await app.customer();
    const before = (await read('')).total;
    const { headers } = await app.get(`/users/${author.id}`, admin);
    await app.patch(`/users/${author.id}`, { role: 'author', isActive: true }, admin);
    await app.patch('/customers/me', { phone: null, notifications: {} }, reader.accessToken);
    const refused = [
      await app.patch(`/users/${author.id}`, { username: 'ADMIN' }, admin),
      await app.patch(`/users/${adminId}`, { role: 'author' }, admin),
      await app.post('/users', { ...app.newAccount(), username: reader.username, role: 'author' }, admin),
      await app.post('/auth/register', { ...app.newAccount(), email: `${reader.username}@example.org` }),
      await app.call('DELETE', `/api/users/${author.id}`, { token: admin, headers: { 'if-match': '"7.x"' } }),
      await app.patch('/customers/me', { phone: 'no' }, reader.accessToken),
    ];
    expect(refused.map(({ status }) => status)).toEqual([409, 409, 409, 409, 412, 400]);
    app.closing.refusal = new Error('copies are out');
    expect((await app.delete('/customers/me', reader.accessToken)).status).toBe(500);
    app.closing.refusal = null;
    expect((await read('')).total).toBe(before);
    expect(await actionsOf(author.id)).toEqual(['created']);
    expect(headers.etag).toMatch(/^"1\./);
  });

  it('needs the transaction of the change', async () => {
    const trail = app.nest.get(AuditTrail);
    await expect(trail.record(NOBODY, 'changed')).rejects.toThrow('UnitOfWork.run');
    await expect(trail.forgetPersonalValues(NOBODY)).rejects.toThrow('UnitOfWork.run');
  });

  it('is read by admins alone', async () => {
    for (const role of ['librarian', 'editor', 'author', 'customer'] as const) {
      const { accessToken, id } = await app.user(role);
      expect((await app.get(`/audit?userId=${id}`, accessToken)).status).toBe(403);
    }
    expect((await app.get('/audit')).status).toBe(401);
  });

  it('is read in pages, the newest first, by cursor and by offset alike', async () => {
    for (let i = 0; i < 5; i++) await app.post('/auth/register', app.newAccount());
    const all: Line[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Lines = await read(`limit=3${cursor && `&cursor=${cursor}`}`);
      expect(page.total).toBeGreaterThan(5);
      all.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(new Set(all.map(({ id }) => id)).size).toBe((await read('')).total);
    const times = all.map(({ at, id }) => `${at} ${id}`);
    expect(times).toEqual([...times].sort().reverse());
    expect((await read('offset=2&limit=2')).items).toEqual(all.slice(2, 4));
    const first = await app.get('/audit?limit=3&action=registered', admin);
    expect(first.headers.link).toMatch(
      /^<\/api\/audit\?limit=3&action=registered>; rel="first", <\/api\/audit\?limit=3&action=registered&cursor=[\w-]+>; rel="next"$/,
    );
    const { body: users } = await app.get<Lines>('/users?limit=1', admin);
    expect((await app.get(`/audit?cursor=${users.nextCursor}`, admin)).status).toBe(400);
  });

  it('is narrowed by account, actor, action and time', async () => {
    const other = await app.user('admin');
    const { id } = await app.user('author');
    await app.patch(`/users/${id}`, { role: 'editor' }, other.accessToken);
    const [changed, created] = await linesOf(id);
    expect([changed?.action, created?.action]).toEqual(['changed', 'created']);
    expect((await read(`actorId=${other.id}`)).items).toEqual([changed]);
    expect((await read(`actorId=${other.id.toUpperCase()}&action=changed&userId=${id}`)).items).toEqual([changed]);
    expect((await read(`actorId=${other.id}&action=deleted`)).items).toEqual([]);
    const [from, to] = [created!.at, changed!.at];
    expect((await read(`userId=${id}&from=${from}&to=${to}`)).items).toEqual([created]);
    expect((await read(`userId=${id}&from=${to}`)).items).toEqual([changed]);
    expect((await read('from=9000-01-01')).items).toEqual([]);
    expect((await read('to=2020-01-01T00:00:00%2B05:00')).items).toEqual([]);
    const { total } = await read('');
    expect((await read('from=0000-01-01&to=9999-12-31')).total).toBe(total);
  });

  it.each([
    'userId=me',
    'actorId=1',
    `userId=${NOBODY}&userId=${NOBODY}`,
    'userId[$ne]=1&action=everything',
    'action=',
    'action=DELETED',
    'action=deleted%00',
    'from=yesterday',
    'from=2026-02-30',
    'from=2026-01-01T25:00:00Z',
    'from=2026-01-01T00:00:00%2B99:99',
    "to=2026-01-01'; DROP TABLE identity.audit; --",
    'to=infinity',
    'to=%F0%9F%93%9A',
    'limit=0',
    'cursor=x',
  ])('is not read with %s', async (query) => {
    expect((await app.get(`/audit?${query}`, admin)).status).toBe(400);
  });
});
