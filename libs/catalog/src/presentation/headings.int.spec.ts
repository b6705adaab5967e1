import { newId } from '@holdfast/kernel';
import { eventually } from '@holdfast/platform/testing';
import { type Answer, type CatalogApp, catalogApp } from '../../testing/catalog-app.js';
import { BookRepository } from '../application/book-repository.js';

describe.each([
  { path: '/authors', kind: 'author', on: (name: string) => ({ authors: [name] }), shown: 'authors' },
  { path: '/genres', kind: 'genre', on: (name: string) => ({ genre: name }), shown: 'genre' },
])('The headings at $path', ({ path, kind, on, shown }) => {
  let catalogue: CatalogApp;

  beforeAll(async () => {
    catalogue = await catalogApp();
  });
  afterAll(() => catalogue.close());
  beforeEach(() =>
    catalogue.database.query('TRUNCATE catalog.books, catalog.authors, catalog.genres, platform.outbox CASCADE'),
  );

  const add = (name: string) => catalogue.call('POST', path, { as: 'editor', body: { name } });
  const rename = (id: string, body: object, headers = {}) =>
    catalogue.call('PATCH', `${path}/${id}`, { as: 'editor', body, headers });
  const remove = (id: string, headers = {}) => catalogue.call('DELETE', `${path}/${id}`, { as: 'editor', headers });
  const nameOn = (book: Answer['body']): unknown => (shown === 'genre' ? book.genre?.name : book.authors[0]?.name);

  it('are added, read, and listed by name', async () => {
    const answer = await add('  Émile   Zola ');
    expect(answer).toMatchObject({ status: 201, body: { name: 'Émile Zola', version: 1 } });
    expect(answer.headers.location).toBe(`/api${path}/${answer.body.id}`);
    await add('eco');
    await add('Fo');
    expect((await catalogue.call('GET', `${path}/${answer.body.id}`)).body).toEqual(answer.body);
    const page = (await catalogue.call('GET', `${path}?limit=2`)).body;
    expect(page).toMatchObject({ items: [{ name: 'eco' }, { name: 'Émile Zola' }], total: 3 });
    expect((await catalogue.call('GET', `${path}?limit=2&cursor=${page.nextCursor}`)).body).toMatchObject({
      items: [{ name: 'Fo' }],
      nextCursor: null,
    });
    expect((await catalogue.call('GET', `${path}?search=zola%20e`)).body.items).toHaveLength(1);
    expect((await catalogue.call('GET', `${path}?cursor=x`)).status).toBe(400);
  });

  it('have names of their own; case and accents do not count', async () => {
    await add('Émile Zola');
    expect((await add('emile zola')).body.type).toBe(`/problems/${kind}-name-taken`);
    const { body } = await add('Other');
    expect((await rename(body.id, { name: 'EMILE ZOLA' })).body.type).toBe(`/problems/${kind}-name-taken`);
    expect((await rename(body.id, { name: 'OTHER' })).body).toMatchObject({ name: 'OTHER', version: 2 });
    expect((await rename(body.id, { name: 'OTHER' })).body).toMatchObject({ name: 'OTHER', version: 2 });
    expect((await rename(body.id, { name: '' })).status).toBe(400);
    expect((await rename(body.id, { nom: 'x' })).status).toBe(400);
  });

  it('bring a new name into all their books: shown, found and told', async () => {
    const book = await catalogue.book({ title: 'First', ...on('Old Name') });
    const other = await catalogue.book({ title: 'Second', ...on('old name') });
    await catalogue.call('GET', `/books/${book.id}`);
    const { body: page } = await catalogue.call('GET', path);
    expect((await rename(page.items[0].id, { name: 'Brandnew' })).status).toBe(200);
    const after = (await catalogue.call('GET', `/books/${book.id}`)).body;
    expect([nameOn(after), after.version]).toEqual(['Brandnew', 2]);
    if (kind === 'author') expect((await catalogue.call('GET', '/books?search=brandnew')).body.total).toBe(2);
    for (const { id } of [book, other]) {
      expect(
        (await catalogue.events(`books/${id}`)).map(({ type, data }) => [type, nameOn(data), data.changed]),
      ).toEqual([
        ['book_created', expect.stringMatching(/old name/i), undefined],
        ['book_updated', 'Brandnew', [shown]],
      ]);
    }
  });

  it('list their books', async () => {
    const book = await catalogue.book({ title: 'First', ...on('Ann') });
    await catalogue.book({ title: 'Second', ...on('Bob') });
    const { body: page } = await catalogue.call('GET', `${path}?search=ann`);
    const answer = await catalogue.call('GET', `${path}/${page.items[0].id}/books?sort=title`);
    expect(answer.body).toMatchObject({ items: [{ id: book.id }], total: 1 });
    expect(answer.headers.link).toContain('rel="first"');
    expect((await catalogue.call('GET', `${path}/${newId()}/books`)).body.type).toBe(`/problems/${kind}-not-found`);
  });

  it('stay while a book names them', async () => {
    const book = await catalogue.book(on('Ann'));
    const { body: page } = await catalogue.call('GET', path);
    const { id } = page.items[0];
    expect((await remove(id)).body.type).toBe(`/problems/${kind}-in-use`);
    await catalogue.call('DELETE', `/books/${book.id}`, { as: 'editor' });
    expect((await remove(id, { 'if-match': '"9.abc"' })).status).toBe(412);
    expect((await remove(id)).status).toBe(204);
    expect((await remove(id)).body.type).toBe(`/problems/${kind}-not-found`);
  });

  it('are neither lost nor doubled when books take them while they are deleted', async () => {
    await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        if (i % 3 > 0) return catalogue.book({ title: `T${i}`, ...on('Contested') });
        const { body: page } = await catalogue.call('GET', path);
        return page.items[0] && remove(page.items[0].id);
      }),
    );
    const { body } = await catalogue.call('GET', path);
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['Contested']);
    expect((await catalogue.call('GET', `${path}/${body.items[0].id}/books`)).body.total).toBe(20);
  });

  it('show the new name on a book that takes them while they are renamed', async () => {
    const { body } = await add('Name 0');
    await Promise.all([
      ...Array.from({ length: 5 }, (_, i) => rename(body.id, { name: `Name ${i + 1}` })),
      ...Array.from({ length: 10 }, (_, i) => catalogue.book({ title: `T${i}`, ...on(`Name ${i % 6}`) })),
    ]);
    expect(await catalogue.database.query(NOT_FOUND_AS_SHOWN)).toEqual([]);
  });

  it('leave a book to be found by the authors that it gets while they are renamed', async () => {
    const { id } = await catalogue.book({ title: 'First', authors: ['Ann'], ...on('Old Name') });
    await catalogue.book({ title: 'Second', authors: ['Bob'] });
    const { body: page } = await catalogue.call('GET', `${path}?search=old`);
    const books = catalogue.app.get(BookRepository);
    const save = books.save.bind(books);
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const saving = jest.spyOn(books, 'save').mockImplementationOnce(async (...book) => {
      await save(...book);
      await held;
    });
    const edited = catalogue.call('PATCH', `/books/${id}`, { as: 'editor', body: { authors: ['Bob'] } });
    await eventually(() => expect(saving).toHaveBeenCalled());
    const renamed = rename(page.items[0].id, { name: 'Brandnew' });
    await eventually(async () => expect(await catalogue.database.query(WAITING_FOR_A_LOCK)).toHaveLength(1));
    goOn();
    expect((await Promise.all([edited, renamed])).map(({ status }) => status)).toEqual([200, 200]);
    saving.mockRestore();
    expect(await catalogue.database.query(NOT_FOUND_AS_SHOWN)).toEqual([]);
    expect((await catalogue.call('GET', '/books?search=bob')).body.total).toBe(2);
  });

  it('are not for readers to change', async () => {
    expect((await catalogue.call('POST', path, { as: 'customer', body: { name: 'X' } })).status).toBe(403);
    expect((await catalogue.call('POST', path, { as: 'author', body: { name: 'X' } })).status).toBe(403);
    expect((await catalogue.call('DELETE', `${path}/${newId()}`)).status).toBe(401);
  });
});

const NOT_FOUND_AS_SHOWN = `
  SELECT b.id FROM catalog.books b
   WHERE search_text <> catalog.search_text(title, isbn,
           ARRAY(SELECT author_id FROM catalog.book_authors WHERE book_id = b.id ORDER BY place))`;
const WAITING_FOR_A_LOCK = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
