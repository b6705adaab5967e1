import { newId } from '@holdfast/kernel';
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
