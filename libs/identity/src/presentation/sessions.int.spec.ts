import { PasswordHashing } from '../application/password-hashing.js';
import { IdentityApp, PASSWORD } from '../../testing/identity-app.js';

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

describe('Sessions', () => {
  let app: IdentityApp;
  beforeAll(async () => {
    app = await IdentityApp.start();
  });
  afterAll(() => app.close());

  const login = (name: string, password: string) => app.post('/auth/login', { login: name, password });
  const refresh = (refreshToken: string) => app.post<Tokens>('/auth/refresh', { refreshToken });
  const passTime = (seconds: number) =>
    app.database.query('UPDATE identity.refresh_tokens SET spent_at = spent_at - make_interval(secs => $1)', [seconds]);

  describe('sign-in', () => {
    it('takes the username or the e-mail in any case', async () => {
      const account = app.newAccount();
      await app.post('/auth/register', account);
      for (const name of [
        account.username,
        account.username.toUpperCase(),
        account.email,
        account.email.toUpperCase(),
      ]) {
        const { status, body, headers } = await login(name, PASSWORD);
        expect(status).toBe(200);
        expect(body).toEqual({
          accessToken: expect.stringMatching(/^ey/),
          refreshToken: expect.stringMatching(/^[\w-]{43}$/),
          tokenType: 'Bearer',
          expiresIn: 900,
        });
        expect(headers['cache-control']).toBe('no-store');
      }
    });

    it('answers an unknown account as a wrong password, after the same work', async () => {
      const { username } = await app.customer();
      const verify = jest.spyOn(app.nest.get(PasswordHashing), 'verify');
      const wrong = await login(username, 'not my password');
      const unknown = await login('nobody-at-all', 'not my password');
      expect([wrong.status, unknown.status]).toEqual([401, 401]);
      expect(unknown.body).toEqual(wrong.body);
      expect(verify.mock.calls.map(([hash]) => hash)).toEqual([expect.stringContaining('$argon2id$'), null]);
      verify.mockRestore();
    });

    it('tells an inactive account only to who has its password', async () => {
      const { id, username } = await app.customer();
      await app.patch(`/users/${id}`, { isActive: false }, await app.admin());
      expect(await login(username, PASSWORD)).toMatchObject({
        status: 403,
        body: { type: '/problems/account-inactive' },
      });
      expect(await login(username, 'not my password')).toMatchObject({
        status: 401,
        body: { type: '/problems/wrong-credentials' },
      });
    });

    it.each([
      {},
      { login: 'admin' },
      { login: { $ne: 1 }, password: 'x' },
      { login: 'admin', password: 'x', extra: 1 },
    ])('refuses the body %j', async (body) => expect((await app.post('/auth/login', body)).status).toBe(400));
  });

  describe('refresh', () => {
    it('gives new tokens that work, in the same session', async () => {
      const reader = await app.customer();
      const { status, body } = await refresh(reader.refreshToken);
      expect(status).toBe(200);
      expect(body.refreshToken).not.toBe(reader.refreshToken);
      expect((await app.get('/auth/me', body.accessToken)).status).toBe(200);
      expect((await app.get('/auth/sessions', body.accessToken)).body.total).toBe(1);
      expect((await refresh(body.refreshToken)).status).toBe(200);
    });

    it('gives one successor, whoever of fifty comes first', async () => {
      const reader = await app.customer();
      const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(reader.refreshToken)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
      const { tokens } = await app.database.one<{ tokens: number }>(
        `SELECT count(*)::int AS tokens FROM identity.refresh_tokens t
           JOIN identity.sessions s ON s.id = t.session_id WHERE s.user_id = $1`,
        [reader.id],
      );
      expect(tokens).toBe(2);
    });

    it('gives the same successor within ten seconds, even when that one is spent', async () => {
      const reader = await app.customer();
      const first = await refresh(reader.refreshToken);
      await refresh(first.body.refreshToken);
      expect((await refresh(reader.refreshToken)).body.refreshToken).toBe(first.body.refreshToken);
    });

    it('ends the session when a spent token comes back later', async () => {
      const reader = await app.customer();
      const { body: next } = await refresh(reader.refreshToken);
      await passTime(11);
      expect(await refresh(reader.refreshToken)).toMatchObject({
        status: 401,
        body: { type: '/problems/refresh-refused' },
      });
      expect((await refresh(next.refreshToken)).status).toBe(401);
      expect((await app.get('/auth/me', next.accessToken)).status).toBe(401);
    });

    it('is refused for a while after sixty in ten minutes, and ends nothing by that', async () => {
      const reader = await app.customer();
      let token = reader.refreshToken;
      for (let round = 0; round < 60; round++) token = (await refresh(token)).body.refreshToken;
      const { status, body, headers } = await refresh(token);
      expect([status, (body as object as { type: string }).type]).toEqual([429, '/problems/too-many-requests']);
      expect(Number(headers['retry-after'])).toBeGreaterThan(500);
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(600);
      expect((await app.get('/auth/me', reader.accessToken)).status).toBe(200);
      expect((await refresh((await app.signIn(reader.username)).refreshToken)).status).toBe(200);
      await app.database.query(
        `UPDATE identity.refresh_tokens SET spent_at = spent_at - interval '10 minutes'
          WHERE token_hash = (SELECT t.token_hash FROM identity.refresh_tokens t JOIN identity.sessions s ON s.id = t.session_id
                               WHERE s.user_id = $1 AND t.spent_at IS NOT NULL ORDER BY t.spent_at LIMIT 1)`,
        [reader.id],
      );
      const next = await refresh(token);
      expect(next.status).toBe(200);
      expect((await refresh(token)).body).toMatchObject({ refreshToken: next.body.refreshToken });
      expect((await refresh(next.body.refreshToken)).status).toBe(429);
    });

    it.each(['', 'x', 'A'.repeat(43), 'ü'.repeat(43)])('refuses the token "%s"', async (token) => {
      expect((await refresh(token)).status).toBe(401);
    });

    it('refuses an access token as a refresh token, and the other way round', async () => {
      const reader = await app.customer();
      expect((await refresh(reader.accessToken)).status).toBe(401);
      expect((await app.get('/auth/me', reader.refreshToken)).status).toBe(401);
    });

    it('refuses the token of an expired session', async () => {
      const reader = await app.customer();
      await app.database.query("UPDATE identity.sessions SET expires_at = now() - interval '1 s' WHERE user_id = $1", [
        reader.id,
      ]);
      expect((await refresh(reader.refreshToken)).status).toBe(401);
      expect((await app.get('/auth/me', reader.accessToken)).status).toBe(401);
    });

    it('keeps neither tokens nor what they could be made of', async () => {
      const reader = await app.customer();
      const { body } = await refresh(reader.refreshToken);
      const rows = await app.database.query('SELECT t.*, s.* FROM identity.refresh_tokens t, identity.sessions s');
      const kept = JSON.stringify(rows);
      for (const token of [reader.refreshToken, body.refreshToken]) {
        expect(kept).not.toContain(token);
        expect(kept).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
      }
    });
  });

  describe('ending', () => {
    it('signs out at once, this session only', async () => {
      const reader = await app.customer();
      const other = await app.signIn(reader.username);
      expect((await app.post('/auth/logout', undefined, reader.accessToken)).status).toBe(204);
      expect((await app.get('/auth/me', reader.accessToken)).status).toBe(401);
      expect((await refresh(reader.refreshToken)).status).toBe(401);
      expect((await app.get('/auth/me', other.accessToken)).status).toBe(200);
    });

    it('lists the own sessions in pages and ends one of them', async () => {
      const reader = await app.customer();
      const other = await app.signIn(reader.username);
      interface List {
        items: { id: string; current: boolean }[];
        total: number;
        nextCursor: string | null;
      }
      const { body: all } = await app.get<List>('/auth/sessions', reader.accessToken);
      expect(all).toMatchObject({ total: 2, nextCursor: null, limit: 20, offset: 0 });
      const { headers } = await app.get('/auth/sessions?limit=1', reader.accessToken);
      expect(headers.link).toMatch(/<\/api\/auth\/sessions\?limit=1&cursor=[\w-]+>; rel="next"/);
      expect(all.items.map(({ current }) => current)).toEqual([true, false]);
      const { body: first } = await app.get<List>('/auth/sessions?limit=1', reader.accessToken);
      const { body: second } = await app.get<List>(
        `/auth/sessions?limit=1&cursor=${first.nextCursor}`,
        reader.accessToken,
      );
      expect([first.items, second.items].flat()).toEqual(all.items);
      expect(second.nextCursor).toBeNull();

      const path = `/auth/sessions/${all.items[1]!.id}`;
      expect((await app.delete(path, reader.accessToken)).status).toBe(204);
      expect((await app.get('/auth/me', other.accessToken)).status).toBe(401);
      expect((await app.delete(path, reader.accessToken)).status).toBe(404);
    });

    it('does not end the session of somebody else', async () => {
      const reader = await app.customer();
      const stranger = await app.customer();
      const { body } = await app.get<{ items: { id: string }[] }>('/auth/sessions', reader.accessToken);
      expect((await app.delete(`/auth/sessions/${body.items[0]!.id}`, stranger.accessToken)).status).toBe(404);
      expect((await app.get('/auth/me', reader.accessToken)).status).toBe(200);
    });

    it.each([
      ['an unknown session', '/auth/sessions/0199f3c2-7a40-7b51-8e0a-3f6f8c1f2b10', 404],
      ['no id at all', '/auth/sessions/mine', 400],
    ])('answers for %s', async (_, path, status) => {
      const reader = await app.customer();
      expect((await app.delete(path, reader.accessToken)).status).toBe(status);
    });
  });
});
