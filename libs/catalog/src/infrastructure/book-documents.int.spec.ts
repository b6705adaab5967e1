import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { anyBook } from '../../testing/any-book.js';
import { type Answer, type CatalogApp, catalogApp } from '../../testing/catalog-app.js';
import { importBooks } from '../../testing/imports.js';

/** Documents that are not what their book is composed of now, and books without a document or the other way round. */
const WRONG = `
  SELECT coalesce(c.id, d.book_id) AS id, c.json AS composed, d.json AS kept
    FROM catalog.composed_books c FULL JOIN catalog.book_documents d ON d.book_id = c.id
   WHERE (c.version, c.json) IS DISTINCT FROM (d.version, d.json)`;

describe('The documents of books', () => {
  let catalogue: CatalogApp;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-documents-'));
    catalogue = await catalogApp({ HOLDFAST_DATA_DIR: folder });
  });
  afterAll(async () => {
    await catalogue.close();
    await rm(folder, { recursive: true, force: true });
  });

  const as = 'editor';
  const done = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await catalogue.call(method, path, { as, body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer;
  };
  const idOf = async (kind: 'authors' | 'genres', name: string): Promise<string> =>
    (await catalogue.call('GET', `/${kind}?search=${name}`)).body.items[0].id as string;
  const expectAllRight = async (): Promise<void> => expect(await catalogue.database.query(WRONG)).toEqual([]);

  it('follow every change of a book, and of the names that it shows', async () => {
    const { id } = await catalogue.book({
      authors: ['Ann Author', 'Bo'],
      genre: 'Gothic',
      units: 2,
      isbn: '9780306406157',
    });
    const shows = async (expected: object): Promise<void> => {
      await expectAllRight();
      expect((await catalogue.call('GET', `/books/${id}`)).body).toMatchObject(expected);
    };
    await shows({ authors: [{ name: 'Ann Author' }, { name: 'Bo' }], genre: { name: 'Gothic' }, units: 2 });
    await done('PATCH', `/books/${id}`, { authors: ['Bo', 'Cy'] });
    await shows({ authors: [{ name: 'Bo' }, { name: 'Cy' }] });
    await done('PATCH', `/books/${id}`, { authors: [] });
    await shows({ authors: [] });
    await done('PUT', `/books/${id}`, { title: 'New', price: 2, authors: ['Dee'], genre: 'Poetry' });
    await shows({ title: 'New', authors: [{ name: 'Dee' }], genre: { name: 'Poetry' }, isbn: null, units: 0 });
    await done('PATCH', `/authors/${await idOf('authors', 'Dee')}`, { name: 'Dea' });
    await done('PATCH', `/genres/${await idOf('genres', 'Poetry')}`, { name: 'Poems' });
    await shows({ authors: [{ name: 'Dea' }], genre: { name: 'Poems' } });
    await done('PUT', `/books/${id}/metadata`, { a: 1 });
    await shows({ version: 7, metadata: { a: 1 } });
    await importBooks(catalogue, `id,title,authors,price,isbn\n${id},Newer,Eve;Dea,3,9780306406157\n,Another,Eve,4,\n`);
    await shows({ title: 'Newer', authors: [{ name: 'Eve' }, { name: 'Dea' }], price: 3, isbn: '9780306406157' });
    await done('DELETE', `/books/${id}`);
    await expectAllRight();
  });

  it('say of any book what was put in, in the bytes that JSON.stringify would write', async () => {
    await fc.assert(
      fc.asyncProperty(anyBook, async ({ isbn: _isbn, ...book }) => {
        const { id } = await catalogue.book(book);
        const { json } = await catalogue.database.one<{ json: string }>(
          'SELECT json FROM catalog.shown_books WHERE id = $1',
          [id],
        );
        const shown = JSON.parse(json) as Record<string, unknown>;
        expect(JSON.stringify(shown)).toBe(json);
        expect(shown).toMatchObject({ title: book.title, price: book.price, publicationDate: book.publicationDate });
        // Names that differ in case or accents only are of one author.
        const { authors } = await catalogue.database.one<{ authors: number }>(
          'SELECT count(DISTINCT platform.fold(name))::int AS authors FROM unnest($1::text[]) AS name',
          [book.authors],
        );
        expect(shown.authors).toHaveLength(authors);
      }),
      { numRuns: 60 },
    );
    await expectAllRight();
  });

  it('give the same ETag wherever the book is answered', async () => {
    const created = await done('POST', '/books', {
      title: 'Tag "1"',
      price: 0.1,
      metadata: { '2': 'b', '1': 'ä\u2028' },
    });
    const id = created.body.id as string;
    const etag = async (): Promise<unknown> => (await catalogue.call('GET', `/books/${id}`)).headers.etag;
    expect(created.headers.etag).toBe(await etag());
    const patched = await done('PATCH', `/books/${id}`, { price: 9.5 });
    expect(patched.headers.etag).toBe(await etag());
    expect(patched.headers.etag).not.toBe(created.headers.etag);
    const again = await catalogue.call('GET', `/books/${id}`, { headers: { 'if-none-match': String(await etag()) } });
    expect(again).toMatchObject({ status: 304, body: null });
    const author = `/authors/${await idOf('authors', 'Ann Author')}`;
    for (const path of [`/books/${id}`, author, '/books']) {
      const known = { 'if-none-match': String((await catalogue.call('GET', path)).headers.etag) };
      expect(await catalogue.call('HEAD', path)).toMatchObject({ status: 200, body: null });
      const { status } = await catalogue.call('HEAD', path, { headers: known });
      expect(status).toBe(path === '/books' ? 200 : 304);
    }
  });

  it('are right however many editors change one book and its author together', async () => {
    const { id } = await catalogue.book({ authors: ['Pat'], genre: 'Maps' });
    const author = await idOf('authors', 'Pat');
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 === 0
          ? done('PATCH', `/authors/${author}`, { name: `Pat ${n}` })
          : done('PATCH', `/books/${id}`, { title: `Title ${n}`, genre: `Maps ${n}` }),
      ),
    );
    await expectAllRight();
    expect((await catalogue.call('GET', `/books/${id}`)).body.version).toBe(21);
  });
});
