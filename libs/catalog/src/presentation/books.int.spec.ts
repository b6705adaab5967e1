import { newId } from '@holdfast/kernel';
import { type CatalogApp, catalogApp, SOMEBODY } from '../../testing/catalog-app.js';

const DISPOSSESSED = {
  title: 'The Dispossessed',
  isbn: '0-06-105488-7',
  authors: ['Ursula K. Le Guin'],
  genre: 'Science fiction',
  price: 9.99,
  description: 'An ambiguous utopia.',
  publicationDate: '1974-05',
  language: 'eng',
  units: 3,
  metadata: { publisher: 'Harper & Row' },
};

describe('Books', () => {
  let catalogue: CatalogApp;

  beforeAll(async () => {
    catalogue = await catalogApp();
  });
  afterAll(() => catalogue.close());
  beforeEach(() =>
    catalogue.database.query('TRUNCATE catalog.books, catalog.authors, catalog.genres, platform.outbox CASCADE'),
  );

  const change = (method: string, id: string, body: unknown, headers: Record<string, string> = {}, as = 'editor') =>
    catalogue.call(method, `/books/${id}`, { as, body, headers });
  const read = async (id: string) => (await catalogue.call('GET', `/books/${id}`)).body;
  const eventTypes = async (id: string) => (await catalogue.events(`books/${id}`)).map(({ type }) => type);

  describe('creating', () => {
    it('makes the book with its authors, genre, copies and metadata', async () => {
      const answer = await catalogue.call('POST', '/books', { as: 'editor', body: DISPOSSESSED });
      expect(answer.status).toBe(201);
      expect(answer.headers.location).toBe(`/api/books/${answer.body.id}`);
      expect(answer.body).toEqual({
        id: expect.any(String),
        title: 'The Dispossessed',
        isbn: '9780061054884',
        authors: [{ id: expect.any(String), name: 'Ursula K. Le Guin' }],
        genre: { id: expect.any(String), name: 'Science fiction' },
        price: 9.99,
        description: 'An ambiguous utopia.',
        publicationDate: '1974-05',
        language: 'en',
        units: 3,
        reservedUnits: 0,
        availableUnits: 3,
        queueLength: 0,
        version: 1,
        createdBy: SOMEBODY,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        updatedAt: expect.any(String),
        metadata: { publisher: 'Harper & Row' },
      });
      const again = await catalogue.call('GET', `/books/${answer.body.id}`);
      expect(again.body).toEqual(answer.body);
      expect(again.headers.etag).toBe(answer.headers.etag);
    });

    it('tells it once, as the API shows it', async () => {
      const { metadata: _, ...book } = await catalogue.book(DISPOSSESSED);
      expect(await catalogue.events(`books/${book.id}`)).toEqual([{ type: 'book_created', data: book }]);
    });

    it('finds authors and genres whatever the case and the accents, and names nobody twice', async () => {
      const first = await catalogue.book({ authors: ['Gabriel García Márquez'], genre: 'Novel' });
      const second = await catalogue.book({
        authors: ['gabriel garcia marquez', { id: String(first.authors[0]?.id) }, 'Gregory Rabassa'],
        genre: 'NOVEL',
      });
      expect(second.authors.map(({ name }: { name: string }) => name)).toEqual([
        'Gabriel García Márquez',
        'Gregory Rabassa',
      ]);
      expect(second.genre).toEqual(first.genre);
    });

    it('puts copies where the holdings say', async () => {
      await catalogue.call('POST', '/libraries', { as: 'admin', body: { name: 'Harbour' } });
      const book = await catalogue.book({
        holdings: [
          { library: 'harbour', units: 2 },
          { library: 'Main Library', units: 1 },
        ],
      });
      expect(book.units).toBe(3);
      const twice = {
        title: 'T',
        price: 1,
        holdings: [
          { library: 'harbour', units: 2 },
          { library: 'HARBOUR', units: 1 },
        ],
      };
      expect((await catalogue.call('POST', '/books', { as: 'editor', body: twice })).status).toBe(400);
      const sum = { title: 'T', price: 1, units: 5, holdings: [{ library: 'harbour', units: 2 }] };
      expect((await catalogue.call('POST', '/books', { as: 'editor', body: sum })).body.errors[0].pointer).toBe(
        '/units',
      );
    });

    it('lets exactly one of many have an ISBN, in whichever form they write it, and leaves nothing of the others', async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          catalogue.call('POST', '/books', {
            as: 'editor',
            body: {
              title: `T${i}`,
              price: 1,
              isbn: i % 2 ? '9780061054884' : '0-06-105488-7',
              authors: [`New ${i}`, 'Shared', `new ${49 - i}`],
            },
          }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(49).fill(409)]);
      expect(answers.find(({ status }) => status === 409)?.body.type).toBe('/problems/isbn-taken');
      const [counts] = await catalogue.database.query(
        `SELECT (SELECT count(*)::int FROM catalog.books) AS books, (SELECT count(*)::int FROM platform.outbox) AS events,
                (SELECT count(*)::int FROM inventory.titles t JOIN catalog.books b ON b.id = t.book_id) AS titles`,
      );
      expect(counts).toEqual({ books: 1, events: 1, titles: 1 });
    });

    it('makes a new author once though many books bring it at the same time', async () => {
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          catalogue.book({ authors: i % 2 ? ['Ann', 'Bob', 'Cy'] : ['cy', 'BOB', 'ann'] }),
        ),
      );
      expect(await catalogue.database.one('SELECT count(*)::int AS n FROM catalog.authors')).toEqual({ n: 3 });
    });

    it.each([
      ['an empty title', { title: ' ' }, '/title'],
      ['a long title', { title: 'x'.repeat(501) }, '/title'],
      ['a control character', { title: 'a\u0007b' }, '/title'],
      ['no title', { title: undefined }, '/title'],
      ['null as a title', { title: null }, '/title'],
      ['a negative price', { price: -1 }, '/price'],
      ['a fine price', { price: 1.005 }, '/price'],
      ['a price as text', { price: '1' }, '/price'],
      ['a high price', { price: 1e300 }, '/price'],
      ['a wrong check digit', { isbn: '9780061054885' }, '/isbn'],
      ['a day that never was', { publicationDate: '2023-02-29' }, '/publicationDate'],
      ['an unknown language', { language: 'English' }, '/language'],
      ['authors that are no list', { authors: 'Ann' }, '/authors'],
      ['an author without id', { authors: [{ name: 'Ann' }] }, '/authors'],
      ['too many authors', { authors: Array.from({ length: 101 }, (_, i) => `A${i}`) }, '/authors'],
      ['half a unit', { units: 1.5 }, '/units'],
      ['units as text', { units: '1' }, '/units'],
      ['negative units', { holdings: [{ library: 'Main Library', units: -1 }] }, '/holdings/0/units'],
      ['a holding that is none', { holdings: ['Main Library'] }, '/holdings/0'],
      ['metadata that is no object', { metadata: [1] }, '/metadata'],
      ['a key with a dot', { metadata: { a: { 'b.c': 1 } } }, '/metadata'],
      ['an operator', { metadata: { $where: 1 } }, '/metadata'],
      ['deep metadata', { metadata: JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) }, '/metadata'],
      ['an unknown property', { createdBy: newId() }, '/createdBy'],
    ])('refuses what breaks the rules and says where: %s', async (_, input, pointer) => {
      const answer = await catalogue.call('POST', '/books', { as: 'editor', body: { title: 'T', price: 1, ...input } });
      expect(answer.status).toBe(400);
      expect(answer.body.errors?.[0]?.pointer.startsWith(pointer)).toBe(true);
      expect(await catalogue.database.query('SELECT FROM catalog.books')).toEqual([]);
    });

    it('keeps keys of metadata that are names of methods', async () => {
      const book = await catalogue.book({ metadata: { toString: 1, valueOf: { then: 2 }, hasOwnProperty: null } });
      expect((await read(book.id)).metadata).toEqual({ toString: 1, valueOf: { then: 2 }, hasOwnProperty: null });
    });

    it('refuses what does not exist', async () => {
      const create = (input: object) =>
        catalogue.call('POST', '/books', { as: 'editor', body: { title: 'T', price: 1, ...input } });
      expect((await create({ authors: [{ id: newId() }] })).body.type).toBe('/problems/author-not-found');
      expect((await create({ holdings: [{ library: 'Nowhere', units: 1 }] })).body.type).toBe(
        '/problems/library-not-found',
      );
    });
  });

  describe('changing', () => {
    it('replaces: what is left out gets its default', async () => {
      const { id } = await catalogue.book(DISPOSSESSED);
      const answer = await change('PUT', id, { title: 'Anarres', price: 5 });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({
        title: 'Anarres',
        isbn: null,
        authors: [],
        genre: null,
        price: 5,
        description: null,
        publicationDate: null,
        language: null,
        units: 0,
        version: 2,
        metadata: {},
      });
      expect(await read(id)).toEqual(answer.body);
      const [, updated] = await catalogue.events(`books/${id}`);
      expect(updated?.data.changed.sort()).toEqual([
        'authors',
        'description',
        'genre',
        'holdings',
        'isbn',
        'language',
        'metadata',
        'price',
        'publicationDate',
        'title',
        'units',
      ]);
    });

    it('patches: what is left out stays, null removes, metadata is merged', async () => {
      const { id } = await catalogue.book(DISPOSSESSED);
      const answer = await change('PATCH', id, { price: 12.5, genre: null, metadata: { pages: 387, publisher: null } });
      expect(answer.body).toMatchObject({
        title: 'The Dispossessed',
        price: 12.5,
        genre: null,
        units: 3,
        metadata: { pages: 387 },
      });
      expect((await catalogue.events(`books/${id}`)).at(-1)).toMatchObject({
        type: 'book_updated',
        data: { version: 2, price: 12.5, changed: ['genre', 'price', 'metadata'] },
      });
    });

    it.each([
      ['isbn', null],
      ['authors', []],
      ['genre', null],
      ['description', null],
      ['publicationDate', null],
      ['language', null],
      ['units', 0],
      ['holdings', undefined],
      ['metadata', {}],
    ])('patches: null gives %s its default, and leaves the rest', async (property, byDefault) => {
      const before = await catalogue.book(DISPOSSESSED);
      const mergePatch = { 'content-type': 'application/merge-patch+json' };
      const { status, body } = await change('PATCH', before.id, { [property]: null }, mergePatch);
      const copies = ['units', 'holdings'].includes(property) ? { units: 0, availableUnits: 0 } : {};
      const cleared = byDefault === undefined ? {} : { [property]: byDefault };
      expect([status, body]).toEqual([
        200,
        { ...before, ...copies, ...cleared, version: 2, updatedAt: body.updatedAt },
      ]);
    });

    it.each(['title', 'price'])('patches: null is no %s', async (property) => {
      const { id } = await catalogue.book(DISPOSSESSED);
      expect((await change('PATCH', id, { [property]: null })).body.errors?.[0]?.pointer).toBe(`/${property}`);
      expect((await read(id)).version).toBe(1);
    });

    it('counts no version and tells nothing when nothing is different', async () => {
      const { id } = await catalogue.book(DISPOSSESSED);
      expect((await change('PUT', id, DISPOSSESSED)).body.version).toBe(1);
      expect((await change('PATCH', id, {})).body.version).toBe(1);
      expect((await change('PATCH', id, { authors: ['ursula k. le guin'], isbn: '9780061054884' })).body.version).toBe(
        1,
      );
      expect(await eventTypes(id)).toEqual(['book_created']);
    });

    it('orders authors anew', async () => {
      const { id } = await catalogue.book({ authors: ['A', 'B', 'C'] });
      const answer = await change('PATCH', id, { authors: ['C', 'D', 'A'] });
      expect(answer.body.authors.map(({ name }: { name: string }) => name)).toEqual(['C', 'D', 'A']);
    });

    it('sets the sum of the units, and takes no copy from another library for it', async () => {
      await catalogue.call('POST', '/libraries', { as: 'admin', body: { name: 'Quay' } });
      const { id } = await catalogue.book({
        holdings: [
          { library: 'Quay', units: 2 },
          { library: 'Main Library', units: 1 },
        ],
      });
      expect((await change('PATCH', id, { units: 6 })).body.units).toBe(6);
      expect((await catalogue.call('GET', `/books/${id}/availability`)).body.libraries).toMatchObject([
        { library: { name: 'Main Library' }, units: 4 },
        { library: { name: 'Quay' }, units: 2 },
      ]);
      expect((await change('PATCH', id, { units: 1 })).body.type).toBe('/problems/units-held-elsewhere');
    });

    it('takes away no copy that is reserved', async () => {
      const { id } = await catalogue.book(DISPOSSESSED);
      await catalogue.database.query('UPDATE inventory.holdings SET reserved = 2 WHERE book_id = $1', [id]);
      const answer = await change('PATCH', id, { units: 1, title: 'Other' });
      expect(answer.body.type).toBe('/problems/fewer-than-reserved');
      expect(await catalogue.database.one('SELECT title, version FROM catalog.books WHERE id = $1', [id])).toEqual({
        title: 'The Dispossessed',
        version: 1,
      });
    });

    it('refuses a stale If-Match, and takes one that only a reservation has passed by', async () => {
      const { id } = await catalogue.book(DISPOSSESSED);
      const { headers } = await catalogue.call('GET', `/books/${id}`);
      await catalogue.database.query('UPDATE inventory.holdings SET reserved = 1 WHERE book_id = $1', [id]);
      const ifMatch = { 'if-match': String(headers.etag) };
      expect((await change('PATCH', id, { price: 2 }, ifMatch)).status).toBe(200);
      expect((await change('PATCH', id, { price: 3 }, ifMatch)).status).toBe(412);
      expect((await catalogue.call('DELETE', `/books/${id}`, { as: 'editor', headers: ifMatch })).status).toBe(412);
      expect(await eventTypes(id)).toEqual(['book_created', 'book_updated']);
    });

    it('lets each of many changes at once count once, in the order of its events', async () => {
      const { id } = await catalogue.book();
      await Promise.all(Array.from({ length: 10 }, (_, i) => change('PATCH', id, { price: 10 + i })));
      const events = await catalogue.events(`books/${id}`);
      expect(events.map(({ data }) => data.version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      expect(new Set(events.map(({ data }) => data.price)).size).toBe(11);
      expect((await read(id)).price).toBe(events.at(-1)?.data.price);
    });

    it('lets only one of many with the same If-Match through', async () => {
      const { id } = await catalogue.book();
      const { headers } = await catalogue.call('GET', `/books/${id}`);
      const ifMatch = { 'if-match': String(headers.etag) };
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => change('PATCH', id, { price: 10 + i }, ifMatch)),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(412)]);
    });

    it('lets authors change and delete their own books only', async () => {
      const [ann, bob] = [`author.${newId()}`, `author.${newId()}`];
      const { body: own } = await catalogue.call('POST', '/books', { as: ann, body: { title: 'Mine', price: 1 } });
      const refused = await Promise.all([
        change('PATCH', own.id, { price: 2 }, {}, bob),
        change('PUT', own.id, { title: 'X', price: 2 }, {}, bob),
        change('PUT', `${own.id}/metadata`, {}, {}, bob),
        catalogue.call('DELETE', `/books/${own.id}`, { as: bob }),
      ]);
      expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
      expect(refused[0]?.body.type).toBe('/problems/not-your-book');
      expect((await change('PATCH', own.id, { price: 2 }, {}, ann)).status).toBe(200);
      expect((await catalogue.call('DELETE', `/books/${own.id}`, { as: ann })).status).toBe(204);
    });

    it('is not for readers', async () => {
      const { id } = await catalogue.book();
      expect((await change('PATCH', id, { price: 2 }, {}, 'customer')).status).toBe(403);
      expect((await catalogue.call('POST', '/books', { body: { title: 'T', price: 1 } })).status).toBe(401);
    });

    it('counts the change of a holding as one of the book', async () => {
      const { id } = await catalogue.book({ units: 1 });
      const { id: libraryId } = await catalogue.database.one<{ id: string }>(
        'SELECT id FROM inventory.libraries WHERE is_default',
      );
      await read(id);
      const set = () =>
        catalogue.call('PUT', `/books/${id}/holdings/${libraryId}`, { as: 'editor', body: { units: 4 } });
      expect((await set()).status).toBe(200);
      expect((await set()).status).toBe(200);
      expect(await read(id)).toMatchObject({ units: 4, version: 2 });
      expect((await catalogue.events(`books/${id}`)).slice(1)).toMatchObject([
        { type: 'book_updated', data: { units: 4, version: 2, changed: ['units', 'holdings'] } },
      ]);
    });
  });

  describe('deleting', () => {
    it('removes the book with its metadata and copies, and tells it', async () => {
      const { id, isbn, title } = await catalogue.book(DISPOSSESSED);
      await read(id);
      expect((await catalogue.call('DELETE', `/books/${id}`, { as: 'editor' })).status).toBe(204);
      expect((await catalogue.call('GET', `/books/${id}`)).body.type).toBe('/problems/book-not-found');
      expect((await catalogue.call('DELETE', `/books/${id}`, { as: 'editor' })).status).toBe(404);
      expect((await catalogue.events(`books/${id}`)).at(-1)).toEqual({
        type: 'book_deleted',
        data: { id, isbn, title },
      });
      expect(await catalogue.database.query('SELECT FROM catalog.book_metadata WHERE book_id = $1', [id])).toEqual([]);
      expect(await catalogue.database.query('SELECT FROM inventory.titles WHERE book_id = $1', [id])).toEqual([]);
    });

    it('refuses it while a copy is out', async () => {
      const { id } = await catalogue.book(DISPOSSESSED);
      await catalogue.database.query('UPDATE inventory.holdings SET reserved = 1 WHERE book_id = $1', [id]);
      expect((await catalogue.call('DELETE', `/books/${id}`, { as: 'editor' })).body.type).toBe(
        '/problems/copies-reserved',
      );
      expect(await eventTypes(id)).toEqual(['book_created']);
    });
  });

  describe('metadata', () => {
    it('is read, replaced and merged on its own, with the version of the book', async () => {
      const { id } = await catalogue.book(DISPOSSESSED);
      const put = await change('PUT', `${id}/metadata`, { pages: 387, series: { name: 'Hainish', number: 5 } });
      expect(put.body).toEqual({ pages: 387, series: { name: 'Hainish', number: 5 } });
      const patched = await change('PATCH', `${id}/metadata`, { series: { number: 6 }, pages: null });
      expect(patched.body).toEqual({ series: { name: 'Hainish', number: 6 } });
      const got = await catalogue.call('GET', `/books/${id}/metadata`);
      expect(got).toMatchObject({ status: 200, body: patched.body, headers: { etag: patched.headers.etag } });
      const unchanged = await catalogue.call('GET', `/books/${id}/metadata`, {
        headers: { 'if-none-match': String(got.headers.etag) },
      });
      expect(unchanged).toMatchObject({ status: 304, body: null });
      expect((await read(id)).metadata).toEqual(patched.body);
      const told = (await catalogue.events(`books/${id}`)).map(({ type, data }) => [type, data.version, data.changed]);
      expect(told).toEqual([
        ['book_created', 1, undefined],
        ['book_updated', 2, ['metadata']],
        ['book_updated', 3, ['metadata']],
      ]);
      expect((await change('PUT', `${id}/metadata`, {}, { 'if-match': String(put.headers.etag) })).status).toBe(412);
    });

    it('has at most 64 KiB, also after a merge', async () => {
      const { id } = await catalogue.book();
      const half = 'é'.repeat(20_000);
      expect((await change('PUT', `${id}/metadata`, { a: half })).status).toBe(200);
      const answer = await change('PATCH', `${id}/metadata`, { b: half });
      expect(answer).toMatchObject({ status: 413, body: { type: '/problems/metadata-too-large' } });
      expect(Object.keys((await read(id)).metadata)).toEqual(['a']);
    });

    it.each([
      '[]',
      '"x"',
      'null',
      '{"$a":1}',
      '{"a":{"b.c":1}}',
      '{"a":{"prototype":1}}',
      '{"constructor":1}',
      '{"__proto__":{"a":1}}',
      '{"a":"\\u0000"}',
    ])('refuses %s', async (body) => {
      const { id } = await catalogue.book();
      expect((await change('PUT', `${id}/metadata`, body)).status).toBe(400);
      expect((await change('PATCH', `${id}/metadata`, body)).status).toBe(400);
    });
  });

  it('answers 304 to who knows the book already, and 404 or 400 to who asks for none', async () => {
    const { id } = await catalogue.book(DISPOSSESSED);
    const { headers } = await catalogue.call('GET', `/books/${id}`);
    const again = await catalogue.call('GET', `/books/${id}`, { headers: { 'if-none-match': String(headers.etag) } });
    expect(again).toMatchObject({ status: 304, body: null });
    expect((await catalogue.call('GET', `/books/${newId()}`)).status).toBe(404);
    expect((await catalogue.call('GET', `/books/${newId()}/metadata`)).status).toBe(404);
    expect((await catalogue.call('GET', '/books/1')).status).toBe(400);
  });
});
