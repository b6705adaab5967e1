import { newId } from '@holdfast/kernel';
import { describeWith, eventually, type TestDatabase, testDatabase, testUrl } from '@holdfast/platform/testing';
import mongoose from 'mongoose';
import { JsonbBookMetadata } from '../../libs/catalog/src/infrastructure/jsonb-book-metadata.js';
import { MongoBookMetadata } from '../../libs/catalog/src/infrastructure/mongo-book-metadata.js';
import { MongoStandIn } from '../../libs/platform/src/testing/mongo/index.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

const FILTER = new Map([
  ['shelf', '12'],
  ['publisher', 'P7'],
]);
const mongo = async (url: string): Promise<MongoBookMetadata> => {
  const metadata = new MongoBookMetadata(url, db.database, db.unitOfWork);
  await eventually(() => metadata.read(newId()));
  return metadata;
};

describe('A filter by metadata that is in PostgreSQL', () => {
  beforeAll(async () => {
    await db.database.execute(
      `INSERT INTO catalog.book_metadata (book_id, version, data)
       SELECT gen_random_uuid(), 1, jsonb_build_object('publisher', 'P' || n % 500, 'shelf', n % 5000, 'lang', 'en')
         FROM generate_series(1, 50000) AS n`,
    );
    await db.database.execute('ANALYZE catalog.book_metadata');
  });

  it.each([
    ['one value', new Map([['publisher', 'P7']])],
    ['several values', FILTER],
    ['a value that no book has', new Map([['publisher', 'none']])],
    ['a key that no book has', new Map([['none', 'P7']])],
  ])('comes from its index: %s', async (_what, values) => {
    const parameters: unknown[] = [];
    const condition = await new JsonbBookMetadata(db.database).condition(values);
    const sql = condition((value) => `$${parameters.push(value)}`);
    const plan = await db.database.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT b.id FROM (SELECT book_id AS id FROM catalog.book_metadata) AS b WHERE ${sql}`,
      parameters,
    );

    expect(JSON.stringify(plan)).toContain('Bitmap Index Scan on book_metadata_search');
  });
});

describe('A filter by metadata that is in MongoDB', () => {
  it('asks for no more than the index over all keys has, and makes it, also where another program just did', async () => {
    const standIn = await MongoStandIn.start();
    const url = `${standIn.url}holdfast`;
    const programs = await Promise.all([mongo(url), mongo(url)]);
    const connection = await mongoose.createConnection(url).asPromise();
    await eventually(async () =>
      expect(await connection.collection('book_metadata').indexes()).toMatchObject([
        { key: { _id: 1 } },
        { key: { 'data.$**': 1 } },
        { key: { goneAt: 1 }, sparse: true, expireAfterSeconds: 86_400 },
      ]),
    );
    await programs[0].condition(FILTER);
    // The stand-in has no planner. A wildcard index serves equality and $in of one path, without an order.
    const [asked, ...more] = standIn.seen('find').filter(({ filter }) => !('_id' in filter));
    expect(more).toEqual([]);
    expect(asked?.filter).toEqual({ 'data.shelf': { $in: ['12', 12] }, 'data.publisher': { $in: ['P7'] } });
    expect(asked).not.toHaveProperty('sort');
    expect(asked).toMatchObject({ limit: 10_001, projection: { _id: 1 } });
    expect(asked?.maxTimeMS).toBeLessThan(300);
    for (const each of [...programs, connection]) await each.close();
    await standIn.stop();
  });
});

describeWith('mongodb', 'A filter by metadata that is in a real MongoDB', () => {
  it('comes from the index', async () => {
    const url = new URL(testUrl('mongodb'));
    url.pathname = `/holdfast_test_${newId()}`;
    const metadata = await mongo(url.toString());
    const books = Array.from({ length: 2000 }, (_, i) => ({
      bookId: newId(),
      version: 1,
      data: { shelf: i, publisher: `P${i}` },
    }));
    await db.unitOfWork.run(() => metadata.stage(...books));
    await eventually(async () => expect(await metadata.applyPending()).toBe(0));
    const connection = await mongoose.createConnection(url.toString()).asPromise();
    await eventually(async () => {
      const filter = { 'data.shelf': { $in: ['12', 12] } };
      const plan = await connection.collection('book_metadata').find(filter).limit(5).explain('queryPlanner');
      expect(JSON.stringify(plan)).toContain('"IXSCAN"');
      expect(JSON.stringify(plan)).not.toContain('"COLLSCAN"');
    });
    await connection.dropDatabase();
    await connection.close();
    await metadata.close();
  });
});
