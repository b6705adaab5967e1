import fc from 'fast-check';
import { AccountClosing } from '@holdfast/identity';
import { UnitOfWork } from '@holdfast/platform';
import { LendingHouse } from '../../testing/lending-house.js';
import { refuseTurn } from '../domain/reservation-policies.js';
import { Title } from '../domain/title.js';
import type { ReservationView } from './reservation.view.js';
import { ServePassedOver } from './serve-passed-over.js';
import { TitleDesk } from './title-desk.js';
import { TitleQueue } from './title-queue.js';

jest.setTimeout(60_000);

const LIMIT = 3;

/** Who is passed over when a copy comes free, and how they come to their turn again. `strict` is the network as it is now. */
describe('a reader who waits', () => {
  let strict: LendingHouse;
  /** The same as it was when more was allowed. */
  let generous: LendingHouse;

  beforeAll(async () => {
    strict = await LendingHouse.open(undefined, { LENDING_OPEN_RESERVATIONS_LIMIT: String(LIMIT) });
    generous = await LendingHouse.open(strict.databaseUrl);
  });
  afterAll(async () => {
    await generous?.close();
    await strict?.close();
  });

  const statusesOf = (...places: ReservationView[]): Promise<string[]> =>
    Promise.all(places.map(({ id }) => strict.statusOf(id)));
  const emptyBooks = (count: number): Promise<string[]> =>
    Promise.all(Array.from({ length: count }, () => strict.book({ 'Main Library': 0 })));
  /** A customer with more open than is allowed now: places in the queues of these books. */
  async function withTooMany(books: readonly string[]): Promise<{ customer: string; places: ReservationView[] }> {
    const customer = await strict.customer();
    const places = [];
    for (const book of books) places.push(await generous.reserve(customer, book));
    return { customer, places };
  }

  it('is passed over with more open than is allowed, and keeps the ticket', async () => {
    const [book = '', ...others] = await emptyBooks(LIMIT + 1);
    const { places } = await withTooMany([book, ...others]);
    const next = await strict.reserve(await strict.customer(), book);
    await strict.setUnits(book, 'Main Library', 1);
    expect(await statusesOf(places[0] as ReservationView, next)).toEqual(['pending', 'active']);
    expect((await strict.queue(book)).items).toMatchObject([{ position: 1, reservationId: places[0]?.id }]);
  });

  it('with as many as are allowed gets a copy', async () => {
    const books = await emptyBooks(LIMIT);
    const { places } = await withTooMany(books);
    await strict.setUnits(books[0] ?? '', 'Main Library', 1);
    expect(await statusesOf(...places)).toEqual(['active', 'pending', 'pending']);
  });

  it('who gives one up gets the copies that are free elsewhere, in the same moment', async () => {
    const books = await emptyBooks(LIMIT + 1);
    const { places } = await withTooMany(books);
    for (const book of books.slice(1)) await strict.setUnits(book, 'Main Library', 1);
    expect(await statusesOf(...places)).toEqual(['pending', 'pending', 'pending', 'pending']);
    await strict.cancel(places[0]?.id ?? '');
    expect(await statusesOf(...places)).toEqual(['cancelled', 'active', 'active', 'active']);
    expect(await strict.brokenInvariants()).toEqual([]);
  });

  it('who gives two up at once, from two processes, is not passed over by both', async () => {
    const other = await LendingHouse.open(strict.databaseUrl, { LENDING_OPEN_RESERVATIONS_LIMIT: String(LIMIT) });
    for (let round = 0; round < 5; round++) {
      const books = await emptyBooks(LIMIT + 2);
      const { places } = await withTooMany(books);
      for (const book of books.slice(2)) await strict.setUnits(book, 'Main Library', 1);
      await Promise.all([strict.cancel(places[0]?.id ?? ''), other.cancel(places[1]?.id ?? '')]);
      expect(await statusesOf(...places.slice(2))).toEqual(['active', 'active', 'active']);
    }
    await other.close();
  });

  it('comes before a new request where the limit was raised meanwhile, and gets what is free by the sweep', async () => {
    const books = await emptyBooks(LIMIT + 1);
    const { places } = await withTooMany(books);
    const [one = '', other = ''] = books;
    for (const book of [one, other]) await strict.setUnits(book, 'Main Library', 1);
    expect(await statusesOf(...places)).toEqual(['pending', 'pending', 'pending', 'pending']);
    const late = await generous.reserve(await strict.customer(), one);
    expect(late).toMatchObject({ status: 'pending', queuePosition: 1 });
    expect(await statusesOf(...places)).toEqual(['active', 'pending', 'pending', 'pending']);
    const sweep = new ServePassedOver(generous.get(TitleDesk), generous.get(TitleQueue), generous.get(UnitOfWork));
    await sweep.sweep();
    expect(await statusesOf(...places)).toEqual(['active', 'active', 'pending', 'pending']);
    expect(await generous.get(TitleDesk).withTurnsDue()).toEqual([]);
  });

  it('whose account was inactive has the turn when it comes back, by ticket, and at every title', async () => {
    const books = await emptyBooks(2);
    const customer = await strict.customer();
    const places = [];
    for (const book of books) places.push(await strict.reserve(customer, book));
    await strict.deactivate(customer);
    for (const book of books) await strict.setUnits(book, 'Main Library', 1);
    expect(await statusesOf(...places)).toEqual(['pending', 'pending']);
    await strict.get(UnitOfWork).run(async () => {
      await strict.database.execute('UPDATE identity.users SET is_active = true WHERE id = $1', [customer]);
      await strict.get(AccountClosing).reopen(customer);
    });
    expect(await statusesOf(...places)).toEqual(['active', 'active']);
    expect(await strict.brokenInvariants()).toEqual([]);
  });

  it('does not keep a copy from being renewed while passed over', async () => {
    const book = await strict.book({ 'Main Library': 1 });
    const held = await strict.reserve(await strict.customer(), book);
    const blocked = await strict.customer();
    await strict.reserve(blocked, book);
    await strict.deactivate(blocked);
    expect(await strict.renew(held.id, 12)).toMatchObject({ renewals: 1 });
  });

  it('is judged in the database exactly as by the rules', async () => {
    const reader = fc.record({ isActive: fc.boolean(), openReservations: fc.integer({ min: 1, max: LIMIT + 2 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(reader, { minLength: 1, maxLength: 6 }), async (readers) => {
        const book = await strict.book({ 'Main Library': 0 });
        const more = await emptyBooks(LIMIT + 1);
        const expected: string[] = [];
        for (const customer of readers) {
          const id = await strict.customer();
          const { id: place } = await strict.reserve(id, book);
          for (const other of more.slice(0, customer.openReservations - 1)) await generous.reserve(id, other);
          if (!customer.isActive) await strict.deactivate(id);
          const judge = () => refuseTurn({ terms: { openReservationsLimit: LIMIT }, customer });
          if (!refuses(judge)) expected.push(place);
        }
        const main = await strict.library('Main Library');
        const title = new Title({ bookId: book, priceCents: 0, free: [[main, readers.length]], lastTicket: 0 });
        const lines = await strict.get(TitleDesk).nextInLine([title]);
        expect((lines.get(book) ?? []).map(({ id }) => id)).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });
});

function refuses(judge: () => void): boolean {
  try {
    judge();
    return false;
  } catch {
    return true;
  }
}
