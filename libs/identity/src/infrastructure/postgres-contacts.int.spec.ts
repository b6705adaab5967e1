import { newId } from '@holdfast/kernel';
import { type TestDatabase, testDatabase } from '@holdfast/platform/testing';
import { PostgresContacts } from './postgres-contacts.js';

describe('The contact of an account', () => {
  let db: TestDatabase;

  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db.close());

  async function account(role: string, profile?: { fullName: string | null; byEmail: boolean }): Promise<string> {
    const id = newId();
    await db.database.query(
      `INSERT INTO identity.users (id, username, email, password_hash, role, is_active, email_verified, version, created_at, updated_at)
       VALUES ($1, $2, $2 || '@example.org', '$argon2id$none', $3, true, true, 1, now(), now())`,
      [id, `u${id.slice(-12)}`, role],
    );
    if (profile) {
      await db.database.query(
        'INSERT INTO identity.customers (user_id, full_name, notify_by_email) VALUES ($1, $2, $3)',
        [id, profile.fullName, profile.byEmail],
      );
    }
    return id;
  }
  const find = (id: string) => new PostgresContacts(db.database).find(id);

  it('has the full name, and the choice of the profile', async () => {
    const id = await account('customer', { fullName: 'Ada Lovelace', byEmail: false });
    expect(await find(id)).toEqual({
      email: `u${id.slice(-12)}@example.org`,
      emailVerified: true,
      name: 'Ada Lovelace',
      isActive: true,
      wantsNotices: false,
    });
  });

  it('has the username, and wants notices, where nothing else is said', async () => {
    const customer = await account('customer', { fullName: null, byEmail: true });
    const editor = await account('editor');
    for (const id of [customer, editor])
      expect(await find(id)).toMatchObject({ name: `u${id.slice(-12)}`, wantsNotices: true });
  });

  it('leaves aside the profile of somebody who is a customer no more', async () => {
    const id = await account('librarian', { fullName: 'Ada', byEmail: false });
    expect(await find(id)).toMatchObject({ wantsNotices: true });
  });

  it('says when the account is inactive, and is none when it is gone', async () => {
    const id = await account('customer', { fullName: null, byEmail: true });
    await db.database.query('UPDATE identity.users SET is_active = false WHERE id = $1', [id]);
    expect(await find(id)).toMatchObject({ isActive: false });
    await db.database.query('DELETE FROM identity.users WHERE id = $1', [id]);
    expect(await find(id)).toBeNull();
  });
});
