import { type TestDatabase, testDatabase } from '../testing/index.js';
import { IdempotencyCleanUp } from './idempotency-clean-up.js';

describe('The clean-up of answers', () => {
  let store: TestDatabase;
  beforeEach(async () => (store = await testDatabase()));
  afterEach(() => store.close());

  const job = () => new IdempotencyCleanUp(store.database).jobs()[0]!;
  const cleanUp = (signal = new AbortController().signal) => job().run({}, signal);
  const add = (count: number, expires: string) =>
    store.database.query(
      `INSERT INTO platform.idempotency_keys (digest, caller, fingerprint, status, content, expires_at)
       SELECT sha256(gen_random_uuid()::text::bytea), 'ada', '\\x00', 201, '', now() + $1::interval
         FROM generate_series(1, $2)`,
      [expires, count],
    );
  const left = async (): Promise<number> =>
    (await store.database.one<{ n: number }>('SELECT count(*)::int AS n FROM platform.idempotency_keys')).n;

  it('runs every hour, under its name', () => {
    expect(job()).toMatchObject({ name: 'idempotency-clean-up', everyMs: 3_600_000 });
  });

  it('removes those that have expired, and no others', async () => {
    await add(7, '1 minute');
    await add(5, '0');
    await add(3, '-1 day');
    await cleanUp();
    expect(await left()).toBe(7);
  });

  it('takes them a thousand at a time, the oldest first, through the index', async () => {
    await add(20_000, '1 day');
    await add(2500, '-1 hour');
    await store.database.query('ANALYZE platform.idempotency_keys');
    const execute = jest.spyOn(store.database, 'execute');
    await cleanUp();
    expect(await Promise.all(execute.mock.results.map(({ value }) => value as Promise<number>))).toEqual([
      1000, 1000, 500,
    ]);
    const [sql] = execute.mock.calls[0]!;
    execute.mockRestore();
    expect(await left()).toBe(20_000);
    const plan = await store.database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`);
    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(text).toMatch('idempotency_keys_expires');
    expect(text).not.toMatch('Seq Scan');
  });

  it('does its work once when two run at the same time, and passes over what somebody holds', async () => {
    await add(3000, '-1 hour');
    const holder = await store.database.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM platform.idempotency_keys LIMIT 1 FOR UPDATE');
      await Promise.all([cleanUp(), cleanUp()]);
      expect(await left()).toBe(1);
      await holder.query('ROLLBACK');
    } finally {
      holder.release();
    }
    await cleanUp();
    expect(await left()).toBe(0);
  });

  it('stops when it is asked to', async () => {
    await add(10, '-1 hour');
    await cleanUp(AbortSignal.abort());
    expect(await left()).toBe(10);
  });
});
