import { IdentityApp, PASSWORD } from '../../testing/identity-app.js';
import { PasswordHashing } from '../application/password-hashing.js';

/** What is set when nothing is. */
const limits = { REGISTRATIONS_PER_HOUR: '60', CODES_PER_TWO_MINUTES: '5', CODES_PER_HOUR: '10' };

describe('Registration', () => {
  let app: IdentityApp;
  let number = 0;
  beforeAll(async () => {
    app = await IdentityApp.start({ ...limits, TRUSTED_PROXIES: '127.0.0.1' });
  });
  afterAll(() => app.close());

  /** Each test comes from addresses of its own. */
  const newAddress = () => `192.0.2.${++number}`;
  const post = (path: string, body: object, address = newAddress(), token?: string) =>
    app.call('POST', `/api${path}`, { body, token, headers: { 'x-forwarded-for': address } });
  const linksOf = (id: unknown) => app.events<{ token: string }>('email_verification_requested', String(id));

  describe('from one address', () => {
    it('is refused after sixty in an hour, and not from another', async () => {
      const address = newAddress();
      const answers = await Promise.all(
        Array.from({ length: 64 }, () => post('/auth/register', app.newAccount(), address)),
      );
      const refused = answers.filter(({ status }) => status !== 201);
      expect(refused.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
      expect(refused[0]).toMatchObject({
        body: { type: '/problems/too-many-requests' },
        headers: {
          'ratelimit-policy': '"registration";q=60;w=3600',
          ratelimit: expect.stringMatching(/^"registration";r=0;t=\d+$/),
          'retry-after': expect.stringMatching(/^\d+$/),
        },
      });
      expect((await post('/auth/register', app.newAccount())).status).toBe(201);
    });

    it('counts when a name is taken, for that tells something, but not when the form is filled in wrongly', async () => {
      const address = newAddress();
      const left = ({ headers }: { headers: Record<string, unknown> }) => headers.ratelimit;
      const wrong = await post('/auth/register', { ...app.newAccount(), password: 'short' }, address);
      expect([wrong.status, left(wrong)]).toEqual([400, undefined]);
      const taken = await post('/auth/register', { ...app.newAccount(), username: 'admin' }, address);
      expect([taken.status, left(taken)]).toEqual([409, expect.stringContaining('"registration";r=59;')]);
      const made = await post('/auth/register', app.newAccount(), address);
      expect([made.status, left(made)]).toEqual([201, expect.stringContaining('"registration";r=58;')]);
    });

    it('is answered again by its Idempotency-Key without being counted or hashed, past the limit too', async () => {
      const [address, account] = [newAddress(), app.newAccount()];
      const register = (body: object, key: string) =>
        app.call('POST', '/api/auth/register', {
          body,
          headers: { 'x-forwarded-for': address, 'idempotency-key': key },
        });
      const first = await register(account, 'first');
      expect([first.status, first.headers.ratelimit]).toEqual([201, expect.stringContaining('r=59;')]);
      const hash = jest.spyOn(app.nest.get(PasswordHashing), 'hash');
      for (let time = 0; time < 3; time++) {
        const again = await register(account, 'first');
        expect([again.body, again.headers['idempotency-replayed']]).toEqual([first.body, 'true']);
      }
      expect((await register({ ...account, password: `${PASSWORD}!` }, 'first')).status).toBe(422);
      expect(hash).not.toHaveBeenCalled();
      hash.mockRestore();
      const others = await Promise.all(Array.from({ length: 60 }, (_, n) => register(app.newAccount(), `n${n}`)));
      expect(others.filter(({ status }) => status === 429)).toHaveLength(1);
      expect((await register(account, 'first')).body).toEqual(first.body);
    });

    it('does not limit admins', async () => {
      const [address, token] = [newAddress(), await app.admin()];
      const customer = await post('/customers', app.newAccount(), address, token);
      const user = await post('/users', { ...app.newAccount(), role: 'editor' }, address, token);
      expect([customer.status, user.status]).toEqual([201, 201]);
      expect([customer.headers.ratelimit, user.headers.ratelimit]).toEqual([undefined, undefined]);
    });
  });

  it('gives names that two ask for at once in different case to one of them', async () => {
    for (let round = 0; round < 5; round++) {
      const { username, email, password } = app.newAccount();
      const both = [
        { username, email, password },
        { username: username.toUpperCase(), email: `other.${email}`, password },
      ];
      const names = await Promise.all(both.map((account) => post('/auth/register', account)));
      expect(names.map(({ status }) => status).sort()).toEqual([201, 409]);
      const another = [`one.${email}`, `ONE.${email}`].map((mail) => ({ ...app.newAccount(), email: mail }));
      const mails = await Promise.all(another.map((account) => post('/auth/register', account)));
      expect(mails.map(({ status }) => status).sort()).toEqual([201, 409]);
    }
  });

  it.each([
    ['/auth/register', { username: 'mallory', email: 'mallory@example.org', password: PASSWORD }],
    ['/auth/login', { login: 'admin', password: PASSWORD }],
    ['/auth/resend-verification', { email: 'admin@holdfast.example' }],
    ['/auth/change-password', { currentPassword: PASSWORD, newPassword: 'quite another one' }],
  ])('and its kin at %s take no property that is not theirs', async (path, body) => {
    const { id, accessToken: token, username } = await app.customer();
    for (const more of ['role', 'isActive', 'emailVerified', 'id', 'version', 'passwordHash', 'toString', 'address']) {
      const { status } = await post(path, { ...body, [more]: 'admin' }, newAddress(), token);
      expect([more, status]).toEqual([more, 400]);
    }
    for (const poison of ['__proto__', 'constructor', 'prototype']) {
      const answer = await app.nest.inject({
        method: 'POST',
        url: `/api${path}`,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        payload: `{"${poison}":{"role":"admin"},${JSON.stringify(body).slice(1)}`,
      });
      expect([poison, answer.statusCode]).toEqual([poison, 400]);
    }
    expect((await app.get('/auth/me', token)).body).toMatchObject({ id, username, role: 'customer', version: 1 });
    expect((await post('/auth/login', { login: 'mallory', password: PASSWORD })).status).toBe(401);
  });

  describe('and its link', () => {
    it('works after a scanner of mails has opened it with HEAD and GET', async () => {
      const { id, accessToken } = await app.customer();
      const [link] = await linksOf(id);
      const head = await app.nest.inject({ method: 'HEAD', url: `/api/auth/verify-email/${link!.token}` });
      expect([head.statusCode, head.body]).toEqual([200, '']);
      for (let time = 0; time < 2; time++) {
        expect((await app.get(`/auth/verify-email/${link!.token}`)).status).toBe(200);
      }
      expect((await app.get('/auth/me', accessToken)).body).toMatchObject({ emailVerified: true, version: 2 });
    });

    it('is sent again five times in two minutes; then the answer is the same and nothing is sent', async () => {
      const reader = await app.customer();
      const address = newAddress();
      const seen: unknown[][] = [];
      for (const email of [`${reader.username}@example.org`, 'nobody@example.org']) {
        const place = email.startsWith('nobody') ? newAddress() : address;
        const answers = [];
        for (let time = 0; time < 7; time++) answers.push(await post('/auth/resend-verification', { email }, place));
        expect(answers.map(({ status }) => status)).toEqual(Array(7).fill(202));
        seen.push(
          answers.map(({ status, body, headers: { date: _date, 'x-request-id': _id, ...headers } }) =>
            JSON.stringify([status, body, headers]).replace(/t=\d+/g, 't=…'),
          ),
        );
      }
      expect(seen[0]).toEqual(seen[1]);
      expect(await linksOf(reader.id)).toHaveLength(1 + 5);
      const others = await app.customer();
      await post('/auth/resend-verification', { email: `${others.username}@example.org` }, address);
      expect(await linksOf(others.id)).toHaveLength(1);
      await post('/auth/resend-verification', { email: `${others.username}@example.org` });
      expect(await linksOf(others.id)).toHaveLength(2);
    });
  });
});
