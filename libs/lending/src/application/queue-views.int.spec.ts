import { QueryBus } from '@nestjs/cqrs';
import { newId } from '@holdfast/kernel';
import type { Actor } from '@holdfast/platform';
import { LendingHouse, STAFF } from '../../testing/lending-house.js';
import { statementsOf } from '../../testing/statements.js';
import { DAY_MS } from '../domain/loan-terms.js';
import { estimateQueue } from '../domain/queue-estimate.js';
import { GetQueue } from './read-queue.js';
import type { QueueView, ReservationView } from './reservation.view.js';

jest.setTimeout(120_000);

/** A queue as staff, its readers and lists see it. */
describe('a queue that is looked at', () => {
  let house: LendingHouse;

  beforeAll(async () => {
    house = await LendingHouse.open();
    await house.library('Quay');
  });
  afterAll(() => house.close());

  const readerOf = ({ customerId }: ReservationView): Actor => ({
    userId: customerId,
    role: 'customer',
    sessionId: newId(),
  });
  const queueFor = (actor: Actor, book: string): Promise<QueueView> =>
    house.get(QueryBus).execute(new GetQueue(book, actor));

  /** Two copies at the Main Library, one at the Quay, all out; so many wait, for one of them or for any. */
  async function crowded(
    waiting: number,
  ): Promise<{ book: string; out: ReservationView[]; places: ReservationView[] }> {
    const book = await house.book({ 'Main Library': 2, Quay: 1 });
    const customers = await house.customers(3 + waiting);
    const wishes = [undefined, 'Quay', 'Main Library', undefined];
    const all = await Promise.all(
      customers.map((customer, n) =>
        house.reserve(customer, book, { days: (n % 9) + 1, library: n < 3 ? undefined : wishes[n % wishes.length] }),
      ),
    );
    return { book, out: all.slice(0, 3), places: all.slice(3) };
  }

  it('is the same in every view: the queue, the list, the reservation, and the answer to the request', async () => {
    const { book, places } = await crowded(24);
    const { length, items } = await house.queue(book);
    expect(length).toBe(24);
    const listed = await house.list(STAFF, { bookId: book, status: 'pending' }, { limit: 100 });
    for (const [n, place] of places.entries()) {
      const { id, customerId, createdAt, estimatedFrom } = place;
      expect(place.queuePosition).toBe(n + 1);
      expect(items[n]).toEqual({
        position: n + 1,
        reservationId: id,
        customerId,
        requestedAt: createdAt,
        estimatedFrom,
      });
      expect(listed.items.find((one) => one.id === id)).toEqual(place);
      expect(await house.read(readerOf(place), id)).toEqual(place);
    }
  });

  it('has the estimates that its copies and its lengths give', async () => {
    const { book, out, places } = await crowded(24);
    const copies = out.map(({ library, endOfReservation }) => ({
      libraryId: library?.id ?? '',
      freeAt: Date.parse(endOfReservation ?? ''),
    }));
    const queue = places.map(({ library, requestedUntil, createdAt }) => ({
      libraryId: library?.id ?? null,
      lengthMs: Date.parse(requestedUntil) - Date.parse(createdAt),
    }));
    const expected = estimateQueue(copies, queue, house.clock.now().getTime());
    expect((await house.queue(book)).items.map(({ estimatedFrom }) => Date.parse(estimatedFrom ?? ''))).toEqual(
      expected,
    );
    house.clock.pass(40);
    const { items } = await house.queue(book);
    expect(items.every(({ estimatedFrom }) => Date.parse(estimatedFrom ?? '') >= house.clock.now().getTime())).toBe(
      true,
    );
    house.clock.pass(-40);
  });

  it('shows a reader its length and the own place, and of others nothing', async () => {
    const { book, places } = await crowded(5);
    const third = places[2] as ReservationView;
    expect(await queueFor(readerOf(third), book)).toEqual({
      length: 5,
      items: [
        {
          position: 3,
          reservationId: third.id,
          customerId: third.customerId,
          requestedAt: third.createdAt,
          estimatedFrom: third.estimatedFrom,
        },
      ],
    });
    expect(await queueFor({ userId: newId(), role: 'customer', sessionId: newId() }, book)).toEqual({
      length: 5,
      items: [],
    });
    expect(await house.queue(await house.book({ Quay: 1 }))).toEqual({ length: 0, items: [] });
    await expect(house.queue(newId())).rejects.toMatchObject({ code: 'book-not-found' });
  });

  it('never has a place behind its end, nor a gap, whatever happens meanwhile', async () => {
    const { book, places } = await crowded(30);
    const last = places.at(-1) as ReservationView;
    let isOver = false;
    const changes = (async () => {
      for (const place of places.slice(0, 29)) await house.cancel(place.id);
      isOver = true;
    })();
    const looks = async (look: () => Promise<void>): Promise<number> => {
      for (let times = 1; ; times++) {
        await look();
        if (isOver) return times;
      }
    };
    const [staff, own] = await Promise.all([
      looks(async () => {
        const { length, items } = await house.queue(book);
        expect(items.map(({ position }) => position)).toEqual(Array.from({ length }, (_, n) => n + 1));
      }),
      looks(async () => {
        const { length, items } = await queueFor(readerOf(last), book);
        expect(items).toHaveLength(1);
        expect(items[0]?.position).toBe(length);
      }),
      changes,
    ]);
    expect(Math.min(staff, own)).toBeGreaterThan(2);
    expect(await queueFor(readerOf(last), book)).toMatchObject({ length: 1, items: [{ position: 1 }] });
  });

  it('of thousands costs one statement for a page of a hundred, and one for all of it', async () => {
    const book = await house.book({ 'Main Library': 1 });
    await house.reserve(await house.customer(), book, { days: 3 });
    const customers = await house.customers(5000);
    await house.database.query(
      `WITH places AS (
         INSERT INTO lending.reservations (id, book_id, customer_id, status, ticket, requested_at, requested_until)
         SELECT gen_random_uuid(), $1, id, 'pending', n, now(), now() + interval '1 day'
           FROM unnest($2::uuid[]) WITH ORDINALITY AS waiting (id, n))
       UPDATE inventory.titles SET last_ticket = 5000, waiting = 5000 WHERE book_id = $1`,
      [book, customers],
    );
    const sent = await statementsOf(async () => {
      const page = await house.list(STAFF, { bookId: book, status: 'pending' }, { limit: 100 });
      const positions = page.items.map(({ queuePosition }) => queuePosition ?? 0);
      expect(new Set(positions).size).toBe(100);
      expect(Math.max(...positions)).toBeLessThanOrEqual(5000);
      expect(page.total).toBe(5000);
    });
    // The page with its places, and the total.
    expect(sent).toHaveLength(2);
    const all = await statementsOf(async () => {
      const { length, items } = await house.queue(book);
      expect([length, items.length]).toEqual([5000, 5000]);
      const [first, last] = [items[0]?.estimatedFrom, items.at(-1)?.estimatedFrom].map((from) =>
        Date.parse(from ?? ''),
      );
      expect(((last ?? 0) - (first ?? 0)) / DAY_MS).toBeCloseTo(4999, 3);
    });
    expect(all).toHaveLength(1);
  });
});
