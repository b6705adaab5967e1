import { Clock, UnitOfWork } from '@holdfast/platform';
import { IdentityApp, PASSWORD } from '../../testing/identity-app.js';
import { UserRepository } from '../domain/user-repository.js';
import { MakeAdmin, MakeAdminHandler } from './make-admin.js';
import { PasswordHashing } from './password-hashing.js';

describe('Making one more admin', () => {
  let app: IdentityApp;
  beforeAll(async () => {
    app = await IdentityApp.start();
  });
  afterAll(() => app.close());

  const make = (change: Partial<MakeAdmin['account']> = {}) =>
    new MakeAdminHandler(
      app.nest.get(UserRepository),
      app.nest.get(PasswordHashing),
      app.nest.get(UnitOfWork),
      app.nest.get(Clock),
    ).execute(new MakeAdmin({ ...app.newAccount(), ...change }));
  const count = async () => (await app.database.query('SELECT FROM identity.users')).length;

  it('gives an account that signs in and administers at once, beside those there are', async () => {
    const account = app.newAccount();
    const id = await make(account);
    const { accessToken } = await app.signIn(account.username);
    expect((await app.get('/auth/me', accessToken)).body).toMatchObject({ id, role: 'admin', emailVerified: true });
    expect((await app.get<{ total: number }>('/users?role=admin', accessToken)).body.total).toBe(2);
    expect(await app.events('user_registered', id)).toMatchObject([{ role: 'admin' }]);
    expect(await app.events('email_verification_requested', id)).toEqual([]);
  });

  it('does not touch an account that has the name or the address', async () => {
    const reader = await app.customer();
    const before = await count();
    await expect(make({ username: reader.username.toUpperCase() })).rejects.toMatchObject({ code: 'username-taken' });
    await expect(make({ email: `${reader.username}@EXAMPLE.org` })).rejects.toMatchObject({ code: 'email-taken' });
    expect((await app.get('/auth/me', reader.accessToken)).body).toMatchObject({ role: 'customer', version: 1 });
    expect(await count()).toBe(before);
  });

  it.each([
    [{ password: 'short' }, '/password'],
    [{ password: 'administrator' }, '/password'],
    [{ username: 'the chief' }, '/username'],
    [{ email: 'chief' }, '/email'],
  ])('is refused with %j', async (change, pointer) => {
    const before = await count();
    await expect(make(change)).rejects.toMatchObject({ errors: [{ pointer }] });
    expect(await count()).toBe(before);
  });

  it('gives one account when the same is asked for at once', async () => {
    const account = { username: 'the-twin', email: 'twin@example.org', password: PASSWORD };
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => make(account)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
