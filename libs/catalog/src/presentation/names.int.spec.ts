import { type Answer, type CatalogApp, catalogApp } from '../../testing/catalog-app.js';

const INVISIBLE = [
  '',
  ' ',
  '\u00A0\u3000',
  '\u200B',
  '\uFEFF',
  '\u00AD',
  '\u200E\u202E',
  '\u0301',
  '\u3164',
  '\u2800',
  '\u{E0041}',
];

/** The rule itself is `tidyName`; here it is seen that whatever has a name goes by it. */
describe('Names', () => {
  let catalogue: CatalogApp;
  let book: Answer['body'];
  let library: Answer['body'];

  const send = (method: string, path: string, body: unknown): Promise<Answer> =>
    catalogue.call(method, path, { as: 'admin', body });
  const namesOf = async (path: string): Promise<string[]> => {
    const { body } = await catalogue.call('GET', `${path}?limit=100`);
    return body.items.map(({ title, name }: { title?: string; name?: string }) => title ?? name);
  };

  beforeAll(async () => {
    catalogue = await catalogApp();
    book = await catalogue.book({ title: 'Visible', authors: ['Ann'], genre: 'Novel', units: 1 });
    library = (await send('POST', '/libraries', { name: 'Harbour' })).body;
  });
  afterAll(() => catalogue.close());

  const places: [string, string, () => string, (name: string) => object, string][] = [
    ['a new book', 'POST', () => '/books', (title) => ({ title, price: 1 }), '/title'],
    ['a replaced book', 'PUT', () => `/books/${book.id}`, (title) => ({ title, price: 1 }), '/title'],
    ['a changed book', 'PATCH', () => `/books/${book.id}`, (title) => ({ title }), '/title'],
    ['an author of a book', 'PATCH', () => `/books/${book.id}`, (name) => ({ authors: ['Ann', name] }), '/authors'],
    ['the genre of a book', 'PATCH', () => `/books/${book.id}`, (genre) => ({ genre }), '/genre'],
    [
      'a library in holdings',
      'PATCH',
      () => `/books/${book.id}`,
      (name) => ({ holdings: [{ library: name, units: 1 }] }),
      '/holdings/0/library',
    ],
    ['a new author', 'POST', () => '/authors', (name) => ({ name }), '/name'],
    ['a changed author', 'PATCH', () => `/authors/${book.authors[0].id}`, (name) => ({ name }), '/name'],
    ['a new genre', 'POST', () => '/genres', (name) => ({ name }), '/name'],
    ['a changed genre', 'PATCH', () => `/genres/${book.genre.id}`, (name) => ({ name }), '/name'],
    ['a new library', 'POST', () => '/libraries', (name) => ({ name }), '/name'],
    ['a changed library', 'PATCH', () => `/libraries/${library.id}`, (name) => ({ name }), '/name'],
  ];

  it.each(places)(
    'of %s that nobody can see are refused, and change nothing',
    async (_, method, path, bodyOf, pointer) => {
      const before = await Promise.all(['/books', '/authors', '/genres', '/libraries'].map(namesOf));
      for (const name of INVISIBLE) {
        const { status, body } = await send(method, path(), bodyOf(name));
        expect([name, status, body.errors?.[0]?.pointer]).toEqual([name, 400, pointer]);
        expect(body.detail).toContain('something to see');
      }
      expect(await Promise.all(['/books', '/authors', '/genres', '/libraries'].map(namesOf))).toEqual(before);
    },
  );

  it('lose what cannot be seen at their ends, so that none is there twice', async () => {
    const made = await send('POST', '/books', {
      title: '\uFEFF The  Sea\u200B',
      price: 1,
      authors: ['\u200Bann', 'Bob\u2800'],
      genre: 'NOVEL\u00AD',
      holdings: [{ library: '\u2060 harbour ', units: 2 }],
    });
    expect(made).toMatchObject({ status: 201, body: { title: 'The Sea', genre: book.genre, units: 2 } });
    expect(made.body.authors).toMatchObject([book.authors[0], { name: 'Bob' }]);
    expect((await send('POST', '/libraries', { name: '\u200BHARBOUR' })).body.type).toBe(
      '/problems/library-name-taken',
    );
    expect((await send('POST', '/authors', { name: 'Ann\uFEFF' })).body.type).toBe('/problems/author-name-taken');
    expect((await catalogue.call('GET', '/books?library=%E2%80%8Bharbour&author=%20bob')).body.total).toBe(1);
  });
});
