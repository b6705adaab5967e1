import { newId } from '@holdfast/kernel';
import type { Actor } from '@holdfast/platform';
import { BookCache } from '@holdfast/catalog';
import { eventually } from '@holdfast/platform/testing';
import { RemoveLibrary } from '../../libs/inventory/src/application/manage-library.js';
import { EndReservation } from '../../libs/lending/src/application/end-reservation.js';
import { RenewReservation } from '../../libs/lending/src/application/renew-reservation.js';
import type { ReservationView } from '../../libs/lending/src/application/reservation.view.js';
import { type LendingHouse, STAFF } from '../../libs/lending/testing/lending-house.js';
import { Houses } from './support/houses.js';
import { DAY } from './support/world.js';

jest.setTimeout(120_000);

/** Chance decides who is first: often enough that both orders come. */
const ROUNDS = 8;

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'done',
    (error: Error & { code?: string }) => error.code ?? String(error),
  );
const times = <T>(count: number, work: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => work(n));
const oneTo = (count: number): number[] => times(count, (n) => n + 1);

describe('what meets on one title', () => {
  let houses: Houses;
  let here: LendingHouse;
  let there: LendingHouse;

  beforeAll(async () => {
    houses = await Houses.open();
    ({ one: here, other: there } = houses);
  });
  afterAll(() => houses.close());
  afterEach(async () => expect(await here.brokenInvariants()).toEqual([]));

  /** Reservations of as many new customers, one after the other. */
  async function line(count: number, book: string, library?: string): Promise<ReservationView[]> {
    const made: ReservationView[] = [];
    for (const customer of await here.customers(count)) made.push(await here.reserve(customer, book, { library }));
    return made;
  }
  const statuses = (...reservations: { id: string }[]): Promise<string[]> =>
    Promise.all(reservations.map(({ id }) => here.statusOf(id)));
  const freeOf = async (book: string): Promise<number> =>
    (
      await here.database.one<{ free: number }>(
        'SELECT coalesce(sum(units - reserved), 0)::int AS free FROM inventory.holdings WHERE book_id = $1',
        [book],
      )
    ).free;
  const account = (does: 'deactivate' | 'reactivate' | 'delete account', customer: string): Promise<string> =>
    houses.perform({ does, customer }, 1).then(({ code }) => code);
  const allOf = (codes: string[], allowed: string[]): void =>
    expect(allowed).toEqual(expect.arrayContaining([...new Set(codes)]));

  it('sixty clients of two instances on one copy: one has it, the others the places 1 to 59, told to each at once', async () => {
    const book = await here.book({ 'Main Library': 1 });
    const customers = await here.customers(60);
    const answers = await Promise.all(
      customers.map((customer, n) =>
        (n % 2 ? here : there).reserve(customer, book, n % 3 ? {} : { library: 'Main Library' }),
      ),
    );
    expect(answers.filter(({ status }) => status === 'active')).toHaveLength(1);
    const places = answers.flatMap(({ queuePosition }) => queuePosition ?? []);
    expect(places.sort((a, b) => a - b)).toEqual(oneTo(59));
  });

  it('one customer twenty times through two instances: one reservation, one event', async () => {
    const book = await here.book({ 'Main Library': 2 });
    const customer = await here.customer();
    const codes = await Promise.all(times(20, (n) => codeOf((n % 2 ? here : there).reserve(customer, book))));
    expect(codes.sort()).toEqual([...Array<string>(19).fill('already-reserved'), 'done']);
    expect(await freeOf(book)).toBe(1);
  });

  it('a return, a cancellation and twice as many requests of one copy: one of the two ends it, nobody is left beside it', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const book = await here.book({ 'Main Library': 1 });
      const [held, waiting] = (await line(2, book)) as [ReservationView, ReservationView];
      const newcomers = await here.customers(4);
      const [returned, cancelled, again] = await Promise.all([
        codeOf(here.giveBack(held.id)),
        codeOf(there.cancel(held.id)),
        codeOf(there.giveBack(held.id)),
        ...newcomers.map((customer, n) => (n % 2 ? here : there).reserve(customer, book)),
      ]);
      expect([returned, again, cancelled].filter((code) => code === 'done')).toHaveLength(1);
      allOf([returned, again, cancelled] as string[], ['done', 'reservation-not-active', 'reservation-ended']);
      expect(await statuses(waiting)).toEqual(['active']);
      expect((await here.queue(book)).length).toBe(4);
    }
  });

  it('a copy that comes back and the first in the queue who leaves: it never goes to a place that was given up', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const book = await here.book({ 'Main Library': 1 });
      const [held, first, second] = (await line(3, book)) as [ReservationView, ReservationView, ReservationView];
      await Promise.all([here.giveBack(held.id), there.cancel(first.id)]);
      // Whether the turn came before the end or after it: the copy is with the second in the end.
      expect(await statuses(first, second)).toEqual(['cancelled', 'active']);
      const told = await here.events(`reservations/${first.id}`);
      expect(['reservation_created', 'reservation_cancelled']).toEqual([told.at(0), told.at(-1)]);
    }
  });

  it('several copies that come back at once, with fewer who wait: each gets one, the rest are free', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const book = await here.book({ 'Main Library': 3, Quay: 2 });
      const held = await line(5, book);
      const waiting = await line(3, book);
      await Promise.all(held.map(({ id }, n) => (n % 2 ? here.giveBack(id) : there.cancel(id))));
      expect(await statuses(...waiting)).toEqual(['active', 'active', 'active']);
      expect(await freeOf(book)).toBe(2);
    }
  });

  it('units that are lowered while readers come: the units are never fewer than the copies that readers have', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const book = await here.book({ Quay: 6 });
      const customers = await here.customers(6);
      const [lowered, ...codes] = await Promise.all([
        houses
          .perform({ does: 'set units', book, library: 'Quay', units: 2 + (round % 4) }, 1)
          .then(({ code }) => code),
        ...customers.map((customer) => codeOf(here.reserve(customer, book, { library: 'Quay' }))),
      ]);
      allOf([lowered ?? ''], ['done', 'fewer-than-reserved']);
      expect(codes).toEqual(Array(6).fill('done'));
      const waiting = (await here.queue(book)).length;
      expect(waiting).toBe(lowered === 'done' ? 6 - (2 + (round % 4)) : 0);
    }
  });

  it('copies that move to another library while others come back: whoever waits there is served from both', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const book = await here.book({ 'Main Library': 2, Quay: 1 });
      const held = await line(3, book);
      const atHill = await line(2, book, 'Hill');
      const [moved] = await Promise.all([
        houses.perform({ does: 'move copies', book, units: { 'Main Library': 2, Quay: 1, Hill: 2 } }, 1),
        ...held.map(({ id }) => here.giveBack(id)),
      ]);
      expect(moved.code).toBe('done');
      expect(await statuses(...atHill)).toEqual(['active', 'active']);
    }
  });

  it('a library that is removed while somebody reserves there: one of the two is refused', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const name = `Passing ${newId()}`;
      const library = await here.library(name);
      const book = await here.book({ 'Main Library': 1 });
      const customer = await here.customer();
      const [removed, reserved] = await Promise.all([
        codeOf(there.execute(new RemoveLibrary(library, undefined))),
        codeOf(here.reserve(customer, book, { library: round % 2 ? name : library })),
      ]);
      expect([
        ['done', 'library-not-found'],
        ['library-in-use', 'done'],
      ]).toContainEqual([removed, reserved]);
    }
  });

  it('a library that is removed while copies come to it, which somebody waits for: it stays', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const name = `Staying ${newId()}`;
      const library = await here.library(name);
      const book = await here.book({});
      const [waiting] = await line(1, book, name);
      const [removed, moved] = await Promise.all([
        codeOf(there.execute(new RemoveLibrary(library, undefined))),
        codeOf(here.changeCopies(book, { [name]: 1 })),
      ]);
      expect([removed, moved]).toEqual(['library-in-use', 'done']);
      expect(await statuses(waiting as ReservationView)).toEqual(['active']);
    }
  });

  it('an account that is deleted as its turn comes: it has the copy and stays, or the copy is with the next', async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const book = await here.book({ 'Main Library': 1 });
      const [held, first, second] = (await line(3, book)) as [ReservationView, ReservationView, ReservationView];
      const [deleted] = await Promise.all([account('delete account', first.customerId), here.giveBack(held.id)]);
      outcomes.add(deleted);
      expect(await statuses(first, second)).toEqual(
        deleted === 'done' ? ['cancelled', 'active'] : ['active', 'pending'],
      );
    }
    allOf([...outcomes], ['done', 'copies-out']);
  });

  it('an account that is deleted while it reserves: it has nothing afterwards', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const book = await here.book({});
      const customer = await here.customer();
      const [deleted, reserved] = await Promise.all([
        account('delete account', customer),
        codeOf(here.reserve(customer, book)),
      ]);
      expect(deleted).toBe('done');
      allOf([reserved], ['done', 'customer-not-found']);
      expect((await here.queue(book)).length).toBe(0);
    }
  });

  it('an account that is deactivated as its turn comes: it has the copy, or keeps its ticket and is next when it is back', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const book = await here.book({ 'Main Library': 1 });
      const [held, first, second] = (await line(3, book)) as [ReservationView, ReservationView, ReservationView];
      await Promise.all([account('deactivate', first.customerId), here.giveBack(held.id)]);
      const [ofFirst, ofSecond] = await statuses(first, second);
      expect([
        ['active', 'pending'],
        ['pending', 'active'],
      ]).toContainEqual([ofFirst, ofSecond]);
      if (ofFirst === 'active') continue;
      await line(1, book);
      await account('reactivate', first.customerId);
      expect((await here.read(STAFF, first.id)).queuePosition).toBe(1);
      await here.giveBack(second.id);
      expect(await statuses(first)).toEqual(['active']);
    }
  });

  it('an account that comes back as a copy does: the copy is not left on the shelf beside it', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const book = await here.book({ 'Main Library': 1 });
      const [held, waiting] = (await line(2, book)) as [ReservationView, ReservationView];
      await account('deactivate', waiting.customerId);
      await Promise.all([account('reactivate', waiting.customerId), here.giveBack(held.id)]);
      expect(await statuses(waiting)).toEqual(['active']);
    }
  });

  it('an account that comes back after its copy did: the copy that stood free is its', async () => {
    const book = await here.book({ 'Main Library': 1 });
    const [held, waiting, elsewhere] = (await line(2, book)).concat(await line(1, book, 'Hill')) as [
      ReservationView,
      ReservationView,
      ReservationView,
    ];
    await account('deactivate', waiting.customerId);
    await here.giveBack(held.id);
    expect(await freeOf(book)).toBe(1);
    await account('reactivate', waiting.customerId);
    expect(await statuses(waiting, elsewhere)).toEqual(['active', 'pending']);
  });

  it('two renewals at once: of the same date one counts, of the last allowed one counts, of one version one counts', async () => {
    const book = await here.book({ 'Main Library': 3 });
    const [a, b, c] = (await line(3, book)) as [ReservationView, ReservationView, ReservationView];
    const same = await Promise.all([codeOf(here.renew(a.id, 12)), codeOf(there.renew(a.id, 12))]);
    expect(same.sort()).toEqual(['done', 'renewal-not-later']);

    await here.renew(b.id, 10);
    const last = await Promise.all([codeOf(here.renew(b.id, 14)), codeOf(there.renew(b.id, 15))]);
    expect(last.sort()).toEqual(['done', 'renewals-used-up']);

    const until = (days: number) => ({ at: new Date(houses.now + days * DAY), wholeDay: false });
    const versions = await Promise.all([
      codeOf(here.execute(new RenewReservation(c.id, until(12), STAFF, [1]))),
      codeOf(there.execute(new RenewReservation(c.id, until(14), STAFF, [1]))),
      codeOf(there.execute(new RenewReservation(c.id, until(16), STAFF, [1]))),
    ]);
    expect(versions.sort()).toEqual(['done', 'precondition-failed', 'precondition-failed']);
  });

  it('a renewal and the first who waits: it counts when it came before, and is refused with the reason when after', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const book = await here.book({ 'Main Library': 1 });
      const [held] = (await line(1, book)) as [ReservationView];
      const newcomer = await here.customer();
      const [renewed, place] = await Promise.all([
        codeOf(here.renew(held.id, 12)),
        there.reserve(newcomer, book).then(({ id }) => id),
      ]);
      allOf([renewed], ['done', 'somebody-waits']);
      const told = await here.database.query<{ subject: string; type: string }>(
        `SELECT subject, type FROM platform.outbox WHERE subject = ANY ($1) AND type IN ('reservation_renewed', 'reservation_created')
          ORDER BY position`,
        [[`reservations/${held.id}`, `reservations/${place}`]],
      );
      const order = told.slice(1).map(({ type }) => type);
      expect(order).toEqual(
        renewed === 'done' ? ['reservation_renewed', 'reservation_created'] : ['reservation_created'],
      );
    }
  });

  it('nobody renews past somebody who waits, neither staff nor the reader, and both are told why', async () => {
    const book = await here.book({ 'Main Library': 1 });
    const [held] = (await line(2, book)) as [ReservationView];
    const reader: Actor = { userId: held.customerId, role: 'customer', sessionId: newId() };
    const until = { at: new Date(houses.now + 12 * DAY), wholeDay: false };
    for (const actor of [reader, STAFF]) {
      expect(await codeOf(here.execute(new RenewReservation(held.id, until, actor, undefined)))).toBe('somebody-waits');
    }
  });

  it('twenty books at once by one customer: ten, and ten refusals', async () => {
    const books = await Promise.all(times(20, () => here.book({ 'Main Library': 1 })));
    const customer = await here.customer();
    const codes = await Promise.all(books.map((book, n) => codeOf((n % 2 ? here : there).reserve(customer, book))));
    expect(codes.sort()).toEqual([
      ...Array<string>(10).fill('done'),
      ...Array<string>(10).fill('too-many-open-reservations'),
    ]);
  });

  it('a book that goes while it is reserved, renewed and returned: it goes with its queue, or stays with its copies', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const book = await here.book({ 'Main Library': 1 });
      const [held, waiting] = (await line(2, book)) as [ReservationView, ReservationView];
      const newcomer = await here.customer();
      const [deleted, cancelled, , reserved] = await Promise.all([
        codeOf(there.deleteBook(book)),
        codeOf(here.cancel(waiting.id)),
        codeOf(there.giveBack(held.id)),
        codeOf(here.reserve(newcomer, book)),
      ]);
      allOf([deleted ?? ''], ['done', 'copies-reserved']);
      allOf([cancelled ?? ''], ['done', 'reservation-ended']);
      allOf([reserved ?? ''], ['done', 'book-not-found']);
    }
  });

  it('fifteen who may not have it stand before one who may: the copy goes to that one', async () => {
    const book = await here.book({ 'Main Library': 1 });
    const [held] = (await line(1, book)) as [ReservationView];
    const [elsewhere, inactive] = [await line(8, book, 'Hill'), await line(7, book)];
    for (const { customerId } of inactive) await account('deactivate', customerId);
    const [last] = (await line(1, book)) as [ReservationView];
    await here.giveBack(held.id);
    expect(await statuses(last, ...elsewhere.slice(0, 1), ...inactive.slice(0, 1))).toEqual([
      'active',
      'pending',
      'pending',
    ]);
    expect((await here.queue(book)).items.map(({ position }) => position)).toEqual(oneTo(15));
  });

  it('a new place never comes before an old one, whatever left the queue in between', async () => {
    const book = await here.book({ 'Main Library': 1 });
    const [held, first, second] = (await line(3, book)) as [ReservationView, ReservationView, ReservationView];
    await here.cancel(first.id);
    const [third] = (await line(1, book)) as [ReservationView];
    await here.cancel(third.id);
    const again = await here.reserve(third.customerId, book);
    const fresh = await here.reserve(first.customerId, book);
    const places = (await here.queue(book)).items.map(({ reservationId }) => reservationId);
    expect(places).toEqual([second.id, again.id, fresh.id]);
    await here.giveBack(held.id);
    expect(await statuses(second)).toEqual(['active']);
  });

  it('no lock of a title is held while something outside of the database takes its time', async () => {
    const book = await here.book({ 'Main Library': 1 });
    const [first, second] = (await here.customers(2)) as [string, string];
    let goOn = (): void => undefined;
    const hanging = new Promise<void>((resolve) => (goOn = resolve));
    const cache = jest.spyOn(BookCache.prototype, 'forget').mockReturnValue(hanging);
    try {
      const answers = [here.reserve(first, book), there.reserve(second, book)];
      // Both are committed, though neither is answered: the cache has not answered.
      await eventually(async () => expect(await here.list(STAFF, { bookId: book })).toMatchObject({ total: 2 }));
      const { open } = await here.database.one<{ open: number }>(
        `SELECT count(*)::int AS open FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
      );
      expect(open).toBe(0);
      goOn();
      expect((await Promise.all(answers)).map(({ status }) => status).sort()).toEqual(['active', 'pending']);
    } finally {
      goOn();
      cache.mockRestore();
    }
  });

  it('one end of a reservation among thirty, by version or without: one event tells of it', async () => {
    const book = await here.book({ 'Main Library': 1 });
    const [held] = (await line(1, book)) as [ReservationView];
    const codes = await Promise.all(
      times(30, (n) =>
        codeOf(
          (n % 2 ? here : there).execute(
            new EndReservation(held.id, n % 3 ? 'return' : 'cancel', STAFF, n % 5 ? undefined : [1]),
          ),
        ),
      ),
    );
    expect(codes.filter((code) => code === 'done')).toHaveLength(1);
    allOf(codes, ['done', 'reservation-not-active', 'reservation-ended', 'precondition-failed']);
    expect(await here.events(`reservations/${held.id}`)).toHaveLength(2);
  });
});
