import { newId } from '@holdfast/kernel';
import { type Answer, NetworkApp } from '../../testing/network-app.js';

jest.setTimeout(60_000);

describe('The copies of a book', () => {
  let network: NetworkApp;
  let main: string;
  let quay: string;

  beforeAll(async () => {
    network = await NetworkApp.start();
    main = (await network.call('GET', '/libraries')).body.items[0].id;
    quay = await network.library('Quay');
  });
  afterAll(() => network.close());
  afterEach(async () => expect(await network.database.query(FREE_COPIES_BESIDE_READERS)).toEqual([]));

  const put = (book: string, library: string, units: unknown, headers?: Record<string, string>) =>
    network.call('PUT', `/books/${book}/holdings/${library}`, { units }, headers);
  const end = (book: string, library: string, headers?: Record<string, string>) =>
    network.call('DELETE', `/books/${book}/holdings/${library}`, undefined, headers);
  const availability = (book: string, headers?: Record<string, string>) =>
    network.call('GET', `/books/${book}/availability`, undefined, headers);
  const patch = (book: string, change: object, headers?: Record<string, string>) =>
    network.call('PATCH', `/books/${book}`, change, headers);
  const typeOf = ({ status, body }: Answer) => [status, body.type];
  const ifMatch = ({ headers }: Answer) => ({ 'if-match': String(headers.etag) });

  describe('at a library', () => {
    it('are set by number, shown as the availability, and ended', async () => {
      const book = await network.book();
      expect((await put(book, quay, 2)).status).toBe(200);
      const answer = await put(book, main, 3);
      expect(answer.body).toEqual({
        bookId: book,
        units: 5,
        availableUnits: 5,
        libraries: [
          { library: { id: main, name: 'Main Library' }, units: 3, availableUnits: 3 },
          { library: { id: quay, name: 'Quay' }, units: 2, availableUnits: 2 },
        ],
      });
      expect((await availability(book)).body).toEqual(answer.body);
      expect(await end(book, main)).toMatchObject({ status: 204, body: null });
      expect((await availability(book)).body).toMatchObject({ units: 2, libraries: [{ library: { name: 'Quay' } }] });
      expect((await put(book, quay, 0)).body).toMatchObject({ units: 0, libraries: [] });
    });

    it.each([null, -1, 1.5, '3', 1e9, 100_001, [], {}, true, undefined])('are no number like %j', async (units) => {
      const book = await network.book({ [main]: 1 });
      const answer = await put(book, main, units);
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, '/units']);
      expect(await network.changesOf(book)).toEqual([]);
    });

    it('need a book and a library that are there', async () => {
      const book = await network.book();
      for (const write of [(b: string, l: string) => put(b, l, 1), (b: string, l: string) => end(b, l)]) {
        expect(typeOf(await write(newId(), main))).toEqual([404, '/problems/book-not-found']);
        expect(typeOf(await write(book, newId()))).toEqual([404, '/problems/library-not-found']);
        expect((await write(book, 'Quay')).status).toBe(400);
      }
      expect(typeOf(await availability(newId()))).toEqual([404, '/problems/book-not-found']);
      await network.call('DELETE', `/books/${book}`);
      expect(typeOf(await availability(book))).toEqual([404, '/problems/book-not-found']);
    });

    it('are never fewer than readers have there, and the refusal says how many those are', async () => {
      const book = await network.book({ [main]: 3, [quay]: 1 });
      await network.line(2, book, 'Main Library');
      await network.line(1, book, 'Quay');
      const refused = [409, '/problems/fewer-than-reserved'];
      for (const answer of [await put(book, main, 1), await end(book, main), await patch(book, { units: 2 })]) {
        expect(typeOf(answer)).toEqual(refused);
        expect(answer.body.detail).toContain('2 are reserved at Main Library.');
      }
      const both = await patch(book, { title: 'Renamed', holdings: [] });
      expect(typeOf(both)).toEqual(refused);
      expect(both.body.detail).toContain('2 are reserved at Main Library.');
      expect(both.body.detail).toContain('1 is reserved at Quay.');
      expect((await availability(book)).body).toMatchObject({ units: 4, availableUnits: 1 });
      expect(await network.changesOf(book)).toEqual([]);
      expect((await put(book, main, 2)).body).toMatchObject({ units: 3, availableUnits: 0 });
    });
  });

  describe('in the input of a book', () => {
    const refusals: [string, () => object, number, string][] = [
      ['a library twice, by name and by id', () => both(2, 'Quay', quay), 400, '/holdings/1/library'],
      ['a library twice, in two cases', () => both(2, 'quay', 'QUAY'), 400, '/holdings/1/library'],
      ['a library that is none', () => both(2, 'Main Library', 'Nowhere'), 404, ''],
      ['the id of a library that is none', () => both(2, 'Main Library', newId()), 404, ''],
      ['units that are not the sum of the holdings', () => ({ units: 5, ...both(2, 'Quay', main) }), 400, '/units'],
      ['units that are a text', () => ({ units: '1' }), 400, '/units'],
      ['units by the milliard', () => ({ units: 1e9 }), 400, '/units'],
      ['holdings by half', () => both(0.5, 'Quay', main), 400, '/holdings/0/units'],
    ];
    const both = (units: number, ...libraries: string[]) => ({
      holdings: libraries.map((library) => ({ library, units })),
    });

    it.each(refusals)('are refused whole for %s', async (_, input, status, pointer) => {
      const book = await network.book({ [main]: 1 });
      const { total } = (await network.call('GET', '/books')).body;
      const created = await network.call('POST', '/books', { title: 'Refused', price: 1, ...input() });
      const changed = await patch(book, { title: 'Refused', ...input() });
      for (const { status: given, body } of [created, changed]) {
        expect(given).toBe(status);
        expect(body.errors?.[0].pointer ?? '').toBe(pointer);
      }
      expect((await network.call('GET', '/books')).body.total).toBe(total);
      expect((await availability(book)).body.units).toBe(1);
      expect(await network.changesOf(book)).toEqual([]);
    });

    it('may say the sum and the places, when they agree', async () => {
      const book = await network.book();
      expect((await patch(book, { units: 4, ...both(2, 'Quay', main) })).body.units).toBe(4);
    });
  });

  it('make one event for each change, and none where nothing is different', async () => {
    const book = await network.book({ [main]: 1 });
    const changed = ['units', 'holdings'];
    const steps: [() => Promise<Answer>, number][] = [
      [() => put(book, main, 1), 0],
      [() => put(book, main, 2), 1],
      [() => put(book, quay, 0), 0],
      [() => end(book, quay), 0],
      [() => patch(book, { units: 2 }), 0],
      [() => patch(book, { units: 5 }), 1],
      [() => patch(book, { holdings: [{ library: 'main library', units: 5 }] }), 0],
      [
        () =>
          patch(book, {
            holdings: [
              { library: 'Main Library', units: 2 },
              { library: quay, units: 3 },
            ],
          }),
        1,
      ],
      [() => end(book, quay), 1],
      [() => end(book, quay), 0],
    ];
    let events = 0;
    for (const [step, told] of steps) {
      expect((await step()).status).toBeLessThan(300);
      events += told;
      expect(await network.changesOf(book)).toEqual(Array.from({ length: events }, () => changed));
    }
    expect((await network.call('GET', `/books/${book}`)).body.version).toBe(1 + events);
  });

  describe('have an ETag', () => {
    it('that changes with all that is shown, and spares who knows it the answer', async () => {
      const book = await network.book({ [main]: 2 });
      const first = await availability(book);
      const known = { 'if-none-match': `"other", W/${String(first.headers.etag)}` };
      expect(await availability(book, known)).toMatchObject({ status: 304, body: null });
      await network.line(1, book);
      const second = await availability(book, known);
      expect(second).toMatchObject({ status: 200, body: { availableUnits: 1 } });
      const set = await put(book, main, 3);
      expect(set.headers.etag).toBe((await availability(book)).headers.etag);
      expect(new Set([first, second, set].map(({ headers }) => headers.etag)).size).toBe(3);
    });

    it('with the version of the book: good for a change of either, spoilt by a change and not by a reservation', async () => {
      const book = await network.book({ [main]: 2 });
      const [shelves, whole] = [await availability(book), await network.call('GET', `/books/${book}`)];
      await network.line(1, book);
      const set = await put(book, main, 3, ifMatch(shelves));
      expect(set.status).toBe(200);
      expect((await put(book, main, 4, ifMatch(whole))).status).toBe(412);
      expect((await end(book, quay, ifMatch(shelves))).status).toBe(412);
      const renamed = await patch(book, { title: 'Renamed' }, ifMatch(set));
      expect(renamed.status).toBe(200);
      expect((await put(book, main, 4, ifMatch(set))).status).toBe(412);
      expect((await put(book, main, 4, ifMatch(renamed))).status).toBe(200);
      expect((await put(book, main, 5, { 'if-match': '"made up"' })).status).toBe(412);
      expect((await availability(book)).body.units).toBe(4);
    });

    it('that lets one of two editors win who both know the same', async () => {
      const book = await network.book({ [main]: 1 });
      const known = ifMatch(await availability(book));
      const answers = await Promise.all([put(book, main, 5, known), put(book, main, 3, known)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
      expect((await availability(book)).body.units).toBe(answers[0]?.status === 200 ? 5 : 3);
      expect(await network.changesOf(book)).toHaveLength(1);
    });
  });

  describe('serve those who wait, in the order of their tickets', () => {
    const served = async (line: readonly string[], copies: number) => {
      const statuses = line.map((_, place) => (place < copies ? 'active' : 'pending'));
      expect(await network.statusesOf(line)).toEqual(statuses);
    };

    it('when a library gets more', async () => {
      const book = await network.book();
      const line = await network.line(5, book);
      expect((await put(book, main, 2)).body).toMatchObject({ units: 2, availableUnits: 0 });
      await served(line, 2);
      await patch(book, { units: 3 });
      await served(line, 3);
      await patch(book, {
        holdings: [
          { library: main, units: 3 },
          { library: quay, units: 7 },
        ],
      });
      await served(line, 5);
      expect((await availability(book)).body).toMatchObject({ units: 10, availableUnits: 5 });
    });

    it('when an import brings more', async () => {
      const [many, few] = [await network.book(), await network.book({ [main]: 1 })];
      const [lineOfMany, lineOfFew] = [await network.line(4, many), await network.line(3, few)];
      const rows = `${few},Few,1,Main Library\n${many},Many,3,Quay\n`;
      expect(await network.import(`id,title,units,library\n${rows}`)).toMatchObject({ updatedRows: 2, failedRows: 0 });
      await served(lineOfMany, 3);
      await served(lineOfFew, 1);
      expect((await network.changesOf(many))[0]).toEqual(['title', 'units', 'holdings']);
    });

    it('when copies move to the library that they wait for', async () => {
      const book = await network.book({ [main]: 3 });
      const [held] = await network.line(1, book, 'Main Library');
      const line = await network.line(3, book, 'Quay');
      await patch(book, {
        holdings: [
          { library: main, units: 1 },
          { library: quay, units: 2 },
        ],
      });
      await served(line, 2);
      expect(await network.statusesOf([String(held)])).toEqual(['active']);
      const answer = await patch(book, { holdings: [{ library: quay, units: 3 }] });
      expect(typeOf(answer)).toEqual([409, '/problems/fewer-than-reserved']);
      await served(line, 2);
    });

    it('and leaves out who waits for another library', async () => {
      const book = await network.book();
      const [forQuay] = await network.line(1, book, 'Quay');
      const [forAny] = await network.line(1, book);
      await put(book, main, 2);
      expect(await network.statusesOf([String(forQuay), String(forAny)])).toEqual(['pending', 'active']);
      await put(book, quay, 1);
      expect(await network.statusesOf([String(forQuay)])).toEqual(['active']);
    });
  });
});

const FREE_COPIES_BESIDE_READERS = `
  SELECT r.id FROM lending.reservations r
    JOIN inventory.holdings h ON h.book_id = r.book_id AND h.reserved < h.units AND coalesce(r.library_id, h.library_id) = h.library_id
   WHERE r.status = 'pending'`;
