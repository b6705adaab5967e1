import { UnitOfWork } from '@holdfast/platform';
import { IdentityApp, PASSWORD, type SignedIn } from '../../testing/identity-app.js';
import { Sessions } from '../application/sessions.js';

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

const refresh = (app: IdentityApp, refreshToken: string) => app.post<Tokens>('/auth/refresh', { refreshToken });

describe('Sessions in two processes on one database', () => {
  let one: IdentityApp;
  let other: IdentityApp;
  beforeAll(async () => {
    one = await IdentityApp.start();
    other = await one.beside();
  });
  afterAll(async () => {
    await other.close();
    await one.close();
  });

  const standing = async (userId: string) =>
    (
      await one.database.one<{ count: number }>(
        `SELECT count(*)::int FROM identity.sessions
          WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()`,
        [userId],
      )
    ).count;

  it('give one successor to fifty uses of a refresh token at once', async () => {
    for (let round = 0; round < 5; round++) {
      const reader = await one.customer();
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => refresh(i % 2 ? one : other, reader.refreshToken)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const successors = new Set(answers.map(({ body }) => body.refreshToken));
      expect(successors.size).toBe(1);
      expect((await refresh(other, [...successors][0]!)).status).toBe(200);
      const { unspent, all } = await one.database.one<{ unspent: number; all: number }>(
        `SELECT count(*)::int AS all, count(*) FILTER (WHERE t.spent_at IS NULL)::int AS unspent
           FROM identity.refresh_tokens t JOIN identity.sessions s ON s.id = t.session_id WHERE s.user_id = $1`,
        [reader.id],
      );
      expect({ unspent, all }).toEqual({ unspent: 1, all: 3 });
    }
  });

  it('spend no token when the process dies before the commit', async () => {
    const reader = await one.customer();
    const dies = one.nest.get(UnitOfWork).run(async () => {
      expect(await one.nest.get(Sessions).continue(reader.refreshToken)).not.toBeNull();
      await one.database.query('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
    });
    await expect(dies).rejects.toThrow('The connection to the database was lost.');
    const { status, body } = await refresh(other, reader.refreshToken);
    expect(status).toBe(200);
    expect((await refresh(one, body.refreshToken)).status).toBe(200);
  });

  it('give the same successor when the answer was lost after the commit', async () => {
    const reader = await one.customer();
    const lost = await one.nest.get(UnitOfWork).run(() => one.nest.get(Sessions).continue(reader.refreshToken));
    expect((await refresh(other, reader.refreshToken)).body.refreshToken).toBe(lost!.refreshToken);
  });

  it('do not go on for an inactive account, nor after it is active again', async () => {
    const reader = await one.customer();
    const admin = await one.admin();
    await one.patch(`/users/${reader.id}`, { isActive: false }, admin);
    expect((await refresh(other, reader.refreshToken)).status).toBe(401);
    await one.patch(`/users/${reader.id}`, { isActive: true }, admin);
    expect((await refresh(other, reader.refreshToken)).status).toBe(401);
    expect((await one.get('/auth/me', reader.accessToken)).status).toBe(401);
  });

  it('do not go on for an account that is inactive, also where nobody has ended them', async () => {
    const reader = await one.customer();
    await one.database.query('UPDATE identity.users SET is_active = false WHERE id = $1', [reader.id]);
    expect(await standing(reader.id)).toBe(1);
    expect((await refresh(other, reader.refreshToken)).status).toBe(401);
  });

  /** What ends the session of the reader, while it is refreshed elsewhere. */
  const ends: [string, (reader: SignedIn, admin: string, second: Tokens) => Promise<{ status: number }>][] = [
    ['a sign-out', (reader) => one.post('/auth/logout', undefined, reader.accessToken)],
    ['a deactivation', (reader, admin) => one.patch(`/users/${reader.id}`, { isActive: false }, admin)],
    ['a deletion', (reader, admin) => one.delete(`/users/${reader.id}`, admin)],
    [
      'another password',
      (_, _admin, second) =>
        one.post(
          '/auth/change-password',
          { currentPassword: PASSWORD, newPassword: 'the analytical engine' },
          second.accessToken,
        ),
    ],
  ];

  it.each(ends)('leave nothing that works when %s meets a refresh, whichever comes first', async (_, end) => {
    const admin = await one.admin();
    let refreshed = 0;
    for (let round = 0; round < 15; round++) {
      const reader = await one.customer();
      const second = await one.signIn(reader.username);
      const refreshing = async () => {
        let token = reader.refreshToken;
        for (let i = 0; i < 1000; i++) {
          const { status, body } = await refresh(other, token);
          expect([200, 401]).toContain(status);
          if (status !== 200) return token;
          refreshed++;
          token = body.refreshToken;
        }
        throw new Error('it could be refreshed for ever');
      };
      const [{ status }, lastToken] = await Promise.all([end(reader, admin, second), refreshing()]);
      expect([200, 204]).toContain(status);
      expect((await refresh(other, lastToken)).status).toBe(401);
      expect((await one.get('/auth/me', reader.accessToken)).status).toBe(401);
      expect(await standing(reader.id)).toBeLessThanOrEqual(1);
    }
    expect(refreshed).toBeGreaterThan(0);
  });

  it('stand only for the present password, and nothing fails, under a storm of sign-ins, changes and deletions', async () => {
    const admin = await one.admin();
    for (let round = 0; round < 4; round++) {
      const readers = await Promise.all(Array.from({ length: 4 }, () => one.customer()));
      const second = 'the analytical engine';
      const storm = readers.flatMap((reader, i) => [
        ...Array.from({ length: 8 }, (__, j) =>
          (j % 2 ? one : other).post('/auth/login', { login: reader.username, password: j % 3 ? PASSWORD : second }),
        ),
        ...Array.from({ length: 3 }, () => refresh(other, reader.refreshToken)),
        one.post('/auth/change-password', { currentPassword: PASSWORD, newPassword: second }, reader.accessToken),
        other.post('/auth/change-password', { currentPassword: PASSWORD, newPassword: second }, reader.accessToken),
        ...(i % 2 ? [other.delete(`/users/${reader.id}`, admin)] : []),
      ]);
      const statuses = (await Promise.all(storm)).map(({ status }) => status);
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
      for (const [i, reader] of readers.entries()) {
        const mayStand = i % 2 ? [401] : [200];
        expect(mayStand).toContain(
          (await one.post('/auth/login', { login: reader.username, password: second })).status,
        );
        expect((await one.signIn(reader.username, PASSWORD)).accessToken).toBeUndefined();
        if (i % 2) expect(await standing(reader.id)).toBe(0);
      }
    }
  });
});

describe('The life of a session', () => {
  const REFRESH = 3600;
  const LONGEST = 10 * 3600;
  let app: IdentityApp;
  beforeAll(async () => {
    app = await IdentityApp.start({ JWT_REFRESH_SECONDS: String(REFRESH), JWT_SESSION_SECONDS: String(LONGEST) });
  });
  afterAll(() => app.close());

  const age = (userId: string, seconds: number) =>
    app.database.query(
      'UPDATE identity.sessions SET created_at = created_at - make_interval(secs => $2) WHERE user_id = $1',
      [userId, seconds],
    );
  /** Seconds that the session still has, as its owner sees it. */
  const left = async (token: string) => {
    const { body } = await app.get<{ items: { expiresAt: string }[] }>('/auth/sessions', token);
    return (Date.parse(body.items[0]!.expiresAt) - Date.now()) / 1000;
  };

  it('is prolonged by each refresh', async () => {
    const reader = await app.customer();
    expect(Math.abs((await left(reader.accessToken)) - REFRESH)).toBeLessThan(20);
    await app.database.query("UPDATE identity.sessions SET expires_at = now() + interval '1 min' WHERE user_id = $1", [
      reader.id,
    ]);
    const { body } = await refresh(app, reader.refreshToken);
    expect(Math.abs((await left(body.accessToken)) - REFRESH)).toBeLessThan(20);
  });

  it('is not prolonged past its longest life, and says so', async () => {
    const reader = await app.customer();
    await age(reader.id, LONGEST - 600);
    const { status, body } = await refresh(app, reader.refreshToken);
    expect(status).toBe(200);
    expect(Math.abs((await left(body.accessToken)) - 600)).toBeLessThan(20);
  });

  it('ends with its longest life, for refresh and access tokens', async () => {
    const reader = await app.customer();
    await age(reader.id, LONGEST - 600);
    const { body } = await refresh(app, reader.refreshToken);
    await age(reader.id, 601);
    await app.database.query(
      "UPDATE identity.sessions SET expires_at = expires_at - interval '601 s' WHERE user_id = $1",
      [reader.id],
    );
    expect(await refresh(app, body.refreshToken)).toMatchObject({
      status: 401,
      body: { type: '/problems/refresh-refused' },
    });
    expect((await app.get('/auth/me', body.accessToken)).status).toBe(401);
  });

  it('is cut at the next refresh when the longest life was shortened meanwhile', async () => {
    const reader = await app.customer();
    const stricter = await app.beside({ JWT_SESSION_SECONDS: '60' });
    try {
      await age(reader.id, 61);
      expect((await refresh(stricter, reader.refreshToken)).status).toBe(401);
      expect((await refresh(app, reader.refreshToken)).status).toBe(200);
    } finally {
      await stricter.close();
    }
  });

  it('is its longest life where that is shorter than the time without use', async () => {
    const brief = await app.beside({ JWT_SESSION_SECONDS: '60' });
    try {
      const reader = await app.customer();
      await app.database.query('DELETE FROM identity.sessions WHERE user_id = $1', [reader.id]);
      const { accessToken } = await brief.signIn(reader.username);
      expect(Math.abs((await left(accessToken)) - 60)).toBeLessThan(20);
    } finally {
      await brief.close();
    }
  });
});
