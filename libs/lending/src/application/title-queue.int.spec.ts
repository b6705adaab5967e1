import { LendingHouse } from '../../testing/lending-house.js';
import type { ReservationView } from './reservation.view.js';

jest.setTimeout(60_000);

describe('the queue of a title', () => {
  let house: LendingHouse;

  beforeAll(async () => {
    house = await LendingHouse.open();
  });
  afterAll(() => house.close());
  afterEach(async () => expect(await house.brokenInvariants()).toEqual([]));

  const codeOf = (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => 'done',
      (error: { code: string }) => error.code,
    );

  describe('with 200 customers and 10 units', () => {
    let book: string;
    let reservations: ReservationView[];
    const pending = () =>
      reservations
        .filter(({ status }) => status === 'pending')
        .sort((a, b) => (a.queuePosition ?? 0) - (b.queuePosition ?? 0));
    const active = () => reservations.filter(({ status }) => status === 'active');

    beforeAll(async () => {
      book = await house.book({ 'Main Library': 10 });
      const customers = await house.customers(200);
      reservations = await Promise.all(customers.map((customer) => house.reserve(customer, book)));
    });

    it('grants exactly 10 copies, and gives the others the positions 1 to 190 without gap or double', async () => {
      expect(active()).toHaveLength(10);
      expect(pending().map(({ queuePosition }) => queuePosition)).toEqual(Array.from({ length: 190 }, (_, i) => i + 1));
      const queue = await house.queue(book);
      expect(queue.items.map(({ reservationId }) => reservationId)).toEqual(pending().map(({ id }) => id));
    });

    it('hands 10 copies that come back at once to the positions 1 to 10', async () => {
      const [next, rest] = [pending().slice(0, 10), pending().slice(10)];
      await Promise.all(active().map(({ id }) => house.giveBack(id)));
      expect(await Promise.all(next.map(({ id }) => house.statusOf(id)))).toEqual(Array(10).fill('active'));
      expect(await Promise.all(rest.map(({ id }) => house.statusOf(id)))).toEqual(Array(180).fill('pending'));
      expect((await house.queue(book)).items[0]).toMatchObject({ position: 1, reservationId: rest[0]?.id });
    });
  });

  it('serves two processes as it serves one', async () => {
    const other = await LendingHouse.open(house.databaseUrl);
    try {
      const book = await house.book({ 'Main Library': 3 });
      const customers = await house.customers(60);
      const all = await Promise.all(
        customers.map((customer, i) => (i % 2 === 0 ? house : other).reserve(customer, book)),
      );
      expect(all.filter(({ status }) => status === 'active')).toHaveLength(3);
      const positions = all.flatMap(({ queuePosition }) => queuePosition ?? []).sort((a, b) => a - b);
      expect(positions).toEqual(Array.from({ length: 57 }, (_, i) => i + 1));
    } finally {
      await other.close();
    }
  });

  it('survives returns, cancellations and requests all at once', async () => {
    const book = await house.book({ 'Main Library': 4, 'Harbour Branch': 3 });
    const first = await Promise.all((await house.customers(40)).map((customer) => house.reserve(customer, book)));
    const latecomers = await house.customers(30);
    const outcomes = await Promise.allSettled([
      ...first.slice(0, 25).map(({ id }) => house.giveBack(id)),
      ...first.slice(10, 40).map(({ id }) => house.cancel(id)),
      ...latecomers.map((customer, i) =>
        house.reserve(customer, book, i % 3 === 0 ? { library: 'Harbour Branch' } : {}),
      ),
    ]);
    const refusals = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : [],
    );
    // Which of two that want the same comes first is chance; that nothing else went wrong is not.
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.filter((code) => !['reservation-not-active', 'reservation-ended'].includes(code))).toEqual([]);
  });

  it('lets a customer have a book once, however often it is asked for at once', async () => {
    const book = await house.book({ 'Main Library': 5 });
    const customer = await house.customer();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => codeOf(house.reserve(customer, book))));
    expect(outcomes.sort()).toEqual([...Array<string>(19).fill('already-reserved'), 'done']);
  });

  it('holds the limit of open reservations, also for requests of different books at once', async () => {
    const customer = await house.customer();
    const books = await Promise.all(Array.from({ length: 15 }, () => house.book({ 'Main Library': 1 })));
    const outcomes = await Promise.all(books.map((book) => codeOf(house.reserve(customer, book))));
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'too-many-open-reservations')).toHaveLength(5);
  });

  it('frees one copy for a return that comes twenty times at once', async () => {
    const book = await house.book({ 'Main Library': 1 });
    const { id } = await house.reserve(await house.customer(), book);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => codeOf(house.giveBack(id))));
    expect(outcomes.sort()).toEqual(['done', ...Array<string>(19).fill('reservation-not-active')]);
    expect(await house.events(`reservations/${id}`)).toEqual(['reservation_created', 'reservation_completed']);
  });

  it('gives a copy to the earliest who accepts its library; who is passed over keeps the place', async () => {
    const book = await house.book({ 'Main Library': 1, 'Harbour Branch': 1 });
    const atMain = await house.reserve(await house.customer(), book, { library: 'Main Library' });
    await house.reserve(await house.customer(), book, { library: 'Harbour Branch' });
    const wantsHarbour = await house.reserve(await house.customer(), book, { library: 'Harbour Branch' });
    const wantsAny = await house.reserve(await house.customer(), book);
    await house.giveBack(atMain.id);
    expect(await house.statusOf(wantsAny.id)).toBe('active');
    expect(await house.statusOf(wantsHarbour.id)).toBe('pending');
    expect((await house.queue(book)).items).toMatchObject([{ position: 1, reservationId: wantsHarbour.id }]);
  });

  it('passes over a reader whose account is inactive, who keeps the ticket', async () => {
    const book = await house.book({ 'Main Library': 1 });
    const first = await house.reserve(await house.customer(), book);
    const blocked = await house.customer();
    const blockedPlace = await house.reserve(blocked, book);
    const next = await house.reserve(await house.customer(), book);
    await house.deactivate(blocked);
    await house.giveBack(first.id);
    expect(await house.statusOf(next.id)).toBe('active');
    expect(await house.statusOf(blockedPlace.id)).toBe('pending');
  });

  it('serves those who wait when units are added, in the order of their tickets', async () => {
    const book = await house.book({ 'Main Library': 0 });
    const places: ReservationView[] = [];
    for (const customer of await house.customers(4)) places.push(await house.reserve(customer, book));
    await house.setUnits(book, 'Main Library', 2);
    expect(await Promise.all(places.map(({ id }) => house.statusOf(id)))).toEqual([
      'active',
      'active',
      'pending',
      'pending',
    ]);
  });

  it('never lowers the units below what readers have, though requests come meanwhile', async () => {
    const book = await house.book({ 'Main Library': 10 });
    const customers = await house.customers(10);
    await Promise.all([
      ...customers.map((customer) => house.reserve(customer, book)),
      ...[6, 5, 4].map((units) => codeOf(house.setUnits(book, 'Main Library', units))),
    ]);
    await house.setUnits(book, 'Main Library', 10);
    expect((await house.queue(book)).length).toBe(0);
  });

  it('starts the time of one who waited when the copy comes, and prices it then', async () => {
    const book = await house.book({ 'Main Library': 1 });
    const first = await house.reserve(await house.customer(), book, { days: 10 });
    const place = await house.reserve(await house.customer(), book, { days: 5 });
    expect(place).toMatchObject({
      status: 'pending',
      price: null,
      startOfReservation: null,
      estimatedFrom: first.endOfReservation,
    });
    house.clock.pass(3);
    await house.giveBack(first.id);
    const { items } = await house.queue(book);
    expect(items).toEqual([]);
    const [event] = await house.database.query<{ data: ReservationView }>(
      `SELECT data FROM platform.outbox WHERE subject = $1 AND type = 'reservation_activated'`,
      [`reservations/${place.id}`],
    );
    expect(event?.data).toMatchObject({ status: 'active', price: 0.5, queuePosition: null });
    const length = Date.parse(event?.data.endOfReservation ?? '') - Date.parse(event?.data.startOfReservation ?? '');
    expect(length).toBe(5 * 86_400_000);
  });

  it('renews while nobody waits, and refuses as soon as somebody does', async () => {
    const book = await house.book({ 'Main Library': 1 });
    const { id } = await house.reserve(await house.customer(), book, { days: 5 });
    expect(await house.renew(id, 9)).toMatchObject({ renewals: 1, price: 0.9 });
    await house.reserve(await house.customer(), book);
    expect(await codeOf(house.renew(id, 12))).toBe('somebody-waits');
  });
});
