import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FirstAdmin } from '../index.js';
import { Clock, type Settings, UnitOfWork } from '@holdfast/platform';
import { PasswordHashing } from '../application/password-hashing.js';
import { UserRepository } from '../domain/user-repository.js';
import { ADMIN_PASSWORD, IdentityApp, PASSWORD } from '../../testing/identity-app.js';

describe('The first admin', () => {
  let app: IdentityApp;
  beforeAll(async () => {
    app = await IdentityApp.start();
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    await app.database.query('DELETE FROM identity.users');
    await rm(passwordFile(), { force: true });
  });

  const passwordFile = () => join(app.settings.dataDir, 'admin-password');
  const withSettings = (change: Partial<Settings>) =>
    new FirstAdmin(
      { ...app.settings, ...change },
      app.nest.get(UserRepository),
      app.nest.get(PasswordHashing),
      app.nest.get(UnitOfWork),
      app.nest.get(Clock),
    );
  const admins = async () =>
    (await app.database.query<{ username: string }>("SELECT username FROM identity.users WHERE role = 'admin'")).map(
      ({ username }) => username,
    );

  it('is made from the settings, which are not told again', async () => {
    const first = withSettings({ adminUsername: 'chief' });
    expect(await first.ensure()).toEqual({ username: 'chief', password: null });
    expect(await first.ensure()).toEqual({ username: 'chief', password: null });
    expect(await admins()).toEqual(['chief']);
    expect((await app.post('/auth/login', { login: 'chief', password: ADMIN_PASSWORD })).status).toBe(200);
  });

  it('gets a password when there is none, which is shown at every start until it is changed', async () => {
    const first = withSettings({ adminPassword: '' });
    const made = await first.ensure();
    expect(made).toEqual({ username: 'admin', password: expect.stringMatching(/^[\w-]{24}$/) });
    expect(await first.ensure()).toEqual(made);
    expect(await readFile(passwordFile(), 'utf8')).toBe(made.password);
    expect((await stat(passwordFile())).mode & 0o777).toBe(0o600);

    const { accessToken } = await app.signIn('admin', made.password!);
    await app.post('/auth/change-password', { currentPassword: made.password, newPassword: PASSWORD }, accessToken);
    expect(await first.ensure()).toEqual({ username: 'admin', password: null });
  });

  it('is one, with one password, when ten processes start at once', async () => {
    const first = withSettings({ adminPassword: '' });
    const told = await Promise.all(Array.from({ length: 10 }, () => first.ensure()));
    expect(new Set(told.map(({ password }) => password)).size).toBe(1);
    expect(await admins()).toEqual(['admin']);
    expect((await app.post('/auth/login', { login: 'admin', password: told[0]!.password! })).status).toBe(200);
  });

  it('is not made when there is an admin of another name', async () => {
    await withSettings({ adminUsername: 'chief' }).ensure();
    expect(await withSettings({}).ensure()).toEqual({ username: 'chief', password: null });
    expect(await admins()).toEqual(['chief']);
  });

  it.each<[string, Partial<Settings>, string]>([
    ['a password that is too short', { adminPassword: 'short' }, 'ADMIN_PASSWORD must have at least 12 characters'],
    ['a username that is none', { adminUsername: 'the chief' }, 'ADMIN_USERNAME must be'],
    ['an address that is none', { adminEmail: 'chief' }, 'ADMIN_EMAIL must be'],
    ['no password in production', { adminPassword: '', environment: 'production' }, 'ADMIN_PASSWORD must be set'],
  ])('is refused with %s, and the variable is named', async (_, change, sentence) => {
    await expect(withSettings(change).ensure()).rejects.toThrow(sentence);
    expect(await admins()).toEqual([]);
  });

  it('does not take the account of a customer', async () => {
    await app.post('/auth/register', { ...app.newAccount(), username: 'admin' });
    await expect(withSettings({}).ensure()).rejects.toThrow('ADMIN_USERNAME');
    expect(await admins()).toEqual([]);
  });
});
