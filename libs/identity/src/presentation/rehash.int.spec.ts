import { AccountPasswords } from '../application/account-passwords.js';
import { PasswordHashing } from '../application/password-hashing.js';
import { UserRepository } from '../domain/user-repository.js';
import { IdentityApp, PASSWORD, type SignedIn } from '../../testing/identity-app.js';

const LOW = 'm=1024,t=1,p=1';
const HIGH = 'm=2048,t=2,p=1';
const OTHER = 'quite another one';

describe('Other parameters of the password hash', () => {
  let app: IdentityApp;
  let raised: IdentityApp;
  beforeAll(async () => {
    app = await IdentityApp.start({ PASSWORD_HASH_MEMORY_KIB: '1024', PASSWORD_HASH_PASSES: '1' });
    raised = await app.beside({ PASSWORD_HASH_MEMORY_KIB: '2048', PASSWORD_HASH_PASSES: '2' });
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(async () => {
    await raised.close();
    await app.close();
  });

  const login = (process: IdentityApp, name: string, password = PASSWORD) =>
    process.post('/auth/login', { login: name, password });
  const rowOf = (id: string) =>
    app.database.one<{ password_hash: string }>(
      'SELECT *, (SELECT count(*)::int FROM identity.audit WHERE user_id = $1) AS audited FROM identity.users WHERE id = $1',
      [id],
    );
  const hashOf = async ({ id }: SignedIn) => (await rowOf(id)).password_hash;

  it.each([
    ['raised', HIGH],
    ['lowered', LOW],
  ])('count with the next sign-in when they are %s, and change nothing that is seen', async (_, parameters) => {
    const [before, after] = parameters === HIGH ? [app, raised] : [raised, app];
    const account = app.newAccount();
    const id = String((await before.post('/auth/register', account)).body.id);
    const { accessToken } = await before.signIn(account.username);
    const seen = await rowOf(id);
    expect((await login(after, account.username, 'not my password')).status).toBe(401);
    expect(await rowOf(id)).toEqual(seen);

    expect((await login(after, account.username)).status).toBe(200);
    const renewed = await rowOf(id);
    expect(renewed).toEqual({ ...seen, password_hash: expect.stringContaining(`$argon2id$v=19$${parameters}$`) });
    expect((await app.get('/auth/me', accessToken)).status).toBe(200);
    expect((await login(after, account.email)).status).toBe(200);
    expect(await rowOf(id)).toEqual(renewed);
  });

  it('let all sign in who come at once', async () => {
    const reader = await app.customer();
    const answers = await Promise.all(Array.from({ length: 20 }, () => login(raised, reader.username)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(await hashOf(reader)).toContain(HIGH);
  });

  it('do not hinder a sign-in that has begun with the old hash', async () => {
    const reader = await app.customer();
    const hashing = app.nest.get(PasswordHashing);
    const verify = hashing.verify.bind(hashing);
    jest.spyOn(hashing, 'verify').mockImplementationOnce(async (hash, password) => {
      expect((await login(raised, reader.username)).status).toBe(200);
      return verify(hash, password);
    });
    expect((await login(app, reader.username)).status).toBe(200);
  });

  it('do not hinder a sign-in when the new hash cannot be kept', async () => {
    const reader = await app.customer();
    const rehash = jest.spyOn(raised.nest.get(UserRepository), 'rehash').mockRejectedValue(new Error('no more disk'));
    expect((await login(raised, reader.username)).status).toBe(200);
    expect(rehash).toHaveBeenCalled();
    expect(await hashOf(reader)).toContain(LOW);
  });

  it('do not undo a change of password that was committed before the new hash', async () => {
    const reader = await app.customer();
    const users = raised.nest.get(UserRepository);
    const rehash = users.rehash.bind(users);
    const underWay = jest.spyOn(users, 'rehash').mockImplementation(async (seen, hash) => {
      const body = { currentPassword: PASSWORD, newPassword: OTHER };
      expect((await app.post('/auth/change-password', body, reader.accessToken)).status).toBe(204);
      await rehash(seen, hash);
    });
    expect((await login(raised, reader.username)).status).toBe(200);
    expect(underWay).toHaveBeenCalledTimes(1);
    expect((await login(app, reader.username)).status).toBe(401);
    expect((await login(app, reader.username, OTHER)).status).toBe(200);
  });

  it('do not hinder a change of password that has begun with the old hash', async () => {
    const reader = await app.customer();
    const passwords = app.nest.get(AccountPasswords);
    const hash = passwords.hash.bind(passwords);
    jest.spyOn(passwords, 'hash').mockImplementation(async (password) => {
      expect((await login(raised, reader.username)).status).toBe(200);
      return hash(password);
    });
    const body = { currentPassword: PASSWORD, newPassword: OTHER };
    expect((await app.post('/auth/change-password', body, reader.accessToken)).status).toBe(204);
    expect((await login(app, reader.username)).status).toBe(401);
    expect((await login(app, reader.username, OTHER)).status).toBe(200);
  });

  it('refuse a change of password that has begun before another one, also when both say the same old one', async () => {
    const reader = await app.customer();
    const other = await app.signIn(reader.username);
    const passwords = app.nest.get(AccountPasswords);
    const hash = passwords.hash.bind(passwords);
    const change = (process: IdentityApp, newPassword: string, token: string) =>
      process.post('/auth/change-password', { currentPassword: PASSWORD, newPassword }, token);
    jest.spyOn(passwords, 'hash').mockImplementationOnce(async (password) => {
      expect((await change(raised, OTHER, reader.accessToken)).status).toBe(204);
      return hash(password);
    });
    expect((await change(app, 'the one that is late', other.accessToken)).status).toBe(400);
    expect((await login(app, reader.username, OTHER)).status).toBe(200);
  });

  it('are none that a broken hash could have: nobody signs in, and nothing fails', async () => {
    const reader = await app.customer();
    await app.database.query("UPDATE identity.users SET password_hash = '$argon2id$none' WHERE id = $1", [reader.id]);
    expect((await login(app, reader.username)).status).toBe(401);
    const body = { currentPassword: PASSWORD, newPassword: OTHER };
    expect((await app.post('/auth/change-password', body, reader.accessToken)).status).toBe(400);
  });
});
