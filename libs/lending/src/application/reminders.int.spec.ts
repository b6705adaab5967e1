import { Clock, Outbox, Settings, UnitOfWork } from '@holdfast/platform';
import { LendingHouse } from '../../testing/lending-house.js';
import { DUE } from '../infrastructure/sql-due-reminders.js';
import { DueReminders, Reminders } from './reminders.js';
import type { ReservationView } from './reservation.view.js';

jest.setTimeout(60_000);

/** Readers are reminded once for each occasion, whoever looks and whenever. */
describe('a reminder', () => {
  let house: LendingHouse;
  let other: LendingHouse;

  beforeAll(async () => {
    house = await LendingHouse.open();
    other = await LendingHouse.open(house.databaseUrl);
  });
  afterAll(async () => {
    await other?.close();
    await house?.close();
  });

  const remindersOf = (place: LendingHouse): Reminders =>
    new Reminders(
      place.get(DueReminders),
      place.get(UnitOfWork),
      place.get(Outbox),
      place.get(Settings),
      place.get(Clock),
    );
  const sweep = (place = house): Promise<void> => remindersOf(place).sweep();

  async function active(days = 7): Promise<ReservationView> {
    return house.reserve(await house.customer(), await house.book({ 'Main Library': 1 }), { days });
  }

  /** Reminders go by the database's clock, which a test cannot move: so the reservation moves into the past. */
  const hoursPass = (hours: number, ...places: ReservationView[]) =>
    house.database.query(
      `UPDATE lending.reservations
          SET requested_at = requested_at - $1 * interval '1 hour', requested_until = requested_until - $1 * interval '1 hour',
              starts_at = starts_at - $1 * interval '1 hour', ends_at = ends_at - $1 * interval '1 hour'
        WHERE id = ANY ($2::uuid[])`,
      [hours, places.map(({ id }) => id)],
    );

  const told = async ({ id }: ReservationView): Promise<string[]> =>
    (await house.events(`reservations/${id}`)).map((type) => type.replace('reservation_', ''));

  it('comes when a reservation ends within a day, and when it has ended, once each', async () => {
    const place = await active(7);
    await sweep();
    await hoursPass(5 * 24, place);
    await sweep();
    expect(await told(place)).toEqual(['created']);
    await hoursPass(25, place);
    for (let times = 0; times < 3; times++) await sweep();
    expect(await told(place)).toEqual(['created', 'ends_soon']);
    await hoursPass(24, place);
    for (let times = 0; times < 3; times++) await sweep();
    expect(await told(place)).toEqual(['created', 'ends_soon', 'overdue']);
  });

  it('tells the reservation as the API shows it', async () => {
    const place = await active(7);
    await hoursPass(8 * 24, place);
    await sweep();
    const [event] = await house.database.query<{ data: ReservationView }>(
      `SELECT data FROM platform.outbox WHERE subject = $1 AND type = 'reservation_overdue'`,
      [`reservations/${place.id}`],
    );
    const reader = { userId: place.customerId, role: 'customer', sessionId: '' } as const;
    expect(event?.data).toEqual(await house.read(reader, place.id));
    expect(event?.data).toMatchObject({ overdue: true, status: 'active', version: 1 });
  });

  it('that a renewal has made late comes again for the new end', async () => {
    const place = await active(7);
    await hoursPass(6.5 * 24, place);
    await sweep();
    expect(await told(place)).toEqual(['created', 'ends_soon']);
    await house.renew(place.id, 6);
    await sweep();
    expect(await told(place)).toEqual(['created', 'ends_soon', 'renewed']);
    await hoursPass(5.5 * 24, place);
    await sweep();
    await hoursPass(24, place);
    await sweep();
    await house.renew(place.id, 0.5);
    for (let times = 0; times < 2; times++) await sweep();
    expect(await told(place)).toEqual([
      'created',
      'ends_soon',
      'renewed',
      'ends_soon',
      'overdue',
      'renewed',
      'ends_soon',
    ]);
  });

  it('of an end that passed while nobody looked is that it is overdue, and no more that it ends soon', async () => {
    const place = await active(3);
    await hoursPass(5 * 24, place);
    for (let times = 0; times < 2; times++) await sweep();
    expect(await told(place)).toEqual(['created', 'overdue']);
  });

  it('is given to nobody who waits, or has given the copy back', async () => {
    const book = await house.book({ 'Main Library': 1 });
    const held = await house.reserve(await house.customer(), book, { days: 2 });
    const waits = await house.reserve(await house.customer(), book, { days: 2 });
    const [returned, cancelled] = [await active(2), await active(2)];
    await house.giveBack(returned.id);
    await house.cancel(cancelled.id);
    await house.database.query(
      `UPDATE lending.reservations SET requested_at = requested_at - interval '9 days',
              requested_until = requested_until - interval '9 days' WHERE id = $1`,
      [waits.id],
    );
    await hoursPass(9 * 24, returned, cancelled);
    await sweep();
    expect(await told(held)).toEqual(['created']);
    expect(await told(waits)).toEqual(['created']);
    expect(await told(returned)).toEqual(['created', 'completed']);
    expect(await told(cancelled)).toEqual(['created', 'cancelled']);
  });

  it('is given once by two schedulers that look at the same time, in batches', async () => {
    const books = [await house.book({ 'Main Library': 300 }), await house.book({ 'Main Library': 300 })];
    const customers = await house.customers(260);
    const places = await Promise.all(
      customers.flatMap((customer) => books.map((book) => house.reserve(customer, book, { days: 7 }))),
    );
    await hoursPass(6.5 * 24, ...places.slice(0, 300));
    await hoursPass(9 * 24, ...places.slice(300));
    await Promise.all([sweep(house), sweep(other), sweep(house), sweep(other)]);
    await sweep();
    const rows = await house.database.query<{ type: string; n: number; subjects: number }>(
      `SELECT type, count(*)::int AS n, count(DISTINCT subject)::int AS subjects FROM platform.outbox
        WHERE type IN ('reservation_ends_soon', 'reservation_overdue')
          AND subject = ANY ($1) GROUP BY type ORDER BY type`,
      [places.map(({ id }) => `reservations/${id}`)],
    );
    expect(rows).toEqual([
      { type: 'reservation_ends_soon', n: 300, subjects: 300 },
      { type: 'reservation_overdue', n: 220, subjects: 220 },
    ]);
  });

  it('and a return that come at once are told in the order in which they happened', async () => {
    const places = await Promise.all(Array.from({ length: 20 }, () => active(7)));
    await hoursPass(8 * 24, ...places);
    await Promise.all([...places.map(({ id }) => other.giveBack(id)), sweep()]);
    await sweep();
    for (const place of places) {
      const events = await told(place);
      expect([
        ['created', 'completed'],
        ['created', 'overdue', 'completed'],
      ]).toContainEqual(events);
    }
  });

  it('is not given again though its mark be lost: the table of reminders has the last word', async () => {
    const place = await active(7);
    await hoursPass(8 * 24, place);
    await sweep();
    await house.database.query(`UPDATE lending.reservations SET reminded_of = 'nothing' WHERE id = $1`, [place.id]);
    await sweep();
    expect(await told(place)).toEqual(['created', 'overdue']);
  });

  it('is undone with the transaction in which it fails, and comes at the next look', async () => {
    const place = await active(7);
    await hoursPass(8 * 24, place);
    const cut = house.get(UnitOfWork).run(async () => {
      const due = await house.get(DueReminders).lock(10, 24, []);
      expect(due).toEqual([{ reservationId: place.id, kind: 'overdue' }]);
      await house.get(DueReminders).give(due);
      throw new Error('cut');
    });
    await expect(cut).rejects.toThrow('cut');
    expect(await told(place)).toEqual(['created']);
    await sweep();
    expect(await told(place)).toEqual(['created', 'overdue']);
  });

  it('that cannot be given holds up no other, though there be more of them than are given together', async () => {
    const book = await house.book({ 'Main Library': 300 });
    const places = await Promise.all(
      (await house.customers(260)).map((customer) => house.reserve(customer, book, { days: 7 })),
    );
    const [broken, whole] = [places.slice(0, 220), places.slice(220)];
    await hoursPass(9 * 24, ...broken);
    await hoursPass(8 * 24, ...whole);
    await house.database.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$;
      CREATE TRIGGER refuse BEFORE UPDATE ON lending.reservations FOR EACH ROW
        WHEN (NEW.ends_at < now() - interval '36 hours') EXECUTE FUNCTION refuse()`);
    const reminders = remindersOf(house);
    try {
      await reminders.sweep();
      expect((await Promise.all(whole.map(told))).map((types) => types.at(-1))).toEqual(whole.map(() => 'overdue'));
      expect((await Promise.all(broken.map(told))).flat()).toEqual(broken.map(() => 'created'));
    } finally {
      await house.database.query('DROP TRIGGER refuse ON lending.reservations; DROP FUNCTION refuse()');
    }
    await reminders.sweep();
    expect((await Promise.all(broken.map(told))).flat()).toEqual(broken.map(() => 'created'));
    await sweep();
    expect((await Promise.all(broken.map(told))).map((types) => types.at(-1))).toEqual(broken.map(() => 'overdue'));
  });

  it('is found by an index, however many are out', async () => {
    await house.database.query(
      `INSERT INTO lending.reservations (id, book_id, customer_id, library_id, status, requested_at, requested_until,
                                         starts_at, ends_at, price_cents)
       SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'active', now(), now() + n * interval '1 hour',
              now(), now() + n * interval '1 hour', 1 FROM generate_series(48, 5000) AS n`,
    );
    await house.database.query('ANALYZE lending.reservations');
    const plan = await house.database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${DUE}`, [10, 24, [], null]);
    const lines = plan.map((row) => row['QUERY PLAN']);
    expect(lines.filter((line) => line.includes('Scan using reservations_reminders'))).toHaveLength(2);
    expect(lines.join()).not.toContain('Seq Scan');
    await house.database.query(
      `DELETE FROM lending.reservations r WHERE NOT EXISTS (SELECT FROM catalog.books b WHERE b.id = r.book_id)`,
    );
  });
});
