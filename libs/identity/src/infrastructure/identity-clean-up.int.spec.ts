import type { Settings } from '@holdfast/platform';
import { newId } from '@holdfast/kernel';
import { type TestDatabase, testDatabase } from '@holdfast/platform/testing';
import { IdentityCleanUp } from './identity-clean-up.js';

const USERS = 50;
const hash = `decode(md5(random()::text) || md5(random()::text), 'hex')`;

describe('The clean-up of identity', () => {
  let store: TestDatabase;
  beforeEach(async () => {
    store = await testDatabase();
    await store.database.query(
      `INSERT INTO identity.users
         (id, username, email, password_hash, role, is_active, email_verified, version, created_at, updated_at)
       SELECT gen_random_uuid(), 'reader-' || i, 'reader-' || i || '@example.org', '$argon2id$x', 'customer', true, true, 1,
              now(), now()
         FROM generate_series(1, ${USERS}) i`,
    );
  });
  afterEach(() => store.close());

  const cleanUp = (signal = new AbortController().signal) => {
    const [job] = new IdentityCleanUp(store.database, { auditDays: 730 } as Settings).jobs();
    return job!.run({}, signal);
  };
  const count = async (table: string, where = 'true') =>
    (await store.database.one<{ n: number }>(`SELECT count(*)::int AS n FROM identity.${table} WHERE ${where}`)).n;

  /** Sessions of that kind, each with a refresh token. */
  const addSessions = (name: string, n: number, expires: string, revoked: string | null = null) =>
    store.database.query(
      `WITH owner AS (SELECT array_agg(id) AS ids FROM identity.users), session AS (
         INSERT INTO identity.sessions (id, user_id, user_agent, expires_at, revoked_at)
         SELECT gen_random_uuid(), ids[1 + i % ${USERS}], $1, now() + $2::interval, now() + $3::interval
           FROM generate_series(1, $4) i, owner RETURNING id)
       INSERT INTO identity.refresh_tokens (token_hash, session_id) SELECT ${hash}, id FROM session`,
      [name, expires, revoked, n],
    );

  it('runs every hour, under its name', () => {
    const jobs = new IdentityCleanUp(store.database, {} as Settings).jobs();
    expect(jobs).toEqual([expect.objectContaining({ name: 'identity-clean-up', everyMs: 3_600_000 })]);
  });

  it('removes sessions that were over for thirty days, with their tokens, and no others', async () => {
    await addSessions('stands', 5, '1 day');
    await addSessions('ended lately', 5, '1 day', '-29 days');
    await addSessions('expired lately', 5, '-29 days');
    await addSessions('ended long ago', 5, '1 day', '-31 days');
    await addSessions('expired long ago', 5, '-31 days');
    await addSessions('expired long ago, ended later', 5, '-31 days', '-1 day');
    await cleanUp();
    const left = await store.database.query<{ name: string }>(
      'SELECT DISTINCT user_agent AS name FROM identity.sessions ORDER BY 1',
    );
    expect(left.map(({ name }) => name)).toEqual(['ended lately', 'expired lately', 'stands']);
    expect(await count('refresh_tokens')).toBe(15);
  });

  it('removes refresh tokens that were spent seven days ago, and lets their sessions stand', async () => {
    await addSessions('stands', 3, '1 day');
    const spend = (age: string) =>
      store.database.query(
        `INSERT INTO identity.refresh_tokens (token_hash, session_id, spent_at, successor_seed)
         SELECT ${hash}, id, now() - $1::interval, ${hash} FROM identity.sessions`,
        [age],
      );
    await spend('8 days');
    await spend('6 days');
    await cleanUp();
    expect(await count('sessions')).toBe(3);
    expect(await count('refresh_tokens', 'spent_at IS NULL')).toBe(3);
    expect(await count('refresh_tokens', "spent_at < now() - interval '7 days'")).toBe(0);
    expect(await count('refresh_tokens', 'spent_at IS NOT NULL')).toBe(3);
  });

  it('goes on with the other kinds when one of them fails, and tells which', async () => {
    await addSessions('ended long ago', 5, '1 day', '-31 days');
    await store.database.query('ALTER TABLE identity.refresh_tokens RENAME COLUMN spent_at TO used_up_at');
    await expect(cleanUp()).rejects.toThrow(/^refresh_tokens: column "spent_at" does not exist$/);
    expect(await count('sessions')).toBe(0);
  });

  it('removes codes and resets that have expired, and keeps those that are good', async () => {
    await store.database.query(
      `WITH numbered AS (SELECT id, row_number() OVER () AS i FROM identity.users)
       INSERT INTO identity.one_time_codes (user_id, purpose, email, code_hash, expires_at)
       SELECT id, 'password_reset', 'a@example.org', '$argon2id$x', now() + (CASE WHEN i <= 20 THEN 600 ELSE -1 END) * interval '1 s'
         FROM numbered`,
    );
    await store.database.query(
      `INSERT INTO identity.password_resets (user_id, token_hash, expires_at)
       SELECT user_id, ${hash}, expires_at FROM identity.one_time_codes`,
    );
    await cleanUp();
    expect([await count('one_time_codes'), await count('password_resets')]).toEqual([20, 20]);
  });

  it('removes links that expired unopened; one that was opened keeps answering', async () => {
    await store.database.query(
      `WITH numbered AS (SELECT id, email, row_number() OVER () AS i FROM identity.users)
       INSERT INTO identity.email_verifications (user_id, token_hash, email, expires_at, used_at)
       SELECT id, ${hash}, email, now() + (CASE WHEN i <= 10 THEN 1 ELSE -1000 END) * interval '1 hour',
              CASE WHEN i > 30 THEN now() - interval '1001 hours' END
         FROM numbered`,
    );
    await cleanUp();
    expect(await count('email_verifications', 'used_at IS NULL')).toBe(10);
    expect(await count('email_verifications', 'used_at IS NOT NULL')).toBe(20);
  });

  it('removes lines of the audit when they are older than the setting', async () => {
    for (const days of [0, 729, 731, 5000]) {
      await store.database.query(
        `INSERT INTO identity.audit (id, at, user_id, action, changes) VALUES ($1, now() - make_interval(days => $2), $3, 'changed', '[]')`,
        [newId(), days, newId()],
      );
    }
    await cleanUp();
    expect(await count('audit')).toBe(2);
  });

  describe('of many sessions', () => {
    it('takes them a thousand at a time, through the index', async () => {
      await addSessions('stands', 100_000, '1 day');
      await addSessions('expired long ago', 2500, '-31 days');
      await store.database.query('ANALYZE identity.sessions');
      const execute = jest.spyOn(store.database, 'execute');
      await cleanUp();
      const [ofTokens, ofSessions] = execute.mock.calls.map(([sql]) => sql);
      const removed = await Promise.all(execute.mock.results.slice(1, 4).map(({ value }) => value as Promise<number>));
      execute.mockRestore();
      expect(removed).toEqual([1000, 1000, 500]);
      expect(await count('sessions')).toBe(100_000);

      await addSessions('expired long ago', 1500, '-31 days');
      for (const [sql, index] of [
        [ofTokens, 'refresh_tokens_spent'],
        [ofSessions, 'sessions_over'],
      ]) {
        const plan = await store.database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`);
        const text = plan.map((line) => line['QUERY PLAN']).join('\n');
        expect(text).toMatch(index!);
        expect(text).not.toMatch('Seq Scan');
      }
    });

    it('does its work once when two run at the same time, and passes over what somebody holds', async () => {
      await addSessions('expired long ago', 5000, '-31 days');
      const held = await store.database.one<{ id: string }>('SELECT id FROM identity.sessions LIMIT 1');
      const holder = await store.database.pool.connect();
      try {
        await holder.query('BEGIN');
        await holder.query('SELECT 1 FROM identity.sessions WHERE id = $1 FOR NO KEY UPDATE', [held.id]);
        await Promise.all([cleanUp(), cleanUp()]);
        await holder.query('ROLLBACK');
      } finally {
        holder.release();
      }
      expect(await store.database.query('SELECT id FROM identity.sessions')).toEqual([held]);
      await cleanUp();
      expect(await count('sessions')).toBe(0);
    });

    it('stops when it is asked to', async () => {
      await addSessions('expired long ago', 10, '-31 days');
      const controller = new AbortController();
      controller.abort();
      await cleanUp(controller.signal);
      expect(await count('sessions')).toBe(10);
    });
  });
});
