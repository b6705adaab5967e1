import { newId } from '@holdfast/kernel';
import { UnitOfWork } from '@holdfast/platform';
import { eventually } from '@holdfast/platform/testing';
import { BookMetadata } from '../../libs/catalog/src/application/book-metadata.js';
import { MetadataSweep } from '../../libs/catalog/src/application/metadata-sweep.js';
import { type CatalogApp, catalogApp, SOMEBODY } from '../../libs/catalog/testing/catalog-app.js';
import { MongoStandIn } from '../../libs/platform/src/testing/mongo/index.js';

describe('An export of metadata that is in MongoDB', () => {
  let catalogue: CatalogApp;
  let standIn: MongoStandIn;
  beforeAll(async () => {
    standIn = await MongoStandIn.start();
    catalogue = await catalogApp({ MONGODB_URL: `${standIn.url}holdfast` });
    await eventually(() => catalogue.app.get(BookMetadata).read(newId()));
    await catalogue.app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await catalogue.close();
    await standIn.stop();
  });

  const download = async () =>
    fetch(`${await catalogue.app.getUrl()}/api/books/export.csv`, {
      headers: { authorization: `Bearer editor.${SOMEBODY}` },
    });

  it('has it, is cut off where MongoDB goes away, and is not begun without it', async () => {
    for (let count = 1; count <= 250; count++) await catalogue.book({ metadata: { shelf: `S${count}` } });
    const whole = (await (await download()).text()).split('\r\n');
    expect(whole[0]).toMatch(/,holdings,metadata.shelf,metadata$/);
    expect(whole[250]).toMatch(/,S250,$/);

    const metadata = catalogue.app.get(BookMetadata);
    const readMany = metadata.readMany.bind(metadata);
    let batches = 0;
    const spy = jest.spyOn(metadata, 'readMany').mockImplementation(async (...how) => {
      // The second of the books, after two for the columns.
      if (++batches === 4) await standIn.stop();
      return readMany(...how);
    });
    const cut = await download();
    expect(cut.status).toBe(200);
    await expect(cut.text()).rejects.toThrow('terminated');
    spy.mockRestore();
    const refused = await download();
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ type: '/problems/metadata-unavailable' });
  });
});

describe('A book whose metadata is in MongoDB', () => {
  let catalogue: CatalogApp;
  let standIn: MongoStandIn;
  beforeAll(async () => {
    standIn = await MongoStandIn.start();
    catalogue = await catalogApp({ MONGODB_URL: `${standIn.url}holdfast` });
    await eventually(() => catalogue.app.get(BookMetadata).read(newId()));
  });
  afterAll(async () => {
    standIn.resume();
    await catalogue.close();
    await standIn.stop();
  });

  it('is shown without it by many at once after one wait, and with it as soon as MongoDB answers', async () => {
    const books: { id: string }[] = [];
    for (let count = 0; count < 20; count++) books.push(await catalogue.book({ metadata: { count } }));
    const readAll = () =>
      Promise.all(
        Array.from({ length: 200 }, (_, i) => catalogue.call('GET', `/books/${books[i % books.length]?.id}`)),
      );
    standIn.hang();
    const seen = standIn.seen('find').length;
    const began = performance.now();
    const first = await readAll();
    expect(performance.now() - began).toBeLessThan(5000);
    const asked = standIn.seen('find').length;
    expect(asked - seen).toBeLessThanOrEqual(20);
    for (const { status, body } of [...first, ...(await readAll())]) {
      expect([status, body.metadata, body.metadataUnavailable]).toEqual([200, null, true]);
    }
    const refused = await Promise.all(
      books.slice(0, 3).map(({ id }) => catalogue.call('GET', `/books/${id}/metadata`)),
    );
    for (const { status, headers } of refused) expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect((await catalogue.call('GET', '/books?metadata.count=1')).headers['retry-after']).toBe('1');
    expect(standIn.seen('find')).toHaveLength(asked);
    standIn.resume();
    // One after the other: a busy machine may need longer for many at once than a reader waits.
    await eventually(async () => {
      for (const [count, { id }] of books.entries()) {
        const { body } = await catalogue.call('GET', `/books/${id}`);
        expect([body.metadata, 'metadataUnavailable' in body]).toEqual([{ count }, false]);
      }
    }, 30_000);
    for (const { id } of books) await catalogue.call('DELETE', `/books/${id}`, { as: 'editor' });
  }, 60_000);

  it('is imported in thousands while MongoDB does not answer, and found when it does', async () => {
    standIn.hang();
    const metadata = catalogue.app.get(BookMetadata);
    const books = Array.from({ length: 5000 }, (_, i) => ({ bookId: newId(), version: 1, data: { imported: i } }));
    const unitOfWork = catalogue.app.get(UnitOfWork);
    const stage = (from: number) => unitOfWork.run(() => metadata.stage(...books.slice(from, from + 1000)));
    await stage(0);
    const seen = standIn.seen('update').length;
    for (let from = 1000; from < books.length; from += 1000) await stage(from);
    expect(standIn.seen('update')).toHaveLength(seen);
    expect(await metadata.readMany(books.map(({ bookId }) => bookId))).toHaveProperty('size', 5000);
    standIn.resume();
    await eventually(async () => expect(await metadata.applyPending()).toBe(0));
    const condition = await metadata.condition(new Map([['imported', '4999']]));
    expect(condition((ids) => JSON.stringify(ids))).toContain(JSON.stringify([books[4999]?.bookId]));
    const gone = books.map(({ bookId }) => ({ bookId, version: 2, data: null }));
    await unitOfWork.run(() => metadata.stage(...gone));
    await eventually(async () => expect(await metadata.applyPending()).toBe(0));
  });

  it('is shown without it while MongoDB does not answer, is not kept so, and can be changed', async () => {
    const { id } = await catalogue.book({ metadata: { a: 1 } });
    standIn.hang();
    const without = await Promise.all([1, 2, 3].map(() => catalogue.call('GET', `/books/${id}`)));
    for (const { status, body } of without) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ title: 'Untitled', metadata: null, metadataUnavailable: true });
    }
    expect((await catalogue.call('GET', `/books/${id}/metadata`)).body.type).toBe('/problems/metadata-unavailable');
    expect((await catalogue.call('GET', '/books?metadata.a=1')).status).toBe(503);
    expect((await catalogue.call('GET', '/books')).body.items).toHaveLength(1);
    const merge = await catalogue.call('PATCH', `/books/${id}`, {
      as: 'editor',
      body: { price: 4, metadata: { b: 2 } },
    });
    expect(merge.body.type).toBe('/problems/metadata-unavailable');
    expect((await catalogue.call('PATCH', `/books/${id}`, { as: 'editor', body: { price: 3 } })).status).toBe(200);
    const replaced = await catalogue.call('PUT', `/books/${id}/metadata`, { as: 'editor', body: { c: 3 } });
    expect(replaced).toMatchObject({ status: 200, body: { c: 3 } });
    expect((await catalogue.call('GET', `/books/${id}`)).body).toMatchObject({
      version: 3,
      price: 3,
      metadata: { c: 3 },
    });

    standIn.resume();
    const [sweep] = new MetadataSweep(catalogue.app.get(BookMetadata)).jobs();
    await eventually(async () => {
      await sweep?.run({}, new AbortController().signal);
      expect(await catalogue.database.query('SELECT FROM catalog.metadata_intents')).toEqual([]);
    });
    expect((await catalogue.call('GET', '/books?metadata.c=3')).body.items).toMatchObject([{ id }]);
    expect((await catalogue.call('GET', `/books/${id}`)).body.metadata).toEqual({ c: 3 });
  });
});
