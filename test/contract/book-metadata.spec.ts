import fc from 'fast-check';
import mongoose from 'mongoose';
import { newId } from '@holdfast/kernel';
import { describeWith, eventually, type TestDatabase, testDatabase, testUrl } from '@holdfast/platform/testing';
import type { BookMetadata } from '../../libs/catalog/src/application/book-metadata.js';
import { inOrder } from '../../libs/catalog/src/domain/metadata.js';
import { JsonbBookMetadata } from '../../libs/catalog/src/infrastructure/jsonb-book-metadata.js';
import { MongoBookMetadata } from '../../libs/catalog/src/infrastructure/mongo-book-metadata.js';
import { anyBook } from '../../libs/catalog/testing/any-book.js';
import { MongoStandIn } from '../../libs/platform/src/testing/mongo/index.js';

/** Of some books those that a list with this filter has. */
async function filtered(
  { database }: TestDatabase,
  metadata: BookMetadata,
  values: Record<string, string>,
  among: readonly string[],
): Promise<string[]> {
  const condition = await metadata.condition(new Map(Object.entries(values)));
  const parameters: unknown[] = [among];
  const sql = condition((value) => `$${parameters.push(value)}`);
  const rows = await database.query<{ id: string }>(
    `SELECT id FROM unnest($1::uuid[]) AS b (id) WHERE ${sql} ORDER BY id`,
    parameters,
  );
  return rows.map(({ id }) => id);
}

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
  const made: string[] = [];
  const bookWith = async (data: Record<string, unknown>): Promise<string> => {
    const id = newId();
    made.push(id);
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

  it('gives back any metadata as the same text, its keys in order', async () => {
    const anyMetadata = anyBook.map((book) => book.metadata);
    await fc.assert(
      fc.asyncProperty(anyMetadata, async (data) => {
        expect(JSON.stringify(await metadata.read(await bookWith(data)))).toBe(JSON.stringify(inOrder(data)));
      }),
      { numRuns: 50 },
    );
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

  it('tells the same in the statement that reads the book', async () => {
    const told = async (id: string) => {
      const { value } = await db.database.one<{ value: unknown }>(`SELECT ${metadata.column('$1::uuid')} AS value`, [
        id,
      ]);
      return metadata.fromColumn(id, value);
    };
    const id = await bookWith({ b: 1, a: { d: [], c: null } });
    expect(JSON.stringify(await told(id))).toBe(JSON.stringify(await metadata.read(id)));
    expect(await told(newId())).toEqual({});
    await stage(id, 2, null);
    expect(await told(id)).toEqual({});
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
    expect(await filtered(db, metadata, { a: 'gone' }, [id])).toEqual([]);
  });

  it('takes and gives many at a time', async () => {
    const books = Array.from({ length: 1200 }, (_, i) => ({ bookId: newId(), version: 1, data: { i } }));
    await db.unitOfWork.run(() => metadata.stage(...books));
    await eventually(async () => expect(await metadata.applyPending()).toBe(0));
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
    const find = (values: Record<string, string>) => filtered(db, metadata, values, made);
    const of = (...names: string[]) => names.map((name) => ids[name]).sort();

    it('takes a value as text, as what it is written as, and as a member of a list', async () => {
      expect(await find({ shelf: '12' })).toEqual(of('text', 'number', 'list'));
      expect(await find({ shelf: 'true' })).toEqual(of('truth'));
      expect(await find({ shelf: '012' })).toEqual([]);
      expect(await find({ shelf: 'X' })).toEqual([]);
    });

    it('wants all of several values', async () => {
      expect(await find({ shelf: '12', colour: 'red' })).toEqual(of('text', 'list'));
      expect(await find({ shelf: '12', colour: 'green' })).toEqual([]);
    });

    it.each<[unknown, string]>([
      [-0, '0'],
      [1.5, '1.5'],
      [1e21, '1e+21'],
      [5e-324, '5e-324'],
      [2 ** 53, '9007199254740992'],
      [-12, '-12'],
      [false, 'false'],
      ['2024-02-30T00:00:00Z', '2024-02-30T00:00:00Z'],
      ['x'.repeat(200), 'x'.repeat(200)],
      ['é 漢 😀 "\\', 'é 漢 😀 "\\'],
    ])('finds %j by its text', async (value, text) => {
      const key = `value ${newId()}`;
      const id = await bookWith({ [key]: value, other: [value] });
      expect(await find({ [key]: text })).toEqual([id]);
    });

    it.each([
      'toString',
      '1',
      'hasOwnProperty',
      'a/b~c',
      'with space',
      "quote's",
      '"',
      '\\',
      'é',
      '_id',
      'data',
      '漢😀',
      'x'.repeat(200),
    ])('finds by the key %j', async (key) => {
      const id = await bookWith({ [key]: 'here', and: key });
      expect(await find({ [key]: 'here', and: key })).toEqual([id]);
      expect(await find({ [key]: 'there' })).toEqual([]);
    });

    it('looks at the members of a list, not at what is within them', async () => {
      const key = newId();
      const id = await bookWith({ [key]: ['a', ['b'], { c: 'd' }, 7, null, true] });
      for (const text of ['a', '7', 'true']) expect(await find({ [key]: text })).toEqual([id]);
      for (const text of ['b', 'c', 'd', 'null']) expect(await find({ [key]: text })).toEqual([]);
    });

    it('takes no value for a question', async () => {
      for (const value of ['{"$ne":1}', '.*', '%', "' OR true --", '[]', 'null', 'NaN', 'Infinity', '']) {
        expect(await find({ shelf: value })).toEqual([]);
      }
    });

    it('sees a change at once', async () => {
      const id = await bookWith({ mark: 'm' });
      await stage(id, 2, { mark: 'n' });
      expect(await find({ mark: 'm' })).toEqual([]);
      expect(await find({ mark: 'n' })).toEqual([id]);
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
    expect(staged).toBeLessThan(3000);
    const intent = `SELECT ${metadata.column('$1::uuid')} AS value`;
    const { value } = await db.database.one<{ value: { data: { a: number } } }>(intent, [known]);
    expect(await metadata.fromColumn(known, value)).toEqual({ a: 2 });
    expect(await metadata.read(known)).toEqual({ a: 2 });
    const [refusal, waited] = await timed(() => metadata.read(other));
    expect(refusal).toMatchObject({ code: 'metadata-unavailable' });
    expect(waited).toBeLessThan(3000);
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

  it('is not away while it needs longer for the many of an import than a reader can wait', async () => {
    const id = newId();
    await stage(id, 1, { a: 1 });
    const reader = await mongo(db, `${standIn.url}holdfast`);
    const many = Array.from({ length: 3 }, () => ({ bookId: newId(), version: 1, data: { b: 1 } }));
    standIn.hang();
    const seen = standIn.seen('update').length;
    const staged = db.unitOfWork.run(() => metadata.stage(...many));
    await eventually(() => expect(standIn.seen('update').length).toBeGreaterThan(seen));
    await expect(reader.read(id)).rejects.toMatchObject({ code: 'metadata-unavailable' });
    standIn.resume();
    await staged;
    expect(await pending()).toBe(0);
    expect(await metadata.read(id)).toEqual({ a: 1 });
    await reader.close();
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

  it('has what was committed by a program that was killed before it could apply it', async () => {
    const [made, changed, gone] = [newId(), newId(), newId()];
    await stage(changed, 1, { a: 1 });
    await stage(gone, 1, { a: 1 });
    const killed = jest.spyOn(db.unitOfWork, 'afterCommit').mockReturnValue(undefined);
    await stage(made, 1, { b: 1, a: 1, aa: 1 });
    await stage(changed, 2, { a: 2 });
    await stage(gone, 2, null);
    killed.mockRestore();
    const all = async () => JSON.stringify(await Promise.all([made, changed, gone].map((id) => metadata.read(id))));
    const expected = JSON.stringify([{ a: 1, aa: 1, b: 1 }, { a: 2 }, {}]);
    expect(await all()).toBe(expected);
    expect(await pending()).toBe(3);
    expect(await filtered(db, metadata, { a: '1' }, [made, changed, gone])).toEqual([made]);
    expect(await metadata.applyPending()).toBe(0);
    expect(await all()).toBe(expected);
  });

  it('applies once what two programs apply at the same time', async () => {
    const other = await mongo(db, `${standIn.url}holdfast`);
    const killed = jest.spyOn(db.unitOfWork, 'afterCommit').mockReturnValue(undefined);
    const ids = Array.from({ length: 1500 }, () => newId());
    await db.unitOfWork.run(() => metadata.stage(...ids.map((bookId, i) => ({ bookId, version: 1, data: { i } }))));
    killed.mockRestore();
    await Promise.all([metadata, other, metadata].map((each) => each.applyPending()));
    expect(await metadata.applyPending()).toBe(0);
    const found = await other.readMany(ids);
    expect(ids.map((id) => found.get(id)?.i)).toEqual(ids.map((_, i) => i));
    await other.close();
  });

  it('is not overtaken where another program makes the document of an older version in the same moment', async () => {
    const id = newId();
    const documents = mongoose.mongo.Collection.prototype;
    const lostRace = jest.spyOn(documents, 'bulkWrite').mockImplementationOnce(async function (
      this: typeof documents,
      operations,
      options,
    ) {
      await this.updateOne({ _id: id }, { $set: { version: 1, data: { a: 1 } } }, { upsert: true });
      // It looked for a document before there was one.
      const [operation] = operations as unknown as [{ updateOne: { filter: object } }];
      operation.updateOne.filter = { ...operation.updateOne.filter, version: { $lt: 1 } };
      return this.bulkWrite(operations, options);
    });
    await stage(id, 2, { a: 2 });
    expect(lostRace).toHaveBeenCalledTimes(3);
    lostRace.mockRestore();
    expect(await pending()).toBe(0);
    expect(await metadata.read(id)).toEqual({ a: 2 });
  });

  it('does not let a document that is refused hold up the others, and shows it all the same', async () => {
    const killed = jest.spyOn(db.unitOfWork, 'afterCommit').mockReturnValue(undefined);
    const books = Array.from({ length: 600 }, (_, i) => ({ bookId: newId(), version: 1, data: { i } }));
    await db.unitOfWork.run(() => metadata.stage(...books));
    // The driver takes such a key for a value of its own, and sends nothing of the whole batch; the API refuses it.
    const bad = newId();
    await stage(bad, 1, { a: { _bsontype: 'none' } });
    const large = newId();
    await stage(large, 1, { a: 'x'.repeat(17 * 1024 * 1024) });
    killed.mockRestore();
    const other = new MongoBookMetadata(`${standIn.url}holdfast`, db.database, db.unitOfWork);
    await eventually(() => other.read(newId()));
    await eventually(async () => expect(await other.applyPending()).toBe(2));
    expect(await other.read(books[599]?.bookId ?? '')).toEqual({ i: 599 });
    expect(await other.read(bad)).toEqual({ a: { _bsontype: 'none' } });
    await db.database.query(`UPDATE catalog.metadata_intents SET tried_at = now() - interval '2 minutes', data = '{}'`);
    await eventually(async () => expect(await other.applyPending()).toBe(0));
    await other.close();
  });

  it('leaves to the intents what the collection refuses, and writes the rest of the batch', async () => {
    const name = `strict_${newId()}`;
    const connection = await mongoose.createConnection(`${standIn.url}${name}`).asPromise();
    await connection.createCollection('book_metadata', { validator: { 'data.refused': { $exists: false } } });
    await connection.close();
    const strict = await mongo(db, `${standIn.url}${name}`);
    const [good, bad] = [newId(), newId()];
    await db.unitOfWork.run(() =>
      strict.stage({ bookId: bad, version: 1, data: { refused: 1 } }, { bookId: good, version: 1, data: { a: 1 } }),
    );
    await eventually(async () => expect(await strict.applyPending()).toBe(1));
    const seen = standIn.seen('update').length;
    expect(await strict.applyPending()).toBe(1);
    expect(standIn.seen('update')).toHaveLength(seen);
    expect(await strict.readMany([good, bad])).toEqual(
      new Map<string, unknown>([
        [bad, { refused: 1 }],
        [good, { a: 1 }],
      ]),
    );
    await strict.close();
  });

  it('asks a MongoDB that hangs once, and refuses all others at once until it answers', async () => {
    const id = newId();
    await stage(id, 1, { a: 1 });
    standIn.hang();
    const refusal = { code: 'metadata-unavailable' };
    const [, waited] = await timed(() =>
      Promise.all(Array.from({ length: 200 }, () => expect(metadata.read(id)).rejects.toMatchObject(refusal))),
    );
    expect(waited).toBeLessThan(5000);
    const seen = standIn.seen('find').length;
    for (let i = 0; i < 200; i++) await expect(metadata.read(id)).rejects.toMatchObject(refusal);
    await expect(metadata.condition(new Map([['a', '1']]))).rejects.toMatchObject(refusal);
    await db.unitOfWork.run(() =>
      metadata.stage(...Array.from({ length: 3000 }, () => ({ bookId: newId(), version: 1, data: { b: 1 } }))),
    );
    expect(standIn.seen('find')).toHaveLength(seen);
    expect(standIn.seen('update')).toHaveLength(1);
    expect(standIn.connections).toBeLessThan(30);
    standIn.resume();
    await eventually(async () => expect(await metadata.read(id)).toEqual({ a: 1 }));
    await eventually(async () => expect(await metadata.applyPending()).toBe(0));
  });

  it('is one client to MongoDB, however often that is away', async () => {
    const { port } = standIn;
    const another = jest.spyOn(mongoose.mongo.MongoClient.prototype, 'connect');
    for (let restart = 1; restart <= 3; restart++) {
      await standIn.stop();
      await expect(metadata.read(newId())).rejects.toMatchObject({ code: 'metadata-unavailable' });
      standIn = await MongoStandIn.start({ port, dataOf: standIn });
      await eventually(() => metadata.read(newId()), 15_000);
    }
    expect(another).not.toHaveBeenCalled();
    another.mockRestore();
    expect(standIn.seen('createIndexes').length).toBeGreaterThan(0);
    await metadata.close();
    await eventually(() => expect(standIn.connections).toBe(0));
  });

  it('says that it cannot tell, rather than list a part, where very many books are found or wait', async () => {
    const books = Array.from({ length: 10_001 }, () => ({ bookId: newId(), version: 1, data: { many: 1, few: '' } }));
    const [first] = books;
    if (first) first.data.few = 'x';
    await db.unitOfWork.run(() => metadata.stage(...books));
    const arrived = () => eventually(async () => expect(await metadata.applyPending()).toBe(0));
    await arrived();
    const filter = (...values: [string, string][]) => metadata.condition(new Map(values));
    const refusal = { errors: [{ pointer: '/metadata.many' }] };
    await eventually(() => expect(filter(['many', '1'])).rejects.toMatchObject(refusal));
    const idsOf = async () => (await filter(['many', '1'], ['few', 'x']))((ids) => String(ids));
    await eventually(async () => expect(await idsOf()).toContain(first?.bookId));
    await db.database.execute(
      `INSERT INTO catalog.metadata_intents (book_id, version, data)
       SELECT gen_random_uuid(), 1, '{}' FROM generate_series(1, 10001)`,
    );
    await expect(filter(['few', 'x'])).rejects.toMatchObject({ message: expect.stringContaining('still waits') });
  });

  it.each(['is not there', 'hangs', 'answers'])('ends where MongoDB %s while it is opened', async (trouble) => {
    const { port } = standIn;
    if (trouble === 'hangs') standIn.hang();
    if (trouble === 'is not there') await standIn.stop();
    const early = new MongoBookMetadata(`mongodb://127.0.0.1:${port}/holdfast`, db.database, db.unitOfWork);
    await early.close();
    standIn.resume();
    await metadata.close();
    await eventually(() => expect(standIn.connections).toBe(0));
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
