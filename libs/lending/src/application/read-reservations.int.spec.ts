import { newId } from '@holdfast/kernel';
import type { Actor } from '@holdfast/platform';
import { LendingHouse, STAFF } from '../../testing/lending-house.js';
import type { ReservationView } from './reservation.view.js';

describe('reading reservations', () => {
  let house: LendingHouse;
  let reader: Actor;
  let made: ReservationView[];
  const ids = ({ items }: { items: ReservationView[] }) => items.map(({ id }) => id);
  const codeOf = (attempt: Promise<unknown>) =>
    attempt.then(() => 'done').catch((error: { code: string }) => error.code);

  beforeAll(async () => {
    house = await LendingHouse.open();
    reader = { userId: await house.customer(), role: 'customer', sessionId: newId() };
    made = [];
    for (let i = 0; i < 5; i++)
      made.push(await house.reserve(reader.userId, await house.book({ 'Main Library': i % 2 })));
    await house.reserve(await house.customer(), await house.book({ 'Harbour Branch': 1 }), {
      library: 'Harbour Branch',
    });
    made.reverse();
  });
  afterAll(() => house.close());

  it('a reader sees the own ones, newest first; staff see all', async () => {
    expect(ids(await house.list(reader))).toEqual(made.map(({ id }) => id));
    expect((await house.list(STAFF)).total).toBe(6);
    expect((await house.list(STAFF, { customerId: reader.userId })).total).toBe(5);
  });

  it('a reader who filters by another customer sees nothing of theirs', async () => {
    expect(await house.list(reader, { customerId: newId() })).toMatchObject({ items: [], total: 0, nextCursor: null });
  });

  it('filters by status, book and library', async () => {
    expect((await house.list(STAFF, { status: 'pending' })).total).toBe(3);
    expect(ids(await house.list(STAFF, { bookId: made[0]?.bookId }))).toEqual([made[0]?.id]);
    expect((await house.list(STAFF, { library: 'harbour branch' })).total).toBe(1);
    expect((await house.list(STAFF, { overdue: true })).total).toBe(0);
    expect(await codeOf(house.list(STAFF, { library: 'Nowhere' }))).toBe('library-not-found');
  });

  it('goes on behind a cursor without gap or double, though new ones come meanwhile', async () => {
    const first = await house.list(reader, {}, { limit: 2 });
    await house.reserve(reader.userId, await house.book({ 'Main Library': 1 }));
    const second = await house.list(reader, {}, { limit: 2, cursor: first.nextCursor ?? '' });
    const third = await house.list(reader, {}, { limit: 2, cursor: second.nextCursor ?? '' });
    expect([...ids(first), ...ids(second), ...ids(third)]).toEqual(made.map(({ id }) => id));
    expect(third.nextCursor).toBeNull();
  });

  it('goes on by offset too, and a cursor replaces it', async () => {
    const second = await house.list(STAFF, { customerId: reader.userId }, { limit: 2, offset: 2 });
    const all = ids(await house.list(STAFF, { customerId: reader.userId }));
    expect(second).toMatchObject({ limit: 2, offset: 2, total: all.length });
    expect(ids(second)).toEqual(all.slice(2, 4));
    const third = await house.list(
      STAFF,
      { customerId: reader.userId },
      { limit: 2, offset: 1, cursor: second.nextCursor ?? '' },
    );
    expect(third.offset).toBe(0);
    expect(ids(third)).toEqual(all.slice(4, 6));
  });

  it('refuses a cursor that is not of this list', async () => {
    const forged = Buffer.from(JSON.stringify(['newest', "'; DROP TABLE"])).toString('base64url');
    for (const cursor of ['garbage', forged, Buffer.from('["title","a"]').toString('base64url')]) {
      expect(await codeOf(house.list(reader, {}, { cursor }))).toBe('invalid-input');
    }
  });

  it('shows a reservation to its reader and to staff, and to nobody else', async () => {
    const id = made[0]?.id ?? '';
    const other: Actor = { userId: newId(), role: 'customer', sessionId: newId() };
    expect((await house.read(reader, id)).id).toBe(id);
    expect((await house.read(STAFF, id)).id).toBe(id);
    expect(await codeOf(house.read(other, id))).toBe('forbidden');
    expect(await codeOf(house.read(other, newId()))).toBe('reservation-not-found');
  });
});
