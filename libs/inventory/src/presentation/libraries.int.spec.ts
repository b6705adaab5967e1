import { newId } from '@holdfast/kernel';
import { type Answer, NetworkApp } from '../../testing/network-app.js';

jest.setTimeout(60_000);

describe('Libraries', () => {
  let network: NetworkApp;
  let main: string;

  beforeAll(async () => {
    network = await NetworkApp.start();
    main = (await network.call('GET', '/libraries')).body.items[0].id;
  });
  afterAll(() => network.close());

  const typeOf = ({ status, body }: Answer) => [status, body.type];
  const read = async (id: string) => (await network.call('GET', `/libraries/${id}`)).body;

  it('have one from the start, the default, with an id that sorts by time like all others', async () => {
    const { body } = await network.call('GET', `/libraries/${main}`);
    expect(body).toMatchObject({ name: 'Main Library', isDefault: true });
    expect(main).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(main < (await network.library('Younger'))).toBe(true);
  });

  it('are added with a place and an ETag, and listed by name with links', async () => {
    const input = { name: 'Aardvark House', address: '1 Harbour Street', statusUrl: 'https://library.example/{isbn}' };
    const added = await network.call('POST', '/libraries', input);
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({ ...input, isDefault: false, version: 1 });
    expect(added.headers.location).toBe(`/api/libraries/${added.body.id}`);
    const { headers } = await network.call('GET', `/libraries/${added.body.id}`);
    expect(headers.etag).toBe(added.headers.etag);
    const again = await network.call('GET', `/libraries/${added.body.id}`, undefined, {
      'if-none-match': String(headers.etag),
    });
    expect(again).toMatchObject({ status: 304, body: null });
    const page = await network.call('GET', '/libraries?limit=1');
    expect(page.body).toMatchObject({ items: [added.body], limit: 1, offset: 0 });
    expect(page.headers.link).toBe(
      `</api/libraries?limit=1>; rel="first", </api/libraries?limit=1&cursor=${page.body.nextCursor}>; rel="next"`,
    );
  });

  it('are changed by a merge patch: what is left out stays, null and blank remove', async () => {
    const { body } = await network.call('POST', '/libraries', {
      name: 'Quay Branch',
      address: 'At the quay',
      statusUrl: 'https://library.example/{bookId}',
    });
    const patch = async (change: object) => (await network.call('PATCH', `/libraries/${body.id}`, change)).body;
    expect(await patch({ name: 'Quay' })).toMatchObject({
      ...body,
      name: 'Quay',
      version: 2,
      updatedAt: expect.any(String),
    });
    expect(await patch({ statusUrl: null })).toMatchObject({ name: 'Quay', address: 'At the quay', statusUrl: null });
    expect(await patch({ address: '  ' })).toMatchObject({ address: null, version: 4 });
    expect(await patch({ address: 'At the quay' })).toMatchObject({ address: 'At the quay' });
    expect(await patch({ address: null })).toMatchObject({ name: 'Quay', address: null, version: 6 });
  });

  it('keep their version when a change says nothing new', async () => {
    const id = await network.library('Still Water');
    for (const change of [{}, { name: 'Still Water' }, { name: ' Still Water ', address: null, statusUrl: null }]) {
      const answer = await network.call('PATCH', `/libraries/${id}`, change);
      expect([answer.status, answer.body.version]).toEqual([200, 1]);
    }
  });

  it('are changed and removed only by who knows them as they are, if asked so', async () => {
    const id = await network.library('Known House');
    const stale = { 'if-match': String((await network.call('GET', `/libraries/${id}`)).headers.etag) };
    const changed = await network.call('PATCH', `/libraries/${id}`, { address: 'Here' }, stale);
    expect(changed.status).toBe(200);
    expect((await network.call('PATCH', `/libraries/${id}`, { address: 'There' }, stale)).status).toBe(412);
    expect((await network.call('DELETE', `/libraries/${id}`, undefined, stale)).status).toBe(412);
    expect(await read(id)).toEqual(changed.body);
    const known = { 'if-match': String(changed.headers.etag) };
    expect((await network.call('DELETE', `/libraries/${id}`, undefined, known)).status).toBe(204);
    expect((await network.call('GET', `/libraries/${id}`)).status).toBe(404);
  });

  it.each<[object, string]>([
    [{ name: null }, '/name'],
    [{ name: '' }, '/name'],
    [{ name: '   ' }, '/name'],
    [{ name: 'x'.repeat(201) }, '/name'],
    [{ name: newId() }, '/name'],
    [{ address: 1 }, '/address'],
    [{ address: 'x'.repeat(501) }, '/address'],
    [{ address: 'a\u0000b' }, ''],
    [{ statusUrl: '' }, '/statusUrl'],
    [{ statusUrl: 'library.example' }, '/statusUrl'],
    [{ statusUrl: 'http://localhost:9200/' }, '/statusUrl'],
    [{ statusUrl: 'http://[::ffff:10.0.0.1]/{isbn}' }, '/statusUrl'],
    [{ statusUrl: 'https://me:secret@library.example/' }, '/statusUrl'],
    [{ statusUrl: `https://library.example/${'x'.repeat(2000)}` }, '/statusUrl'],
    [{ statusUrl: ['https://library.example/'] }, '/statusUrl'],
    [{ isDefault: true }, '/isDefault'],
    [{ version: 7 }, '/version'],
  ])('take no wrong input, and say what is wrong: case %#', async (wrong, pointer) => {
    const before = await network.call('GET', '/libraries?limit=100');
    const answers = [
      await network.call('POST', '/libraries', { name: 'Wrong House', ...wrong }),
      await network.call('PATCH', `/libraries/${main}`, wrong),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(400);
      if (pointer) expect(body.errors[0].pointer).toBe(pointer);
    }
    expect((await network.call('GET', '/libraries?limit=100')).body).toEqual(before.body);
  });

  it('may be asked in a private network where the setting says so', async () => {
    const inside = await NetworkApp.start({ ALLOW_PRIVATE_STATUS_URLS: 'true' });
    try {
      const { status } = await inside.call('POST', '/libraries', { name: 'Near', statusUrl: 'http://10.0.0.7/{isbn}' });
      expect(status).toBe(201);
    } finally {
      await inside.close();
    }
  });

  it('have names that no other has, whatever the case and the accents, also when many come at once', async () => {
    const id = await network.library('Bibliothèque du Port');
    const taken = [409, '/problems/library-name-taken'];
    for (const name of ['BIBLIOTHEQUE DU PORT', ' bibliothèque du port '])
      expect(typeOf(await network.call('POST', '/libraries', { name }))).toEqual(taken);
    expect(typeOf(await network.call('PATCH', `/libraries/${main}`, { name: 'bibliotheque du port' }))).toEqual(taken);
    expect((await network.call('PATCH', `/libraries/${id}`, { name: 'BIBLIOTHÈQUE DU PORT' })).status).toBe(200);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => network.call('POST', '/libraries', { name: i % 2 ? 'ONCE' : 'Oncé' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
  });

  describe('are removed', () => {
    const remove = (id: string) => network.call('DELETE', `/libraries/${id}`);
    const inUse = [409, '/problems/library-in-use'];

    it('unless they are the default one', async () => {
      expect(typeOf(await remove(main))).toEqual(inUse);
      expect((await read(main)).isDefault).toBe(true);
    });

    it('once their copies are elsewhere', async () => {
      const id = await network.library();
      const book = await network.book({ [id]: 2 });
      expect(typeOf(await remove(id))).toEqual(inUse);
      await network.call('PATCH', `/books/${book}`, { holdings: [{ library: main, units: 2 }] });
      expect((await remove(id)).status).toBe(204);
      expect((await remove(id)).status).toBe(404);
    });

    it('once nobody waits for a copy there; what has ended tells no library any more', async () => {
      const id = await network.library();
      const book = await network.book({ [main]: 1 });
      const [held] = await network.line(1, book);
      const [place] = await network.line(1, book, id);
      const refused = await remove(id);
      expect(typeOf(refused)).toEqual(inUse);
      expect(refused.body.detail).toContain('wait for a copy there: 1');
      expect(await network.statusesOf([String(held), String(place)])).toEqual(['active', 'pending']);
      await network.call('DELETE', `/reservations/${place}`);
      expect((await remove(id)).status).toBe(204);
      const { body } = await network.call('GET', `/reservations/${place}`);
      expect([body.status, body.library]).toEqual(['cancelled', null]);
    });

    it('with every home that a reader had there', async () => {
      const id = await network.library();
      const account = { username: 'homely', email: 'homely@readers.example', password: 'at home in every library' };
      const { body: reader } = await network.call('POST', '/customers', { ...account, homeLibraryId: id });
      expect(reader.homeLibraryId).toBe(id);
      expect((await remove(id)).status).toBe(204);
      expect((await network.call('GET', `/customers/${reader.id}`)).body.homeLibraryId).toBeNull();
    });

    it('never from under a reader who asks for a copy there at the same moment, nor from under new copies', async () => {
      const book = await network.book();
      for (let round = 0; round < 8; round++) {
        const id = await network.library();
        const [reader = ''] = await network.readers(1);
        const [asked, held, removed] = await Promise.all([
          network.reserve(reader, book, id),
          network.call('PUT', `/books/${book}/holdings/${id}`, { units: 1 }),
          remove(id),
        ]);
        expect([201, 404]).toContain(asked.status);
        expect([200, 404]).toContain(held.status);
        expect(removed.status).toBe([asked.status, held.status].some((status) => status < 300) ? 409 : 204);
      }
      const lost = await network.database.query(
        `SELECT id FROM lending.reservations r WHERE status IN ('pending', 'active') AND library_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM inventory.libraries l WHERE l.id = r.library_id)`,
      );
      expect(lost).toEqual([]);
    });
  });
});
