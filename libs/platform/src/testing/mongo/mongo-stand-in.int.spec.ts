import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { serialize, type Document } from 'bson';
import mongoose, { type Connection, type ConnectOptions } from 'mongoose';
import { MongoStandIn, type StandInOptions } from './index.js';

type Book = Document & { _id: string };
const options = { bufferCommands: false, serverSelectionTimeoutMS: 2_000, autoIndex: false, autoCreate: false };

describe('the MongoDB stand-in', () => {
  let mongo: MongoStandIn;
  let connection: Connection;
  let toClose: (() => Promise<unknown>)[] = [];

  const books = () => connection.collection<Book>('books');
  const ping = () => connection.db?.command({ ping: 1 }) ?? Promise.reject(new Error('not connected'));
  const shelve = async (...documents: Book[]): Promise<void> => {
    for (const { _id, ...fields } of documents) await books().updateOne({ _id }, { $set: fields }, { upsert: true });
  };
  const idsBy = async (filter: object): Promise<string[]> =>
    (await books().find(filter).toArray()).map(({ _id }) => _id);

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

  describe('commands', () => {
    it('keep and list indexes, and refuse another one in the place of one', async () => {
      await books().createIndex({ 'data.$**': 1 });
      await books().createIndex({ gone: 1 }, { sparse: true, expireAfterSeconds: 60 });
      await books().createIndex({ gone: 1 }, { sparse: true, expireAfterSeconds: 60 });
      expect(await books().indexes()).toMatchObject([
        { name: '_id_', key: { _id: 1 } },
        { name: 'data.$**_1', key: { 'data.$**': 1 } },
        { name: 'gone_1', key: { gone: 1 }, sparse: true, expireAfterSeconds: 60 },
      ]);
      await expect(books().createIndex({ gone: 1 }, { name: 'gone_1' })).rejects.toMatchObject({ code: 86 });
      await expect(books().createIndex({ gone: 1 }, { name: 'other' })).rejects.toMatchObject({ code: 85 });
      await expect(connection.collection('nothing').indexes()).rejects.toMatchObject({ code: 26 });
    });

    it.each<[string, Document]>([
      ['an unknown command', { mapReduce: 'books' }],
      ['a transaction', { find: 'books', txnNumber: 1 }],
      ['a sort', { find: 'books', sort: { a: 1 } }],
      ['a hint', { find: 'books', hint: '_id_' }],
      ['a read concern', { find: 'books', readConcern: { level: 'snapshot' } }],
      ['a write concern for several servers', { update: 'books', updates: [], writeConcern: { w: 2 } }],
      ['a text index', { createIndexes: 'books', indexes: [{ name: 't', key: { title: 'text' } }] }],
      ['a unique index', { createIndexes: 'books', indexes: [{ name: 'u', key: { a: 1 }, unique: true }] }],
      ['a projection of a path', { find: 'books', projection: { 'a.b': 1 } }],
      ['an exclusion', { find: 'books', projection: { a: 0 } }],
      ['a filter by an unknown operator', { find: 'books', filter: { a: { $regex: 'x' } } }],
      ['a filter by two operators', { find: 'books', filter: { a: { $lt: 1, $exists: true } } }],
      ['a filter by $or', { find: 'books', filter: { $or: [] } }],
      ['a filter by null, which also means missing', { find: 'books', filter: { a: null } }],
      ['a filter by a document', { find: 'books', filter: { a: { b: 1 } } }],
      ['a filter by an array', { find: 'books', filter: { a: [1] } }],
      ['$lt with a text', { find: 'books', filter: { a: { $lt: 'x' } } }],
    ])('refuse %s', async (_what, command) => {
      await shelve({ _id: '1', a: 1 });
      await expect(connection.db?.command(command)).rejects.toMatchObject({ name: 'MongoServerError' });
    });
  });

  describe('finding', () => {
    it.each<[string, object, string[]]>([
      ['everything', {}, ['1', '2', '3']],
      ['the _id', { _id: '2' }, ['2']],
      ['several _ids', { _id: { $in: ['3', '1', '9'] } }, ['3', '1']],
      ['a value under a path', { 'data.a': 'x' }, ['1', '2']],
      ['any of several values', { 'data.a': { $in: ['y', 7] } }, ['2', '3']],
      ['all of several paths', { 'data.a': 'x', 'data.b': true }, ['1']],
      ['a smaller number; not a missing one, nor a text', { version: { $lt: 5 } }, ['1']],
      ['a missing field', { version: { $exists: false } }, ['3']],
      ['a field whatever it is', { version: { $exists: true } }, ['1', '2']],
    ])('goes by %s', async (_what, filter, found) => {
      await shelve(
        { _id: '1', version: 1, data: { a: 'x', b: true } },
        { _id: '2', version: '1', data: { a: ['x', 'y', ['z']] } },
        { _id: '3', data: { a: 7, toString: 'x' } },
      );
      expect(await idsBy(filter)).toEqual(found);
      expect(await idsBy({ 'data.a': 'z' })).toEqual([]);
      expect(await idsBy({ 'data.constructor': 'x' })).toEqual([]);
    });

    it('does not guess what a path through an array means', async () => {
      await shelve({ _id: '1', data: [{ a: 1 }] });
      await expect(idsBy({ 'data.a': 1 })).rejects.toThrow('not supported by the MongoDB stand-in');
    });

    it('gives the fields that were asked for, a limited number, and long results in batches', async () => {
      const many = Array.from({ length: 1_200 }, (_, i) => ({ _id: `x${i}`, n: i }));
      await books().bulkWrite(
        many.map(({ _id, n }) => ({ updateOne: { filter: { _id }, update: { $set: { n } }, upsert: true } })),
      );
      expect(
        await books()
          .find({ _id: 'x7' }, { projection: { n: 1 } })
          .toArray(),
      ).toEqual([{ _id: 'x7', n: 7 }]);
      expect(
        await books()
          .find({ _id: 'x7' }, { projection: { _id: 1 } })
          .toArray(),
      ).toEqual([{ _id: 'x7' }]);
      expect(await books().find().limit(3).toArray()).toHaveLength(3);
      const seen = mongo.seen('getMore').length;
      expect(await books().find().batchSize(100).toArray()).toEqual(many);
      expect(mongo.seen('getMore').length - seen).toBe(11);
      const cursor = books().find().batchSize(10);
      await cursor.next();
      const { id } = cursor;
      await cursor.close();
      await expect(connection.db?.command({ getMore: id, collection: 'books' })).rejects.toMatchObject({ code: 43 });
    });

    it('splits a result that is larger than a message', async () => {
      const title = 'x'.repeat(9_000_000);
      await shelve(...['1', '2', '3'].map((_id) => ({ _id, title })));
      expect(await books().find().toArray()).toHaveLength(3);
    });
  });

  describe('updating', () => {
    it('sets and removes fields, makes what is not there, and counts', async () => {
      const upsert = { upsert: true };
      const made = await books().updateOne({ _id: '1', n: { $lt: 2 } }, { $set: { n: 1, a: 1 } }, upsert);
      expect(made).toMatchObject({ upsertedCount: 1, upsertedId: '1', matchedCount: 0, modifiedCount: 0 });
      const changed = await books().updateOne({ _id: '1', n: { $lt: 2 } }, { $set: { n: 2 }, $unset: { a: 1 } });
      expect(changed).toMatchObject({ upsertedCount: 0, matchedCount: 1, modifiedCount: 1 });
      expect(await books().find().toArray()).toEqual([{ _id: '1', n: 2 }]);
      expect(await books().updateOne({ _id: '2' }, { $set: { n: 1 } })).toMatchObject({ matchedCount: 0 });
      await expect(books().updateOne({ _id: '1', n: { $lt: 2 } }, { $set: { n: 1 } }, upsert)).rejects.toMatchObject({
        code: 11000,
      });
    });

    it('refuses single documents of a batch with their places, and writes the others', async () => {
      await connection.createCollection('books', { validator: { bad: { $exists: false } } });
      await expect(connection.db?.createCollection('books')).rejects.toMatchObject({ code: 48 });
      const updates = [{ n: 1 }, { bad: 1 }, { n: 2 }].map(($set, i) => ({
        updateOne: { filter: { _id: `${i}` }, update: { $set }, upsert: true },
      }));
      const refused = await books()
        .bulkWrite(updates, { ordered: false })
        .catch((error: unknown) => error);
      expect(refused).toMatchObject({ writeErrors: [{ index: 1, code: 121 }] });
      expect(await idsBy({})).toEqual(['0', '2']);
    });

    it.each<[string, Document]>([
      ['another operator', { $inc: { n: 1 } }],
      ['a path', { $set: { 'a.b': 1 } }],
      ['another _id', { $set: { _id: '9' } }],
      ['a field that reads as an operator', { $set: { a: [{ b: { $where: '1' } }] } }],
    ])('refuses %s, and changes nothing', async (_what, change) => {
      await shelve({ _id: '1', n: 1 });
      await expect(books().updateOne({ _id: '1' }, change)).rejects.toThrow('not supported by the MongoDB stand-in');
      expect(await books().find().toArray()).toEqual([{ _id: '1', n: 1 }]);
    });

    it('refuses a document that has grown over 16 MB', async () => {
      await shelve({ _id: '1', a: 'x'.repeat(9_000_000) });
      await expect(books().updateOne({ _id: '1' }, { $set: { b: 'x'.repeat(9_000_000) } })).rejects.toMatchObject({
        code: 10334,
      });
    });
  });

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
      expect(hanging.seen('ping')).toHaveLength(1);
      const stranger = connectTo(hanging.url, { serverSelectionTimeoutMS: 200 });
      await expect(stranger).rejects.toMatchObject({ name: 'MongooseServerSelectionError' });
      hanging.resume();
      await expect(client.db?.command({ ping: 1 })).resolves.toMatchObject({ ok: 1 });
    });

    it('answers after a hang what came during it', async () => {
      const hanging = await startAnother();
      const client = await connectTo(hanging.url);
      hanging.hang();
      const found = client.collection('books').find().toArray();
      while (hanging.seen('find').length === 0) await setImmediate();
      hanging.resume();
      await expect(found).resolves.toEqual([]);
    });

    it('cuts its clients when stopped; they come back to another on the same port, with its data if wanted', async () => {
      const first = await startAnother();
      const client = await connectTo(first.url, { serverSelectionTimeoutMS: 1_000 });
      const shelf = client.collection<Book>('books');
      await shelf.updateOne({ _id: '1' }, { $set: { n: 1 } }, { upsert: true });
      await first.stop();
      await first.stop();
      await expect(shelf.find().toArray()).rejects.toThrow();
      const second = await startAnother({ port: first.port, dataOf: first });
      expect(await shelf.find().toArray()).toHaveLength(1);
      await second.stop();
      await startAnother({ port: first.port });
      expect(await shelf.find().toArray()).toEqual([]);
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
    const pingBytes = Buffer.concat([Buffer.of(0), serialize({ ping: 1, $db: 'admin' })]);

    it.each([
      ['a message over 48 MB', header(48_000_001, 2013)],
      ['a negative size', header(-1, 2013)],
      ['an unknown opcode', header(16, 2012)],
      ['no section', opMsg(0)],
      ['an unknown required flag', opMsg(4, pingBytes)],
      ['broken BSON', opMsg(0, Buffer.from([0, 7, 0, 0, 0, 99, 99, 0]))],
      ['a section past the end', opMsg(0, Buffer.from([0, 99, 0, 0, 0, 0]))],
      ['two bodies', opMsg(0, pingBytes, pingBytes)],
      ['noise', Buffer.from('GET / HTTP/1.1\r\nHost: library\r\n\r\n')],
    ])('closes the connection that sends %s, and serves the others', async (_what, bytes) => {
      const socket = connectSocket(mongo.port, '127.0.0.1');
      socket.write(bytes);
      await once(socket, 'close');
      await expect(ping()).resolves.toMatchObject({ ok: 1 });
    });

    it('does not answer a message that announces more (moreToCome)', async () => {
      const socket = connectSocket(mongo.port, '127.0.0.1');
      const wanted = opMsg(0, pingBytes);
      wanted.writeInt32LE(7, 4);
      socket.write(Buffer.concat([opMsg(2, pingBytes), wanted]));
      const [reply] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      expect(reply.readInt32LE(8)).toBe(7);
    });

    it('reads document sequences and messages with a checksum, in whatever pieces they come', async () => {
      const update = Buffer.concat([Buffer.of(0), serialize({ update: 'books', $db: 'library' })]);
      const name = Buffer.from('updates\0');
      const updates = [1, 2].map((n) => serialize({ q: { _id: `${n}` }, u: { $set: { n } }, upsert: true }));
      const size = Buffer.alloc(4);
      const documents = Buffer.concat(updates);
      size.writeInt32LE(4 + name.length + documents.length);
      const message = opMsg(1, update, Buffer.of(1), size, name, documents, Buffer.alloc(4));
      const socket = connectSocket(mongo.port, '127.0.0.1');
      socket.setNoDelay(true);
      for (const byte of message) socket.write(Buffer.of(byte));
      await once(socket, 'data');
      socket.destroy();
      expect(await idsBy({})).toEqual(['1', '2']);
    });
  });
});
