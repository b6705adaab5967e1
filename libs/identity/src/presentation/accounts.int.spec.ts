import { AsyncResource } from 'node:async_hooks';
import { UnitOfWork } from '@holdfast/platform';
import { eventually } from '@holdfast/platform/testing';
import { PasswordHashing } from '../application/password-hashing.js';
import { IdentityApp, PASSWORD } from '../../testing/identity-app.js';

/** Runs as if called from here, where no transaction is open. */
const outside = AsyncResource.bind(<T>(work: () => T): T => work());

describe('Accounts', () => {
  let app: IdentityApp;
  beforeAll(async () => {
    app = await IdentityApp.start();
  });
  afterAll(() => app.close());

  const linkOf = async (userId: string) =>
    (await app.events<{ token: string; email: string; expiresAt: string }>('email_verification_requested', userId)).at(
      -1,
    )!;

  describe('registration', () => {
    it('makes a customer, announces it, and never shows the password', async () => {
      const account = app.newAccount();
      const { status, body, headers } = await app.post('/auth/register', account);
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.any(String),
        username: account.username,
        email: account.email,
        emailVerified: false,
        role: 'customer',
        isActive: true,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        updatedAt: body.createdAt,
        version: 1,
      });
      expect(headers.etag).toMatch(/^"1\./);
      const { id, username, email, role } = body;
      expect(await app.events('user_registered', String(id))).toEqual([{ id, username, email, role }]);
      expect(await app.events('email_verification_requested', String(id))).toHaveLength(1);
    });

    it('keeps the password as argon2id with the parameters of the settings', async () => {
      const { id } = await app.customer();
      const { password_hash } = await app.database.one<{ password_hash: string }>(
        'SELECT password_hash FROM identity.users WHERE id = $1',
        [id],
      );
      expect(password_hash).toMatch(/^\$argon2id\$v=19\$m=1024,t=1,p=1\$/);
    });

    it.each(['role', 'isActive', 'emailVerified', 'id', '__proto__'])('refuses a body with "%s"', async (name) => {
      const account = { ...app.newAccount(), [name]: name === 'role' ? 'admin' : {} };
      const payload =
        name === '__proto__' ? `{"__proto__":{},${JSON.stringify(account).slice(1)}` : JSON.stringify(account);
      const { statusCode } = await app.nest.inject({
        method: 'POST',
        url: '/api/auth/register',
        headers: { 'content-type': 'application/json' },
        payload,
      });
      expect(statusCode).toBe(400);
      const { found } = await app.database.one<{ found: number }>(
        'SELECT count(*)::int AS found FROM identity.users WHERE username = $1',
        [account.username],
      );
      expect(found).toBe(0);
    });

    it.each([
      ['username', 'ab'],
      ['username', 'has space'],
      ['username', 'аdmin-with-cyrillic-a'],
      ['username', 7],
      ['email', 'nobody'],
      ['email', 'a@b@c'],
      ['email', `${'a'.repeat(250)}@example.org`],
      ['email', null],
      ['password', 'short'],
      ['password', 'x'.repeat(129)],
      ['password', 'Password2024!'],
      ['password', ['notes on the engine']],
    ])('refuses the %s %j and says where', async (name, value) => {
      const { status, body } = await app.post<{ errors: { pointer: string }[] }>('/auth/register', {
        ...app.newAccount(),
        [name]: value,
      });
      expect(status).toBe(400);
      expect(body.errors.map(({ pointer }) => pointer)).toEqual([`/${name}`]);
    });

    it('refuses the username and the e-mail as a password', async () => {
      const account = { ...app.newAccount(), username: 'a-long-enough-name' };
      for (const password of ['A-Long-Enough-Name', account.email]) {
        expect((await app.post('/auth/register', { ...account, password })).status).toBe(400);
      }
    });

    it('tells which of username and e-mail is taken, whatever their case', async () => {
      const { username, email, password } = app.newAccount();
      await app.post('/auth/register', { username, email, password });
      const sameName = await app.post('/auth/register', { ...app.newAccount(), username: username.toUpperCase() });
      expect([sameName.status, sameName.body.type]).toEqual([409, '/problems/username-taken']);
      const sameMail = await app.post('/auth/register', { ...app.newAccount(), email: email.toUpperCase() });
      expect([sameMail.status, sameMail.body.type]).toEqual([409, '/problems/email-taken']);
    });

    it('gives a name that two ask for at once to one of them', async () => {
      const account = app.newAccount();
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => app.post('/auth/register', { ...account, email: `${i}.${account.email}` })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
      expect(new Set(answers.filter(({ status }) => status === 409).map(({ body }) => body.type))).toEqual(
        new Set(['/problems/username-taken']),
      );
    });
  });

  describe('verification of the address', () => {
    it('verifies by the link, and answers the same when it is opened again', async () => {
      const reader = await app.customer();
      const { token, email } = await linkOf(reader.id);
      for (let time = 0; time < 3; time++) {
        expect(await app.get(`/auth/verify-email/${token}`)).toMatchObject({
          status: 200,
          body: { email, verified: true },
        });
      }
      expect((await app.get('/auth/me', reader.accessToken)).body).toMatchObject({ emailVerified: true, version: 2 });
    });

    it('keeps only a hash of the link', async () => {
      const { id } = await app.customer();
      const { token } = await linkOf(id);
      const [row] = await app.database.query('SELECT * FROM identity.email_verifications WHERE user_id = $1', [id]);
      expect(JSON.stringify(row)).not.toContain(token);
    });

    it('refuses a link that is unknown, cut, expired or replaced', async () => {
      const reader = await app.customer();
      const { token, email } = await linkOf(reader.id);
      for (const bad of [token.slice(1), 'x', '%00', 'A'.repeat(900)]) {
        expect((await app.get(`/auth/verify-email/${bad}`)).status).toBe(400);
      }
      expect((await app.post('/auth/resend-verification', { email })).status).toBe(202);
      expect(await app.get(`/auth/verify-email/${token}`)).toMatchObject({
        status: 400,
        body: { type: '/problems/verification-link-invalid' },
      });
      const newer = await linkOf(reader.id);
      await app.database.query(
        "UPDATE identity.email_verifications SET expires_at = now() - interval '1 s' WHERE user_id = $1",
        [reader.id],
      );
      expect((await app.get(`/auth/verify-email/${newer.token}`)).status).toBe(400);
      expect((await app.get('/auth/me', reader.accessToken)).body.emailVerified).toBe(false);
    });

    it('goes on answering a link that was opened in time after it has expired', async () => {
      const { id } = await app.customer();
      const { token } = await linkOf(id);
      await app.get(`/auth/verify-email/${token}`);
      await app.database.query(
        "UPDATE identity.email_verifications SET expires_at = now() - interval '1 s' WHERE user_id = $1",
        [id],
      );
      expect((await app.get(`/auth/verify-email/${token}`)).status).toBe(200);
    });

    it('survives being opened many times at once', async () => {
      const reader = await app.customer();
      const { token } = await linkOf(reader.id);
      const answers = await Promise.all(Array.from({ length: 20 }, () => app.get(`/auth/verify-email/${token}`)));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
      expect((await app.get('/auth/me', reader.accessToken)).body.version).toBe(2);
    });

    it('answers a resend alike for everybody, and sends nothing to a verified or unknown address', async () => {
      const reader = await app.customer();
      const { token, email } = await linkOf(reader.id);
      await app.get(`/auth/verify-email/${token}`);
      const known = await app.post('/auth/resend-verification', { email });
      const unknown = await app.post('/auth/resend-verification', { email: 'nobody@example.org' });
      expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
      expect(await app.events('email_verification_requested', reader.id)).toHaveLength(1);
    });
  });

  describe('change of password', () => {
    it('needs the present one, takes the new one, and ends the other sessions', async () => {
      const reader = await app.customer();
      const elsewhere = await app.signIn(reader.username);
      const change = (currentPassword: string, newPassword: string) =>
        app.post('/auth/change-password', { currentPassword, newPassword }, reader.accessToken);

      expect(await change('not my password', 'quite another one')).toMatchObject({
        status: 400,
        body: { type: '/problems/wrong-current-password' },
      });
      expect((await change(PASSWORD, 'short')).status).toBe(400);
      expect((await app.get('/auth/me', elsewhere.accessToken)).status).toBe(200);

      expect((await change(PASSWORD, 'quite another one')).status).toBe(204);
      expect((await app.get('/auth/me', reader.accessToken)).status).toBe(200);
      expect((await app.get('/auth/me', elsewhere.accessToken)).status).toBe(401);
      expect((await app.post('/auth/refresh', { refreshToken: elsewhere.refreshToken })).status).toBe(401);
      const login = (password: string) => app.post('/auth/login', { login: reader.username, password });
      expect((await login(PASSWORD)).status).toBe(401);
      expect((await login('quite another one')).status).toBe(200);
    });

    it('refuses a sign-in with the old password that was under way', async () => {
      const { id, username } = await app.customer();
      const other = await app.nest.get(PasswordHashing).hash('quite another one');
      const underWay = await app.nest.get(UnitOfWork).run(async () => {
        await app.database.query('UPDATE identity.users SET password_hash = $2 WHERE id = $1', [id, other]);
        const login = outside(() => app.post('/auth/login', { login: username, password: PASSWORD }));
        await eventually(async () => {
          const { waiting } = await app.database.one<{ waiting: number }>(
            'SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted AND pg_blocking_pids(pid) @> ARRAY[pg_backend_pid()]',
          );
          expect(waiting).toBe(1);
        });
        return { login };
      });
      expect((await underWay.login).status).toBe(401);
      expect((await app.post('/auth/login', { login: username, password: 'quite another one' })).status).toBe(200);
    });
  });
});
