import { newId } from '@holdfast/kernel';
import { describeWith, eventually, type TestDatabase, testDatabase, testUrl } from '@holdfast/platform/testing';
import type { BookMetadata } from '../../libs/catalog/src/application/book-metadata.js';
import { JsonbBookMetadata } from '../../libs/catalog/src/infrastructure/jsonb-book-metadata.js';
import { MongoBookMetadata } from '../../libs/catalog/src/infrastructure/mongo-book-metadata.js';
import { MongoStandIn } from '../../libs/platform/src/testing/mongo/index.js';

/** What every store of metadata must do. `open` gives one on the database that is ready to read and write. */
function contract(open: (db: TestDatabase) => Promise<BookMetadata>): void {
  let db: TestDatabase;
  let metadata: BookMetadata;

  beforeAll(async () => {
    db = await testDatabase();
    metadata = await open(db);
  });
  afterAll(async () => {
    await metadata.close();
    await db.close();
  });

  const stage = (bookId: string, version: number, data: Record<string, unknown> | null) =>
    db.unitOfWork.run(() => metadata.stage({ bookId, version, data }));
  const bookWith = async (data: Record<string, unknown>): Promise<string> => {
    const id = newId();
    await stage(id, 1, data);
    return id;
  };

  it('has nothing of a book that has none', async () => {
    expect(await metadata.read(newId())).toEqual({});
    expect(await metadata.readMany([])).toEqual(new Map());
  });

  it.each<Record<string, unknown>>([
    {},
    { a: {}, b: [], c: null, d: false, e: 0, f: '' },
    { title: 'Ünïcode 😀 "quotes" \\ \n', 'with space': [1, [2, [3]], { four: '4' }], 'a/b~c': 1.5 },
    { big: 9007199254740991, small: -1e-7, long: 'x'.repeat(50_000) },
    { toString: 1, _id: 2, version: 3, data: { data: 4 }, then: 5, length: 6, '1': 'one' },
  ])('gives back what was staged, whatever it is: case %#', async (data) => {
    expect(await metadata.read(await bookWith(data))).toEqual(data);
  });

  it('is seen right after the commit, and not without one', async () => {
    const id = await bookWith({ a: 1 });
    await expect(
      db.unitOfWork.run(async () => {
        await metadata.stage({ bookId: id, version: 2, data: { a: 2 } });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await metadata.read(id)).toEqual({ a: 1 });
    await stage(id, 2, { a: 3 });
    expect(await metadata.read(id)).toEqual({ a: 3 });
  });

  it('needs a transaction', async () => {
    await expect(metadata.stage({ bookId: newId(), version: 1, data: {} })).rejects.toThrow('UnitOfWork.run');
  });

  it('keeps the newest version, whatever comes late', async () => {
    const id = await bookWith({ a: 1 });
    await stage(id, 5, { a: 5 });
    await stage(id, 4, { a: 4 });
    await stage(id, 5, { a: 'again' });
    expect(await metadata.read(id)).toEqual({ a: 5 });
  });

  it('forgets a book that is gone', async () => {
    const id = await bookWith({ a: 'gone' });
    await stage(id, 2, null);
    expect(await metadata.read(id)).toEqual({});
    expect(await metadata.find(new Map([['a', 'gone']]), 10)).toEqual([]);
  });

  it('takes and gives many at a time', async () => {
    const books = Array.from({ length: 1200 }, (_, i) => ({ bookId: newId(), version: 1, data: { i } }));
    await db.unitOfWork.run(() => metadata.stage(...books));
    await metadata.applyPending();
    const ids = books.map(({ bookId }) => bookId);
    const found = await metadata.readMany([...ids, newId()]);
    expect(found.size).toBe(1200);
    expect(found.get(ids[777] ?? '')).toEqual({ i: 777 });
  });

  describe('search', () => {
    let ids: Record<string, string>;
    beforeAll(async () => {
      ids = {
        text: await bookWith({ shelf: '12', colour: 'red' }),
        number: await bookWith({ shelf: 12 }),
        list: await bookWith({ shelf: ['12', 'x'], colour: ['blue', 'red'] }),
        truth: await bookWith({ shelf: true }),
        nested: await bookWith({ deep: { shelf: '12' } }),
      };
    });
    const find = (values: Record<string, string>) => metadata.find(new Map(Object.entries(values)), 10);
    const of = (...names: string[]) => names.map((name) => ids[name]).sort();

    it('takes a value as text, as what it is written as, and as a member of a list', async () => {
      expect((await find({ shelf: '12' })).sort()).toEqual(of('text', 'number', 'list'));
      expect(await find({ shelf: 'true' })).toEqual(of('truth'));
      expect(await find({ shelf: '012' })).toEqual([]);
      expect(await find({ shelf: 'X' })).toEqual([]);
    });

    it('wants all of several values', async () => {
      expect((await find({ shelf: '12', colour: 'red' })).sort()).toEqual(of('text', 'list'));
      expect(await find({ shelf: '12', colour: 'green' })).toEqual([]);
    });

    it('takes no value for a question', async () => {
      for (const value of ['{"$ne":1}', '.*', '%', "' OR true --", '[]', 'null', 'NaN', 'Infinity', '']) {
        expect(await find({ shelf: value })).toEqual([]);
      }
    });

    it('sees a change at once, and gives no more than was asked for', async () => {
      const id = await bookWith({ mark: 'm' });
      await stage(id, 2, { mark: 'n' });
      expect(await find({ mark: 'm' })).toEqual([]);
      expect(await find({ mark: 'n' })).toEqual([id]);
      expect(await metadata.find(new Map([['shelf', '12']]), 2)).toHaveLength(2);
    });
  });
}

const mongo = async (db: TestDatabase, url: string): Promise<MongoBookMetadata> => {
  const metadata = new MongoBookMetadata(url, db.database, db.unitOfWork);
  await eventually(() => metadata.read(newId()));
  return metadata;
};

describe('Metadata in PostgreSQL', () => contract((db) => Promise.resolve(new JsonbBookMetadata(db.database))));

describe('Metadata in the stand-in of MongoDB', () => {
  let standIn: MongoStandIn;
  beforeAll(async () => {
    standIn = await MongoStandIn.start();
  });
  afterAll(() => standIn.stop());
  contract((db) => mongo(db, `${standIn.url}holdfast`));
});

describeWith('mongodb', 'Metadata in MongoDB', () => {
  contract((db) => {
    const url = new URL(testUrl('mongodb'));
    url.pathname = `/holdfast_test_${newId()}`;
    return mongo(db, url.toString());
  });
});

describe('Metadata while MongoDB is away', () => {
  let db: TestDatabase;
  let standIn: MongoStandIn;
  let metadata: MongoBookMetadata;

  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.database.query('TRUNCATE catalog.metadata_intents');
    standIn = await MongoStandIn.start();
    metadata = await mongo(db, `${standIn.url}holdfast`);
  });
  afterEach(async () => {
    standIn.resume();
    await metadata.close();
    await standIn.stop();
  });

  const stage = (bookId: string, version: number, data: Record<string, unknown> | null) =>
    db.unitOfWork.run(() => metadata.stage({ bookId, version, data }));
  const pending = async () => (await db.database.query('SELECT FROM catalog.metadata_intents')).length;
  const timed = async (work: () => Promise<unknown>): Promise<[unknown, number]> => {
    const start = performance.now();
    const result = await work().catch((error: unknown) => error);
    return [result, performance.now() - start];
  };

  it('leaves no intent behind where all is well', async () => {
    await stage(newId(), 1, { a: 1 });
    expect(await pending()).toBe(0);
  });

  it('reads what was committed meanwhile, answers quickly for the rest, and brings all over later', async () => {
    const [known, other] = [newId(), newId()];
    await stage(known, 1, { a: 1 });
    await stage(other, 1, { b: 1 });
    standIn.hang();
    const [, staged] = await timed(() => stage(known, 2, { a: 2 }));
    expect(staged).toBeLessThan(1000);
    expect(await metadata.read(known)).toEqual({ a: 2 });
    const [refusal, waited] = await timed(() => metadata.read(other));
    expect(refusal).toMatchObject({ code: 'metadata-unavailable' });
    expect(waited).toBeLessThan(1000);
    expect(await pending()).toBe(1);

    standIn.resume();
    await eventually(async () => expect(await metadata.applyPending()).toBe(0));
    expect(await metadata.read(known)).toEqual({ a: 2 });
    expect(await metadata.read(other)).toEqual({ b: 1 });
  });

  it('waits for many as long as the caller can', async () => {
    const id = newId();
    await stage(id, 1, { a: 1 });
    standIn.hang();
    const seen = standIn.seen('find').length;
    const read = metadata.readMany([id], 20_000);
    await eventually(() => expect(standIn.seen('find').length).toBeGreaterThan(seen));
    await expect(metadata.readMany([id])).rejects.toMatchObject({ code: 'metadata-unavailable' });
    standIn.resume();
    expect(await read).toEqual(new Map([[id, { a: 1 }]]));
  });

  it('comes back by itself after MongoDB was stopped', async () => {
    const id = newId();
    await stage(id, 1, { a: 1 });
    const { port } = standIn;
    await standIn.stop();
    await stage(id, 2, { a: 2 });
    await stage(newId(), 1, { b: 1 });
    expect(await pending()).toBe(2);
    standIn = await MongoStandIn.start({ port, dataOf: standIn });
    await eventually(async () => expect(await metadata.applyPending()).toBe(0), 15_000);
    expect(await metadata.read(id)).toEqual({ a: 2 });
  });

  it('keeps the intent when the connection is lost in the middle of a write', async () => {
    const id = newId();
    await stage(id, 1, { a: 1 });
    const { port } = standIn;
    const seen = standIn.seen('update').length;
    standIn.hang();
    const staged = stage(id, 2, { a: 2 });
    await eventually(() => expect(standIn.seen('update').length).toBeGreaterThan(seen));
    await standIn.stop();
    await staged;
    expect(await pending()).toBe(1);
    standIn = await MongoStandIn.start({ port, dataOf: standIn });
    await eventually(async () => expect(await metadata.applyPending()).toBe(0), 15_000);
    expect(await metadata.read(id)).toEqual({ a: 2 });
  });

  it('waits for a MongoDB that is not there when the program starts', async () => {
    const { port } = standIn;
    await standIn.stop();
    const early = new MongoBookMetadata(`mongodb://127.0.0.1:${port}/holdfast`, db.database, db.unitOfWork);
    const id = newId();
    await db.unitOfWork.run(() => early.stage({ bookId: id, version: 1, data: { a: 1 } }));
    expect(await early.read(id)).toEqual({ a: 1 });
    await expect(early.read(newId())).rejects.toMatchObject({ code: 'metadata-unavailable' });
    standIn = await MongoStandIn.start({ port });
    await eventually(async () => expect(await early.applyPending()).toBe(0), 15_000);
    expect(await early.read(id)).toEqual({ a: 1 });
    await early.close();
  });

  it('does not let a write that comes late overwrite a newer one, nor bring a book back', async () => {
    const [changed, gone] = [newId(), newId()];
    await stage(changed, 1, { a: 1 });
    await stage(gone, 1, { a: 1 });
    standIn.hang();
    await stage(changed, 2, { a: 'late' });
    await stage(gone, 2, { a: 'late' });
    await db.database.query('TRUNCATE catalog.metadata_intents');
    await stage(changed, 3, { a: 3 });
    await stage(gone, 3, null);
    standIn.resume();
    await eventually(async () => expect(await metadata.applyPending()).toBe(0));
    await db.database.query(
      `INSERT INTO catalog.metadata_intents (book_id, version, data) VALUES ($1, 2, '{"a": "late"}'), ($2, 2, '{"a": "late"}')`,
      [changed, gone],
    );
    expect(await metadata.applyPending()).toBe(0);
    expect(await metadata.read(changed)).toEqual({ a: 3 });
    expect(await metadata.read(gone)).toEqual({});
  });
});
