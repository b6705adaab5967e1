import { newId } from '@holdfast/kernel';
import { type CatalogApp, catalogApp } from '../../testing/catalog-app.js';
import { BookCache } from './book-cache.js';
import { GetBookHandler } from './get-book.js';

describe('A book that is read', () => {
  let catalogue: CatalogApp;
  beforeAll(async () => {
    catalogue = await catalogApp();
  });
  afterAll(() => catalogue.close());

  const read = async (id: string) => (await catalogue.call('GET', `/books/${id}`)).body;
  const queries = async (work: () => Promise<unknown>): Promise<number> => {
    const spies = [jest.spyOn(catalogue.database, 'query'), jest.spyOn(catalogue.database, 'prepared')];
    await work();
    const calls = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    for (const spy of spies) spy.mockRestore();
    return calls;
  };

  it('comes from the cache the second time, and once for many who ask together', async () => {
    const { id } = await catalogue.book();
    expect(await queries(() => Promise.all(Array.from({ length: 500 }, () => read(id))))).toBe(1);
    expect(await queries(() => read(id))).toBe(0);
  });

  it('is answered before any handler when the cache has it, in the same way, and only where anybody may read', async () => {
    const closed = await catalogApp({ CATALOGUE_PUBLIC: 'false' });
    try {
      for (const [app, as] of [
        [catalogue, undefined],
        [closed, 'customer'],
      ] as const) {
        const { id } = await app.book({ title: 'Known' });
        const handler = jest.spyOn(app.app.get(GetBookHandler), 'execute');
        const first = await app.call('GET', `/books/${id}`, { as });
        const again = await app.call('GET', `/books/${id.toUpperCase()}`, { as });
        expect(again).toMatchObject({ status: 200, body: first.body, headers: { etag: first.headers.etag } });
        const headers = { 'if-none-match': String(first.headers.etag) };
        expect(await app.call('GET', `/books/${id}/`, { as, headers })).toMatchObject({ status: 304, body: null });
        expect(handler).toHaveBeenCalledTimes(app === closed ? 3 : 1);
        expect((await app.call('GET', `/books/${id}`)).status).toBe(app === closed ? 401 : 200);
        handler.mockRestore();
      }
    } finally {
      await closed.close();
    }
  });

  it('is right straight after every change', async () => {
    const { id } = await catalogue.book({ authors: ['Ann'], units: 1 });
    const library = await catalogue.database.one<{ id: string }>('SELECT id FROM inventory.libraries WHERE is_default');
    const as = 'editor';
    const changes: [string, string, unknown, object][] = [
      ['PATCH', '', { price: 7 }, { price: 7 }],
      ['PUT', '', { title: 'Other', price: 8, authors: ['Ann'], units: 1 }, { title: 'Other', price: 8 }],
      ['PUT', '/metadata', { a: 1 }, { metadata: { a: 1 } }],
      ['PATCH', '/metadata', { b: 2 }, { metadata: { a: 1, b: 2 } }],
      ['PUT', `/holdings/${library.id}`, { units: 5 }, { units: 5 }],
      ['DELETE', `/holdings/${library.id}`, undefined, { units: 0 }],
    ];
    for (const [method, path, body, shown] of changes) {
      await read(id);
      expect((await catalogue.call(method, `/books/${id}${path}`, { as, body })).status).toBeLessThan(300);
      expect(await read(id)).toMatchObject(shown);
    }
  });

  it('is read anew once somebody else has said that it changed', async () => {
    const { id } = await catalogue.book({ units: 2 });
    await read(id);
    await catalogue.database.query('UPDATE inventory.holdings SET reserved = 1 WHERE book_id = $1', [id]);
    await catalogue.app.get(BookCache).forget(id, newId());
    expect(await read(id)).toMatchObject({ reservedUnits: 1, availableUnits: 1, version: 1 });
  });

  it('keeps what was read before a change out of the cache', async () => {
    const { id } = await catalogue.book({ price: 1 });
    for (let price = 2; price < 20; price++) {
      const [, answer] = await Promise.all([
        read(id),
        catalogue.call('PATCH', `/books/${id}`, { as: 'editor', body: { price } }),
        read(id),
      ]);
      expect(answer.status).toBe(200);
      expect((await read(id)).price).toBe(price);
    }
  });
});
