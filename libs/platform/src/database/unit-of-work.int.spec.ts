import { Client } from 'pg';
import { type TestDatabase, testDatabase } from '../testing/index.js';

describe('UnitOfWork', () => {
  let db: TestDatabase;
  const effects: string[] = [];

  beforeAll(async () => {
    db = await testDatabase();
    await db.database.query('CREATE TABLE notes (id int PRIMARY KEY, text text)');
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    effects.length = 0;
    await db.database.query('TRUNCATE notes');
  });

  const write = (id: number, text = '') => db.database.query('INSERT INTO notes VALUES ($1, $2)', [id, text]);
  const ids = async () =>
    (await db.database.query<{ id: number }>('SELECT id FROM notes ORDER BY id')).map((row) => row.id);

  it('commits all statements together, and runs the effects after the commit', async () => {
    await db.unitOfWork.run(async () => {
      await write(1);
      db.unitOfWork.afterCommit(async () => effects.push(`saw ${(await ids()).length}`));
      await write(2);
    });
    expect(await ids()).toEqual([1, 2]);
    expect(effects).toEqual(['saw 2']);
  });

  it('leaves nothing behind when the work throws, and runs no effect', async () => {
    const failing = db.unitOfWork.run(async () => {
      await write(1);
      db.unitOfWork.afterCommit(() => effects.push('ran'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await ids()).toEqual([]);
    expect(effects).toEqual([]);
  });

  it('keeps what the first statement locks until the end, when that follows the start without a wait', async () => {
    await write(1);
    const lock = 'SELECT id FROM notes WHERE id = 1 FOR UPDATE';
    await db.unitOfWork.runLocking(async () => {
      await db.database.query(lock);
      await expect(db.database.pool.query(`${lock} NOWAIT`)).rejects.toMatchObject({ code: '55P03' });
      await write(2);
      await expect(db.database.pool.query('SELECT id FROM notes')).resolves.toMatchObject({ rows: [{ id: 1 }] });
    });
    expect((await db.database.pool.query(`${lock} NOWAIT`)).rowCount).toBe(1);
    expect(await ids()).toEqual([1, 2]);
  });

  it('does nothing behind the first statement when a start that nobody waited for has failed', async () => {
    const send = Reflect.get(Client.prototype, 'query') as (...sent: unknown[]) => unknown;
    const spy = jest.spyOn(Client.prototype, 'query').mockImplementation(function (this: Client, ...sent: unknown[]) {
      return send.apply(this, sent[0] === 'START TRANSACTION' ? ['SELECT 1 / 0'] : sent);
    });
    const begunByNobody = db.unitOfWork.runLocking(async () => {
      await db.database.query('SELECT id FROM notes FOR UPDATE');
      await write(1);
    });
    await expect(begunByNobody).rejects.toThrow('division by zero');
    spy.mockRestore();
    expect(await ids()).toEqual([]);
  });

  it('joins the transaction that is open already', async () => {
    const outer = db.unitOfWork.run(async () => {
      await db.unitOfWork.run(() => write(1));
      throw new Error('outer');
    });
    await expect(outer).rejects.toThrow('outer');
    expect(await ids()).toEqual([]);
  });

  it('tries a deadlock again until both sides are done', async () => {
    await write(1);
    await write(2);
    let attempts = 0;
    let bothHoldTheirFirst = 0;
    const swap = (first: number, second: number) =>
      db.unitOfWork.run(async () => {
        attempts++;
        await db.database.query('UPDATE notes SET text = text || $2 WHERE id = $1', [first, 'x']);
        bothHoldTheirFirst++;
        for (let i = 0; i < 200 && bothHoldTheirFirst < 2; i++) await new Promise((resolve) => setTimeout(resolve, 5));
        await db.database.query('UPDATE notes SET text = text || $2 WHERE id = $1', [second, 'x']);
      });
    await Promise.all([swap(1, 2), swap(2, 1)]);
    expect(attempts).toBe(3);
    expect(await db.database.query('SELECT DISTINCT text FROM notes')).toEqual([{ text: 'xx' }]);
  });

  it('answers "temporarily unavailable" when the conflict does not go away', async () => {
    let attempts = 0;
    const hopeless = db.unitOfWork.run(async () => {
      attempts++;
      await db.database.query(`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`);
    });
    await expect(hopeless).rejects.toMatchObject({ code: 'temporarily-unavailable' });
    expect(attempts).toBe(4);
  });

  it('gives the connection back also when its session was ended by the server', async () => {
    const killed = db.unitOfWork.run(async () => {
      await db.database.query('SELECT pg_terminate_backend(pg_backend_pid())');
    });
    await expect(killed).rejects.toMatchObject({ code: 'temporarily-unavailable' });
    await Promise.all(Array.from({ length: 30 }, (_, id) => db.unitOfWork.run(() => write(id))));
    expect(await ids()).toHaveLength(30);
  });

  it('answers 503 to a statement that took too long, and leaves no transaction open behind it', async () => {
    const slow = db.unitOfWork.run(async () => {
      await write(1);
      await db.database.query("SET LOCAL statement_timeout = '20ms'");
      await db.database.query('SELECT pg_sleep(5)');
    });
    await expect(slow).rejects.toMatchObject({ code: 'temporarily-unavailable' });
    expect(await ids()).toEqual([]);
    const open = `SELECT count(*)::int AS n FROM pg_stat_activity
                   WHERE datname = current_database() AND state LIKE 'idle in transaction%'`;
    expect(await db.database.one(open)).toEqual({ n: 0 });
  });
});
