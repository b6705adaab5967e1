import { type Answer, type CatalogApp, catalogApp } from '../../testing/catalog-app.js';

/** What a query string may hold is read in one way by every list; `Bad input` looks at all routes of the program. */
describe('The query of a list', () => {
  let catalogue: CatalogApp;
  let lists: string[];

  beforeAll(async () => {
    catalogue = await catalogApp();
    for (const name of ['Ann', 'Bob', 'Cy']) {
      await catalogue.book({ title: `By ${name}`, authors: [name, 'Everybody'], genre: 'Novel', price: 5 });
      await catalogue.call('POST', '/genres', { as: 'editor', body: { name } });
      await catalogue.call('POST', '/libraries', { as: 'admin', body: { name } });
    }
    const { body } = await catalogue.call('GET', '/books?author=everybody&limit=1');
    const [{ authors, genre }] = body.items;
    const everybody = authors.find(({ name }: { name: string }) => name === 'Everybody');
    lists = [
      '/books',
      '/authors',
      '/genres',
      '/libraries',
      `/authors/${everybody.id}/books`,
      `/genres/${genre.id}/books`,
    ];
  });
  afterAll(() => catalogue.close());

  const get = (list: string, query: string): Promise<Answer> => catalogue.call('GET', `${list}?${query}`);

  it.each([
    ['limit=', '/limit'],
    ['limit=0', '/limit'],
    ['limit=-1', '/limit'],
    ['limit=101', '/limit'],
    ['limit=1e1', '/limit'],
    ['limit=0x10', '/limit'],
    ['limit=%2010', '/limit'],
    ['limit=+5', '/limit'],
    ['limit=5.0', '/limit'],
    ['limit=%EF%BC%95', '/limit'],
    ['limit=99999999999999999999', '/limit'],
    ['limit=1&limit=2', '/limit'],
    ['offset=', '/offset'],
    ['offset=-1', '/offset'],
    ['offset=1e2', '/offset'],
    ['offset=1000001', '/offset'],
    ['offset=1&offset=2', '/offset'],
    ['cursor=', '/cursor'],
    ['cursor=abc', '/cursor'],
    ['cursor=%00', '/cursor'],
    ['cursor=a&cursor=b', '/cursor'],
    ['offset=5&cursor=abc', '/cursor'],
    ['search=%00', '/search'],
    ['search=a%00b', '/search'],
    ['nothing=%00', '/nothing'],
    ['a/b%00=1', '/a~1b\0'],
  ])('is refused by every list when it is %s', async (query, pointer) => {
    for (const list of lists) {
      const { status, body } = await get(list, query);
      expect([list, status, body.errors?.[0]?.pointer]).toEqual([list, 400, pointer]);
    }
  });

  it.each([
    '',
    'nothing=1',
    'Limit=500',
    'limit[]=5',
    'limit[a]=5',
    '__proto__=1',
    'constructor=1',
    'limit=007',
    '&&=&',
    '%FF=%FF',
  ])('may have what no list knows: %j', async (query) => {
    for (const list of lists) {
      const { status, body } = await get(list, query);
      expect([list, status]).toEqual([list, 200]);
      expect(body.items).toEqual((await get(list, '')).body.items);
    }
  });

  it('is taken as it is written where it is no UTF-8, by every list that searches', async () => {
    for (const list of lists.filter((path) => path !== '/libraries')) {
      for (const query of ['search=%FF', 'search=%ED%A0%80', 'search=%', 'search=%zz']) {
        const { status, body } = await get(list, query);
        expect([list, query, status, body.total]).toEqual([list, query, 200, 0]);
      }
    }
  });

  it('leads on with a cursor, which counts instead of an offset, to each item once', async () => {
    for (const list of lists) {
      const whole = (await get(list, '')).body.items;
      const paged: unknown[] = [];
      let cursor = '';
      for (let more = true; more;) {
        const { status, body, headers } = await get(list, `limit=1${cursor && `&offset=999&cursor=${cursor}`}`);
        expect([list, status, body.offset]).toEqual([list, 200, 0]);
        expect(headers.link).toContain('rel="first"');
        paged.push(...body.items);
        cursor = body.nextCursor;
        more = body.nextCursor !== null;
        expect(String(headers.link).includes('rel="next"')).toBe(more);
      }
      expect(paged).toEqual(whole);
    }
  });

  it('may have a cursor of no other list, and of no other order', async () => {
    const cursors = new Map<string, string>();
    for (const query of [
      '/books?sort=title&',
      '/books?sort=-title&',
      '/books?sort=price&',
      '/books?search=by&',
      '/authors?',
      '/genres?',
      '/libraries?',
    ])
      cursors.set(query, (await catalogue.call('GET', `${query}limit=1`)).body.nextCursor);
    for (const [from, cursor] of cursors) {
      expect([from, typeof cursor]).toEqual([from, 'string']);
      for (const to of cursors.keys()) {
        const { status } = await catalogue.call('GET', `${to}cursor=${cursor}`);
        expect([from, to, status]).toEqual([from, to, from === to ? 200 : 400]);
      }
    }
  });

  it.each(['', '1e1', '0x10', '.5', '5.', '%201', '+1', '1,5', '19.999', '-1', '10000000', '1&minPrice=1'])(
    'has prices in plain decimal digits: %j is none',
    async (price) => {
      expect((await get('/books', `minPrice=${price}`)).body.errors?.[0]?.pointer).toBe('/minPrice');
    },
  );

  it('compares prices to the cent', async () => {
    const { id } = await catalogue.book({ title: 'Exact', price: 4.35 });
    const found = async (query: string) =>
      (await get('/books', query)).body.items.some((item: { id: string }) => item.id === id);
    expect(await found('minPrice=4.35&maxPrice=4.350')).toBe(true);
    expect(await found('minPrice=4.36')).toBe(false);
    expect(await found('maxPrice=4.34')).toBe(false);
    expect(await found('minPrice=9999999.99')).toBe(false);
  });
});
