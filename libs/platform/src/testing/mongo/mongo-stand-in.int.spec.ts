import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { serialize, type Document } from 'bson';
import mongoose, { Schema, type Connection, type ConnectOptions, type Model } from 'mongoose';
import { MongoStandIn, type StandInOptions } from './index.js';

interface Book {
  _id: number | string;
  isbn?: string;
  title?: string;
  pages?: number;
  subjects?: string[];
  editions?: { year: number; copies?: number }[];
  data?: Record<string, unknown>;
}

const schema = new Schema<Book>({ _id: Schema.Types.Mixed }, { strict: false, versionKey: false });
const options = { bufferCommands: false, serverSelectionTimeoutMS: 2_000, autoIndex: false, autoCreate: false };

describe('the MongoDB stand-in', () => {
  let mongo: MongoStandIn;
  let connection: Connection;
  let toClose: (() => Promise<unknown>)[] = [];

  const books = (): Model<Book> => connection.models.Book ?? connection.model<Book>('Book', schema, 'books');
  const raw = () => connection.collection<Book>('books');
  const shelve = (...documents: Book[]) => raw().insertMany(documents);

  beforeAll(async () => {
    mongo = await MongoStandIn.start();
    connection = await mongoose.createConnection(`${mongo.url}library`, options).asPromise();
  });
  beforeEach(() => connection.dropDatabase());
  afterEach(async () => {
    for (const close of toClose.reverse()) await close();
    toClose = [];
  });
  afterAll(async () => {
    await connection.close();
    await mongo.stop();
  });

  describe('commands about the server and its collections', () => {
    it('tells its version and answers a ping', async () => {
      await expect(connection.db?.command({ ping: 1 })).resolves.toMatchObject({ ok: 1 });
      await expect(connection.db?.admin().buildInfo()).resolves.toMatchObject({ version: '7.0.0' });
      expect(mongo.commandsSeen()).toEqual(expect.arrayContaining(['ping', 'buildinfo', 'dropDatabase']));
    });

    it('creates, lists and drops collections, and refuses to create one twice', async () => {
      await connection.createCollection('books');
      await expect(connection.db?.createCollection('books')).rejects.toMatchObject({ code: 48 });
      expect((await connection.listCollections()).map(({ name }) => name)).toEqual(['books']);
      await connection.dropCollection('books');
      expect(await connection.listCollections()).toEqual([]);
    });

    it('keeps, lists and drops indexes, a wildcard index among them', async () => {
      await raw().createIndex({ 'data.$**': 1 });
      await raw().createIndex({ isbn: 1 }, { unique: true });
      await raw().createIndex({ isbn: 1 }, { unique: true });
      const keys = (await raw().indexes()).map(({ key }) => key);
      expect(keys).toEqual([{ _id: 1 }, { 'data.$**': 1 }, { isbn: 1 }]);
      await raw().dropIndex('isbn_1');
      await expect(raw().dropIndex('isbn_1')).rejects.toMatchObject({ code: 27 });
      await expect(raw().dropIndex('_id_')).rejects.toMatchObject({ code: 72 });
      await expect(connection.collection('none').indexes()).rejects.toMatchObject({ code: 26 });
    });

    it('refuses an index of the same name or key with another meaning, and a unique one over duplicates', async () => {
      await raw().createIndex({ isbn: 1 });
      await expect(raw().createIndex({ isbn: 1 }, { unique: true })).rejects.toMatchObject({ code: 86 });
      await expect(raw().createIndex({ isbn: 1 }, { name: 'other' })).rejects.toMatchObject({ code: 85 });
      await shelve({ _id: 1, title: 'Emma' }, { _id: 2, title: 'Emma' });
      await expect(raw().createIndex({ title: 1 }, { unique: true })).rejects.toMatchObject({ code: 11000 });
      expect(await raw().indexes()).toHaveLength(2);
    });
  });

  describe('what it cannot do is refused, never ignored', () => {
    it.each([
      ['an unknown command', { collStats: 'books' }, 59],
      ['a collation', { find: 'books', collation: { locale: 'de' } }, 2],
      ['a TTL index', { createIndexes: 'books', indexes: [{ key: { at: 1 }, name: 'at', expireAfterSeconds: 1 }] }, 2],
      ['a text index', { createIndexes: 'books', indexes: [{ key: { title: 'text' }, name: 'title' }] }, 2],
      ['a capped collection', { create: 'books', capped: true, size: 1000 }, 2],
      ['a change stream', { aggregate: 'books', pipeline: [{ $changeStream: {} }], cursor: {} }, 2],
      ['writing aggregation stages', { aggregate: 'books', pipeline: [{ $out: 'other' }], cursor: {} }, 2],
      ['JavaScript', { find: 'books', filter: { $where: 'true' } }, 2],
      ['an unknown filter operator', { find: 'books', filter: { title: { $near: 1 } } }, 2],
      ['types that mingo cannot tell', { find: 'books', filter: { title: { $type: 'long' } } }, 2],
      ['a computed projection', { find: 'books', projection: { title: { $slice: 1 } } }, 2],
      ['sort by $meta', { find: 'books', sort: { score: { $meta: 'textScore' } } }, 2],
      ['a write concern for replicas', { insert: 'books', documents: [{ _id: 9 }], writeConcern: { w: 2 } }, 2],
      ['transactions', { find: 'books', txnNumber: 1, startTransaction: true, autocommit: false }, 20],
      ['authentication', { saslStart: 1, mechanism: 'SCRAM-SHA-256' }, 59],
      ['a collection without a name', { find: '' }, 73],
      ['a cursor that is gone', { getMore: 77n, collection: 'books' }, 43],
    ])('%s', async (_what, command, code) => {
      await shelve({ _id: 1 });
      await expect(connection.db?.command(command)).rejects.toMatchObject({ code });
    });

    it('a transaction fails at its first command, and nothing is written', async () => {
      const write = connection.transaction((session) => books().create([{ _id: 1 }], { session }));
      await expect(write).rejects.toMatchObject({ originalError: { code: 20 } });
      expect(await raw().countDocuments()).toBe(0);
    });

    it.each<[string, Document, number]>([
      ['an unknown operator', { $bit: { pages: { or: 1 } } }, 2],
      ['arithmetic on text', { $inc: { title: 1 } }, 14],
      ['pushing onto text', { $push: { title: 'x' } }, 2],
      ['a path through text', { $set: { 'title.sub': 'x' } }, 28],
      ['two changes of one path', { $set: { pages: 1 }, $inc: { pages: 1 } }, 40],
      ['a path and its parent', { $set: { 'data.a': 1, data: {} } }, 40],
      ['another _id', { $set: { _id: 2 } }, 66],
      ['the positional $', { $set: { 'subjects.$': 'x' } }, 2],
    ])('an update with %s', async (_what, update, code) => {
      await shelve({ _id: 1, title: 'Emma', pages: 400, subjects: ['England'] });
      await expect(raw().updateOne({ _id: 1 }, update)).rejects.toMatchObject({ code });
      expect(await raw().findOne({ _id: 1 })).toEqual({ _id: 1, title: 'Emma', pages: 400, subjects: ['England'] });
    });
  });

  describe('writing', () => {
    it('keeps every type of value', async () => {
      const { ObjectId, Decimal128, Binary, UUID, Long } = mongoose.mongo.BSON;
      const values = {
        id: new ObjectId(),
        price: Decimal128.fromString('9.90'),
        cover: new Binary(Buffer.from([0, 255, 128])),
        uuid: new UUID(),
        at: new Date(0),
        pattern: /^a/i,
        big: Long.MAX_VALUE,
        none: null,
        list: [1, [2.5, { deep: true }]],
      };
      await raw().insertOne({ _id: 1, data: values });
      const [found] = await raw()
        .find({ 'data.id': values.id, 'data.uuid': values.uuid, 'data.at': new Date(0) })
        .toArray();
      expect(JSON.stringify(found?.data)).toBe(JSON.stringify(values));
      expect(found?.data?.pattern).toEqual(/^a/i);
    });

    it('refuses a second document of one _id or unique value and says which', async () => {
      await raw().createIndex({ isbn: 1 }, { unique: true });
      await books().create({ _id: 1, isbn: '9780141439518' });
      await expect(books().create({ _id: 1, isbn: 'x' })).rejects.toMatchObject({
        code: 11000,
        keyPattern: { _id: 1 },
        keyValue: { _id: 1 },
      });
      await expect(books().create({ _id: 2, isbn: '9780141439518' })).rejects.toMatchObject({
        code: 11000,
        message: expect.stringContaining('E11000 duplicate key error collection: library.books index: isbn_1'),
        keyPattern: { isbn: 1 },
        keyValue: { isbn: '9780141439518' },
      });
      await shelve({ _id: 2, isbn: 'y' });
      await expect(raw().updateOne({ _id: 2 }, { $set: { isbn: '9780141439518' } })).rejects.toMatchObject({
        code: 11000,
      });
      await raw().deleteOne({ _id: 1 });
      await raw().updateOne({ _id: 2 }, { $set: { isbn: '9780141439518' } });
      expect((await raw().findOne({ isbn: '9780141439518' }))?._id).toBe(2);
      expect(await raw().findOne({ isbn: 'y' })).toBeNull();
      await shelve({ _id: 3, isbn: 'y' });
      expect(await raw().countDocuments()).toBe(2);
    });

    it('keeps unique each element of an array, and only what a sparse or partial index covers', async () => {
      await raw().createIndex({ subjects: 1 }, { unique: true, sparse: true });
      await raw().createIndex({ title: 1 }, { unique: true, partialFilterExpression: { pages: { $gt: 100 } } });
      await shelve(
        { _id: 1, subjects: ['a', 'b'] },
        { _id: 2 },
        { _id: 3, title: 'x' },
        { _id: 4, title: 'x', pages: 200 },
      );
      await expect(shelve({ _id: 5, subjects: ['b'] })).rejects.toMatchObject({ code: 11000 });
      await expect(shelve({ _id: 5, title: 'x', pages: 101 })).rejects.toMatchObject({ code: 11000 });
      expect(await raw().countDocuments()).toBe(4);
    });

    it('stops an ordered batch at the first refusal and goes on in an unordered one', async () => {
      const twice = [{ _id: 1 }, { _id: 1 }, { _id: 2 }];
      const ordered = await raw()
        .insertMany(twice)
        .catch((error: unknown) => error);
      expect(ordered).toMatchObject({ code: 11000, insertedCount: 1, writeErrors: [{ index: 1 }] });
      expect(await raw().countDocuments()).toBe(1);
      const unordered = await raw()
        .insertMany(twice, { ordered: false })
        .catch((error: unknown) => error);
      expect(unordered).toMatchObject({ insertedCount: 1, writeErrors: [{ index: 0 }, { index: 1 }] });
      expect(await raw().countDocuments()).toBe(2);
    });

    it('writes a mixed bulk and names the operation that failed', async () => {
      await shelve({ _id: 1, pages: 1 }, { _id: 2 });
      const bulk = raw().bulkWrite(
        [
          { updateOne: { filter: { _id: 1 }, update: { $inc: { pages: 1 } } } },
          { insertOne: { document: { _id: 2 } } },
          { replaceOne: { filter: { _id: 3 }, replacement: { title: 'new' }, upsert: true } },
          { deleteOne: { filter: { _id: 2 } } },
        ],
        { ordered: false },
      );
      await expect(bulk).rejects.toMatchObject({ code: 11000, writeErrors: [{ index: 1 }] });
      expect(await raw().find().toArray()).toEqual([
        { _id: 1, pages: 2 },
        { _id: 3, title: 'new' },
      ]);
    });

    it('upserts from the equalities of the filter, and sets on insert only once', async () => {
      const upsert = () =>
        raw().updateOne(
          { _id: 7, isbn: { $eq: 'i' }, pages: { $gt: 5 } },
          { $set: { title: 'Emma' }, $setOnInsert: { pages: 10 } },
          { upsert: true },
        );
      expect(await upsert()).toMatchObject({ upsertedId: 7, upsertedCount: 1, matchedCount: 0 });
      await raw().updateOne({ _id: 7 }, { $set: { pages: 11 } });
      expect(await upsert()).toMatchObject({ upsertedId: null, matchedCount: 1, modifiedCount: 0 });
      expect(await raw().findOne()).toEqual({ _id: 7, isbn: 'i', title: 'Emma', pages: 11 });
    });

    it('gives an _id to an upsert that has none', async () => {
      const { upsertedId } = await raw().updateOne({ isbn: 'i' }, { $set: { title: 'Emma' } }, { upsert: true });
      expect(String(upsertedId)).toMatch(/^[0-9a-f]{24}$/);
    });

    it.each<[string, object, Partial<Book>]>([
      ['$unset', { $unset: { title: '' } }, { title: undefined }],
      ['$rename', { $rename: { title: 'data.name' } }, { title: undefined, data: { name: 'Emma' } }],
      ['$mul', { $mul: { pages: 2 } }, { pages: 800 }],
      ['$min and $max', { $min: { pages: 5 }, $max: { 'data.top': 9 } }, { pages: 5, data: { top: 9 } }],
      ['$push', { $push: { subjects: 'x' } }, { subjects: ['b', 'a', 'x'] }],
      [
        '$push to a new list',
        { $push: { 'data.l': { $each: [3, 1, 2], $slice: 2, $sort: 1 } } },
        { data: { l: [1, 2] } },
      ],
      ['$addToSet', { $addToSet: { subjects: { $each: ['a', 'c', 'c'] } } }, { subjects: ['b', 'a', 'c'] }],
      [
        '$pull',
        { $pull: { subjects: { $in: ['a'] }, editions: { year: 1815 } } },
        { subjects: ['b'], editions: [{ year: 1900 }] },
      ],
      ['$pullAll', { $pullAll: { subjects: ['b', 'z'] } }, { subjects: ['a'] }],
      ['$pop', { $pop: { subjects: -1 } }, { subjects: ['a'] }],
      [
        'a position in a list',
        { $set: { 'editions.1.copies': 3 } },
        { editions: [{ year: 1815 }, { year: 1900, copies: 3 }] },
      ],
      [
        'every position of a list',
        { $set: { 'editions.$[].copies': 0 } },
        {
          editions: [
            { year: 1815, copies: 0 },
            { year: 1900, copies: 0 },
          ],
        },
      ],
      [
        'a pipeline',
        [{ $set: { pages: { $add: ['$pages', 1] } } }, { $unset: 'title' }],
        { pages: 401, title: undefined },
      ],
    ])('updates by %s', async (_operator, update, expected) => {
      const book = { title: 'Emma', pages: 400, subjects: ['b', 'a'], editions: [{ year: 1815 }, { year: 1900 }] };
      await shelve({ _id: 1, ...book });
      expect(await raw().updateMany({}, update)).toMatchObject({ matchedCount: 1, modifiedCount: 1 });
      expect(await raw().findOne()).toEqual({ _id: 1, ...book, ...expected });
    });

    it('updates the elements that an array filter names', async () => {
      await shelve({ _id: 1, editions: [{ year: 1815 }, { year: 1900 }] });
      await raw().updateOne(
        { _id: 1 },
        { $set: { 'editions.$[old].copies': 1 } },
        { arrayFilters: [{ 'old.year': { $lt: 1900 } }] },
      );
      expect((await raw().findOne())?.editions).toEqual([{ year: 1815, copies: 1 }, { year: 1900 }]);
    });

    it('replaces a document but for its _id, and counts a change only when something changed', async () => {
      await shelve({ _id: 1, title: 'Emma', pages: 400 });
      expect(await raw().replaceOne({ _id: 1 }, { title: 'Emma' })).toMatchObject({
        matchedCount: 1,
        modifiedCount: 1,
      });
      expect(await raw().replaceOne({ _id: 1 }, { title: 'Emma' })).toMatchObject({
        matchedCount: 1,
        modifiedCount: 0,
      });
      await expect(raw().replaceOne({ _id: 1 }, { _id: 2 } as object)).rejects.toMatchObject({ code: 66 });
      expect(await raw().find().toArray()).toEqual([{ _id: 1, title: 'Emma' }]);
    });

    it('finds and changes, replaces or deletes one document, first in the order asked for', async () => {
      await shelve({ _id: 1, pages: 1 }, { _id: 2, pages: 2 });
      const before = await raw().findOneAndUpdate({}, { $inc: { pages: 10 } }, { sort: { pages: -1 } });
      expect(before).toEqual({ _id: 2, pages: 2 });
      const after = await books().findOneAndUpdate(
        { _id: 3 },
        { $set: { pages: 3 } },
        { upsert: true, returnDocument: 'after', lean: true },
      );
      expect(after).toMatchObject({ _id: 3, pages: 3 });
      expect(await raw().findOneAndDelete({ pages: { $gt: 1 } }, { projection: { pages: 1, _id: 0 } })).toEqual({
        pages: 12,
      });
      expect(await raw().countDocuments()).toBe(2);
    });

    it('writes without an answer where none is wanted (w: 0)', async () => {
      await raw().insertOne({ _id: 1 }, { writeConcern: { w: 0 } });
      await connection.db?.command({ ping: 1 });
      expect(await raw().countDocuments()).toBe(1);
    });

    it('refuses a document of more than 16 MB', async () => {
      await expect(raw().insertOne({ _id: 1, title: 'x'.repeat(16 * 1024 * 1024) })).rejects.toMatchObject({
        code: 10334,
      });
    });
  });

  describe('reading', () => {
    beforeEach(() =>
      shelve(
        { _id: 1, title: 'Emma', pages: 400, subjects: ['love', 'England'], data: { publisher: { name: 'Murray' } } },
        {
          _id: 2,
          title: 'Ulysses',
          pages: 700,
          subjects: ['Dublin'],
          editions: [{ year: 1922, copies: 1 }, { year: 1984 }],
        },
        { _id: 3, title: 'émigré' },
      ),
    );

    it.each<[string, object, number[]]>([
      ['a dotted field', { 'data.publisher.name': 'Murray' }, [1]],
      ['an element', { subjects: 'love' }, [1]],
      ['a missing field', { pages: null }, [3]],
      ['a field missing in an element', { 'editions.copies': null }, [1, 2, 3]],
      ['a whole document, its fields in order', { 'editions.0': { copies: 1, year: 1922 } }, []],
      ['a whole array', { subjects: ['love', 'England'] }, [1]],
      ['$all', { subjects: { $all: ['England', 'love'] } }, [1]],
      ['$nin', { title: { $nin: ['Emma', null] } }, [2, 3]],
      ['$ne on an array', { 'editions.year': { $ne: 1984 } }, [1, 3]],
      ['$type', { subjects: { $type: 'string' } }, [1, 2]],
      ['existence', { editions: { $exists: true } }, [2]],
      ['a range', { pages: { $gte: 400, $lt: 700 } }, [1]],
      ['a regular expression', { title: /^[eu]/i }, [1, 2]],
      ['$in on the _id', { _id: { $in: [3, 1, 9] } }, [1, 3]],
      ['$or and $not', { $or: [{ pages: { $not: { $lt: 500 } } }, { _id: 1 }] }, [1, 2, 3]],
      ['$elemMatch', { editions: { $elemMatch: { year: { $gt: 1950 } } } }, [2]],
      ['$expr', { $expr: { $gt: ['$pages', 500] } }, [2]],
    ])('filters by %s', async (_what, filter, ids) => {
      expect((await raw().find(filter).sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).toEqual(ids);
    });

    it('sorts (missing first, text by code point), skips, limits and projects', async () => {
      const titles = await raw().find().sort({ title: -1 }).project({ title: 1, _id: 0 }).toArray();
      expect(titles).toEqual([{ title: 'émigré' }, { title: 'Ulysses' }, { title: 'Emma' }]);
      expect((await raw().find().sort({ pages: 1 }).toArray()).map(({ _id }) => _id)).toEqual([3, 1, 2]);
      expect(await raw().find().skip(1).limit(1).project({ _id: 1 }).toArray()).toEqual([{ _id: 2 }]);
      expect(await raw().findOne({ _id: 2 }, { projection: { 'editions.year': 0, subjects: 0 } })).toEqual({
        _id: 2,
        title: 'Ulysses',
        pages: 700,
        editions: [{ copies: 1 }, {}],
      });
    });

    it('counts and lists distinct values, the elements of arrays each', async () => {
      expect(await raw().countDocuments({ pages: { $gt: 1 } })).toBe(2);
      expect(await raw().countDocuments({ pages: { $gt: 1000 } })).toBe(0);
      expect(await raw().estimatedDocumentCount()).toBe(3);
      expect(await raw().distinct('subjects')).toEqual(['love', 'England', 'Dublin']);
      expect(await raw().distinct('editions.year', { _id: 2 })).toEqual([1922, 1984]);
    });

    it('aggregates, joins a collection, and leaves the stored documents alone', async () => {
      await connection.collection('loans').insertMany([{ book: 1 }, { book: 1 }, { book: 2 }]);
      const loans = await raw()
        .aggregate([
          { $match: { pages: { $exists: true } } },
          { $lookup: { from: 'loans', localField: '_id', foreignField: 'book', as: 'loans' } },
          { $unwind: '$loans' },
          { $group: { _id: '$title', n: { $sum: 1 } } },
          { $sort: { n: -1 } },
        ])
        .toArray();
      expect(loans).toEqual([
        { _id: 'Emma', n: 2 },
        { _id: 'Ulysses', n: 1 },
      ]);
      await raw()
        .aggregate([{ $set: { 'data.publisher.name': 'changed' } }])
        .toArray();
      expect((await raw().findOne({ _id: 1 }))?.data).toEqual({ publisher: { name: 'Murray' } });
      expect(
        await raw()
          .aggregate([{ $match: { _id: 9 } }, { $count: 'n' }])
          .toArray(),
      ).toEqual([]);
    });

    it('hands out a long result in batches, and forgets a cursor that is closed early', async () => {
      await shelve(...Array.from({ length: 1_200 }, (_, i) => ({ _id: `x${i}` })));
      const seen: unknown[] = [];
      for await (const book of books().find().lean().cursor({ batchSize: 100 })) seen.push(book._id);
      expect(new Set(seen).size).toBe(1_203);
      expect(mongo.commandsSeen().filter((name) => name === 'getMore').length).toBeGreaterThanOrEqual(12);
      const cursor = raw().find().batchSize(10);
      await cursor.next();
      const id = cursor.id;
      await cursor.close();
      await expect(connection.db?.command({ getMore: id, collection: 'books' })).rejects.toMatchObject({ code: 43 });
    });

    it('splits a result that is larger than a message', async () => {
      const title = 'x'.repeat(9_000_000);
      for (const _id of [11, 12, 13]) await raw().insertOne({ _id, title });
      expect(
        await raw()
          .find({ _id: { $gt: 10 } })
          .toArray(),
      ).toHaveLength(3);
    });
  });

  it('finds one of 10,000 documents by _id and by a unique field without looking through all of them', async () => {
    await raw().createIndex({ isbn: 1 }, { unique: true });
    await raw().insertMany(
      Array.from({ length: 10_000 }, (_, i) => ({ _id: i, isbn: `isbn-${i}`, title: `title ${i}` })),
    );
    const timed = async (filter: (i: number) => object) => {
      const started = performance.now();
      for (let i = 9_900; i < 10_000; i++) expect((await raw().findOne(filter(i)))?.isbn).toBe(`isbn-${i}`);
      return performance.now() - started;
    };
    // Turn and turn about with a scan, which is some twenty times slower: whatever else the machine does, they both bear it.
    const scan = await timed((i) => ({ title: `title ${i}` }));
    expect(await timed((i) => ({ _id: i }))).toBeLessThan(scan / 3);
    expect(await timed((i) => ({ isbn: `isbn-${i}` }))).toBeLessThan(scan / 3);
  }, 60_000);

  describe('trouble', () => {
    const startAnother = async (started?: StandInOptions) => {
      const another = await MongoStandIn.start(started);
      toClose.push(() => another.stop());
      return another;
    };
    const connectTo = async (url: string, limits: ConnectOptions = {}) => {
      const client = mongoose.createConnection(`${url}library`, { ...options, ...limits });
      toClose.push(() => client.close());
      return client.asPromise();
    };

    it('gives no answer while it hangs: selection and sockets run into their time limits', async () => {
      const hanging = await startAnother();
      const client = await connectTo(hanging.url, { socketTimeoutMS: 200 });
      hanging.hang();
      await expect(client.db?.command({ ping: 1 })).rejects.toMatchObject({ name: 'MongoNetworkTimeoutError' });
      expect(hanging.commandsSeen()).toContain('ping');
      const stranger = connectTo(hanging.url, { serverSelectionTimeoutMS: 200 });
      await expect(stranger).rejects.toMatchObject({ name: 'MongooseServerSelectionError' });
      hanging.resume();
      await expect(client.db?.command({ ping: 1 })).resolves.toMatchObject({ ok: 1 });
    });

    it('answers after a hang what came during it', async () => {
      const hanging = await startAnother();
      const client = await connectTo(hanging.url);
      hanging.hang();
      const insert = client.collection('books').insertOne({ title: 'Emma' });
      while (!hanging.commandsSeen().includes('insert')) await setImmediate();
      hanging.resume();
      await expect(insert).resolves.toMatchObject({ acknowledged: true });
    });

    it('cuts its clients when stopped; they come back to another on the same port, with its data if wanted', async () => {
      const first = await startAnother();
      const client = await connectTo(first.url, { serverSelectionTimeoutMS: 1_000 });
      await client.collection('books').insertOne({ title: 'Emma' });
      await first.stop();
      await first.stop();
      await expect(client.collection('books').countDocuments()).rejects.toThrow();
      const second = await startAnother({ port: first.port, dataOf: first });
      expect(await client.collection('books').countDocuments()).toBe(1);
      await second.stop();
      await startAnother({ port: first.port });
      expect(await client.collection('books').countDocuments()).toBe(0);
    });

    it('refuses a port that is taken', async () => {
      await expect(MongoStandIn.start({ port: mongo.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    });

    const header = (size: number, opCode: number) => {
      const bytes = Buffer.alloc(16);
      bytes.writeInt32LE(size, 0);
      bytes.writeInt32LE(opCode, 12);
      return bytes;
    };
    const opMsg = (flags: number, ...sections: Uint8Array[]) => {
      const head = Buffer.alloc(4);
      head.writeUInt32LE(flags);
      const rest = Buffer.concat([head, ...sections]);
      return Buffer.concat([header(16 + rest.length, 2013), rest]);
    };
    const ping = Buffer.concat([Buffer.of(0), serialize({ ping: 1, $db: 'admin' })]);

    it.each([
      ['a message over 48 MB', header(48_000_001, 2013)],
      ['a negative size', header(-1, 2013)],
      ['an unknown opcode', header(16, 2012)],
      ['no section', opMsg(0)],
      ['an unknown required flag', opMsg(4, ping)],
      ['broken BSON', opMsg(0, Buffer.from([0, 7, 0, 0, 0, 99, 99, 0]))],
      ['a section past the end', opMsg(0, Buffer.from([0, 99, 0, 0, 0, 0]))],
      ['two bodies', opMsg(0, ping, ping)],
      ['noise', Buffer.from('GET / HTTP/1.1\r\nHost: library\r\n\r\n')],
    ])('closes the connection that sends %s, and serves the others', async (_what, bytes) => {
      const socket = connectSocket(mongo.port, '127.0.0.1');
      socket.write(bytes);
      await once(socket, 'close');
      await expect(connection.db?.command({ ping: 1 })).resolves.toMatchObject({ ok: 1 });
    });

    it('does not answer a message that announces more (moreToCome)', async () => {
      const socket = connectSocket(mongo.port, '127.0.0.1');
      const wanted = opMsg(0, ping);
      wanted.writeInt32LE(7, 4);
      socket.write(Buffer.concat([opMsg(2, ping), wanted]));
      const [reply] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      expect(reply.readInt32LE(8)).toBe(7);
    });

    it('reads document sequences and messages with a checksum, in whatever pieces they come', async () => {
      const insert = Buffer.concat([Buffer.of(0), serialize({ insert: 'books', $db: 'library' })]);
      const name = Buffer.from('documents\0');
      const documents = Buffer.concat([serialize({ _id: 1 }), serialize({ _id: 2 })]);
      const size = Buffer.alloc(4);
      size.writeInt32LE(4 + name.length + documents.length);
      const message = opMsg(1, insert, Buffer.of(1), size, name, documents, Buffer.alloc(4));
      const socket = connectSocket(mongo.port, '127.0.0.1');
      socket.setNoDelay(true);
      for (const byte of message) socket.write(Buffer.of(byte));
      await once(socket, 'data');
      socket.destroy();
      expect((await raw().find().toArray()).map(({ _id }) => _id)).toEqual([1, 2]);
    });
  });
});
