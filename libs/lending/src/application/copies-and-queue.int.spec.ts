import { LendingHouse } from '../../testing/lending-house.js';

jest.setTimeout(120_000);

const WANTED: Record<string, number>[] = [
  { 'Main Library': 6, Quay: 2 },
  { 'Main Library': 2, Quay: 6 },
  { Quay: 5, Hill: 3 },
  { 'Main Library': 1 },
  { 'Main Library': 1, Quay: 9 },
  { 'Main Library': 4, Quay: 4, Hill: 4 },
  { Quay: 1, Hill: 4 },
];

/** Editors, readers and the closing of books, all at once: what inventory and lending promise together. */
describe('copies that change while readers come and go', () => {
  let house: LendingHouse;
  let other: LendingHouse;

  beforeAll(async () => {
    house = await LendingHouse.open();
    other = await LendingHouse.open(house.databaseUrl);
    for (const name of ['Quay', 'Hill']) await house.library(name);
  });
  afterAll(async () => {
    await other.close();
    await house.close();
  });
  afterEach(async () => expect(await house.brokenInvariants()).toEqual([]));

  const codeOf = (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => 'done',
      (error: Error & { code?: string }) => error.code ?? error.message,
    );
  const countOf = (codes: readonly string[], code: string): number => codes.filter((one) => one === code).length;

  const unitsOf = async (book: string): Promise<Record<string, number>> => {
    const rows = await house.database.query<{ name: string; units: number }>(
      `SELECT l.name, h.units FROM inventory.holdings h JOIN inventory.libraries l ON l.id = h.library_id
        WHERE h.book_id = $1`,
      [book],
    );
    return Object.fromEntries(rows.map(({ name, units }) => [name, units]));
  };

  it('are what the last of two editors says, and each change is told once', async () => {
    const book = await house.book({ 'Main Library': 1 });
    for (let round = 0; round < 6; round++) {
      const [high, low] = [10 + round, 3 + round];
      await Promise.all([house.changeCopies(book, high), other.changeCopies(book, low)]);
      expect([high, low]).toContain((await unitsOf(book))['Main Library']);
    }
    const events = await house.database.query<{ data: { version: number; units: number; changed: string[] } }>(
      `SELECT data FROM platform.outbox WHERE subject = $1 AND type = 'book_updated' ORDER BY position`,
      [`books/${book}`],
    );
    expect(events.map(({ data }) => data.version)).toEqual(events.map((_, place) => place + 2));
    expect(events.at(-1)?.data.units).toBe((await unitsOf(book))['Main Library']);
    expect(new Set(events.flatMap(({ data }) => data.changed))).toEqual(new Set(['units', 'holdings']));
  });

  it('never leave a reader beside a free copy, nor a copy to two, whoever raises, lowers and moves them', async () => {
    const book = await house.book({ 'Main Library': 3, Quay: 2 });
    const first = await Promise.all((await house.customers(12)).map((customer) => house.reserve(customer, book)));
    const latecomers = await house.customers(20);
    const wishes = [undefined, 'Quay', 'Main Library', 'Hill'];
    const codes = await Promise.all([
      ...first.slice(0, 5).map(({ id }) => codeOf(house.giveBack(id))),
      ...first.slice(5, 8).map(({ id }) => codeOf(other.cancel(id))),
      ...latecomers.map((customer, i) =>
        codeOf((i % 2 ? house : other).reserve(customer, book, { library: wishes[i % wishes.length] })),
      ),
      ...WANTED.map((wanted, i) => codeOf((i % 2 ? house : other).changeCopies(book, wanted))),
    ]);
    const expected = ['done', 'fewer-than-reserved', 'reservation-not-active', 'reservation-ended'];
    expect(expected).toEqual(expect.arrayContaining([...new Set(codes)]));
    await house.changeCopies(book, { 'Main Library': 40, Quay: 40, Hill: 40 });
    expect((await house.queue(book)).length).toBe(0);
  });

  it('are set for many books in opposite orders without a deadlock, while their readers come and go', async () => {
    const books = await Promise.all(Array.from({ length: 12 }, () => house.book({})));
    const [quay, main] = [await house.library('Quay'), await house.library('Main Library')];
    const customers = await house.customers(24);
    const places = await Promise.all(
      customers.map((customer, i) => house.reserve(customer, books[i % books.length] ?? '')),
    );
    const opposite = books.toReversed();
    // No fewer than two, for so many readers may have copies of a book there.
    const attempts = await Promise.all([
      ...[2, 3, 4].map((units) => house.setUnitsOfAll(books, main, units)),
      ...[2, 3, 4].map((units) => other.setUnitsOfAll(opposite, quay, units)),
      ...places.slice(12).map(({ id }) => other.cancel(id).then(() => 1)),
    ]);
    expect(attempts).toEqual(attempts.map(() => 1));
    expect(await Promise.all(places.slice(0, 12).map(({ id }) => house.statusOf(id)))).toEqual(
      Array(12).fill('active'),
    );
  });

  it('are raised by exactly as many as are handed on, in the order of the tickets', async () => {
    const book = await house.book({});
    const places = [];
    for (const customer of await house.customers(6)) places.push(await house.reserve(customer, book));
    const codes = await Promise.all([2, 3, 4].map((units) => codeOf(house.changeCopies(book, { Quay: units }))));
    expect(['done', 'fewer-than-reserved']).toEqual(expect.arrayContaining([...new Set(codes)]));
    expect(await unitsOf(book)).toEqual({ Quay: 4 });
    expect(await Promise.all(places.map(({ id }) => house.statusOf(id)))).toEqual([
      ...Array<string>(4).fill('active'),
      ...Array<string>(2).fill('pending'),
    ]);
    const activated = await house.database.query<{ subject: string }>(
      `SELECT subject FROM platform.outbox WHERE type = 'reservation_activated' AND data ->> 'bookId' = $1 ORDER BY position`,
      [book],
    );
    expect(activated.map(({ subject }) => subject)).toEqual(places.slice(0, 4).map(({ id }) => `reservations/${id}`));
  });

  it('go with their book or stay with it: no reservation is left without one', async () => {
    for (let round = 0; round < 10; round++) {
      const book = await house.book({ 'Main Library': round % 3 });
      const [early, ...late] = await house.customers(6);
      const place = await house.reserve(early ?? '', book, { library: 'Quay' });
      const [deleted, cancelled, ...reserved] = await Promise.all([
        codeOf(other.deleteBook(book)),
        codeOf(house.cancel(place.id)),
        ...late.map((customer) => codeOf(house.reserve(customer, book))),
      ]);
      expect(['done', 'copies-reserved']).toContain(deleted);
      expect(['done', 'reservation-ended']).toContain(cancelled);
      expect(['done', 'book-not-found']).toEqual(expect.arrayContaining([...new Set(reserved)]));
      const rows = await house.database.query<{ status: string }>(
        'SELECT status FROM lending.reservations WHERE book_id = $1',
        [book],
      );
      expect(rows).toHaveLength(1 + countOf(reserved, 'done'));
      if (deleted === 'done') expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['cancelled']));
    }
  });

  it('that go with their book at the same moment keep no account from being closed', async () => {
    for (let round = 0; round < 10; round++) {
      const books = [await house.book({}), await house.book({}), await house.book({})];
      const customer = await house.customer();
      for (const book of books) await house.reserve(customer, book);
      const closing = house.closeAccount(customer);
      const codes = await Promise.all([closing, ...books.map((book) => other.deleteBook(book))].map(codeOf));
      expect(codes).toEqual(['done', 'done', 'done', 'done']);
    }
  });

  it('that went with their book make a late cancellation a conflict', async () => {
    const book = await house.book({});
    const place = await house.reserve(await house.customer(), book);
    await house.deleteBook(book);
    expect(await house.events(`reservations/${place.id}`)).toEqual(['reservation_created', 'reservation_cancelled']);
    expect(await codeOf(house.cancel(place.id))).toBe('reservation-ended');
    expect(await codeOf(house.giveBack(place.id))).toBe('reservation-not-active');
  });
});
