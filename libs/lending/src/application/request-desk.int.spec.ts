import { setImmediate as nextTurn } from 'node:timers/promises';
import { newId } from '@holdfast/kernel';
import { UnitOfWork } from '@holdfast/platform';
import { eventually } from '@holdfast/platform/testing';
import { Client } from 'pg';
import { LendingHouse } from '../../testing/lending-house.js';
import { statementsOf } from '../../testing/statements.js';
import type { ReservationView } from './reservation.view.js';
import { TitleDesk } from './title-desk.js';

jest.setTimeout(60_000);

/** SQLSTATE of an exception that a trigger raises. */
const RAISED = 'P0001';
const QUERY_CANCELED = '57014';

/** Requests that come at once are decided together, and yet each as if it were alone. */
describe('requests that come at once', () => {
  let house: LendingHouse;

  beforeAll(async () => {
    house = await LendingHouse.open();
    await house.library('Quay');
  });
  afterAll(() => house.close());
  afterEach(async () => expect(await house.brokenInvariants()).toEqual([]));

  const outcomeOf = (attempt: Promise<ReservationView>): Promise<string> =>
    attempt.then(
      ({ status, queuePosition }) => (queuePosition ? `${status} ${queuePosition}` : status),
      (error: Error & { code?: string }) => error.code ?? error.message,
    );
  const outcomesOf = (attempts: Promise<ReservationView>[]): Promise<string[]> => Promise.all(attempts.map(outcomeOf));

  /** The statements of requests that come in one turn of the event loop; one that lasts, on a slow machine, would begin rounds. */
  async function statementsOfOneTurn(work: () => Promise<unknown>): Promise<string[]> {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    try {
      return await statementsOf(work);
    } finally {
      clock.mockRestore();
    }
  }

  /** Holds the lock of a title as another program would, until it is let go. */
  async function holdTitle(book: string): Promise<() => Promise<void>> {
    const stranger = new Client({ connectionString: house.databaseUrl });
    await stranger.connect();
    await stranger.query('BEGIN');
    await stranger.query('SELECT FROM inventory.titles WHERE book_id = $1 FOR UPDATE', [book]);
    return () => stranger.end();
  }

  it('for one book are decided in a handful of statements, in the order in which they came', async () => {
    const book = await house.book({ 'Main Library': 3 });
    const customers = await house.customers(32);
    let outcomes: string[] = [];
    const sent = await statementsOfOneTurn(async () => {
      outcomes = await outcomesOf(customers.map((customer) => house.reserve(customer, book)));
    });
    expect(outcomes).toEqual([
      ...Array<string>(3).fill('active'),
      ...Array.from({ length: 29 }, (_, place) => `pending ${place + 1}`),
    ]);
    expect(sent.filter((name) => !name.startsWith('NOTIFY'))).toEqual([
      'START TRANSACTION',
      'title_desk_hold_free',
      'title_desk_standing',
      'queue_places',
      'titles_settle',
      'reservations_record',
      'COMMIT',
    ]);
    const rows = await house.database.query<{ ticket: string; customer_id: string }>(
      `SELECT ticket, customer_id FROM lending.reservations WHERE book_id = $1 AND status = 'pending' ORDER BY ticket`,
      [book],
    );
    expect(rows.map(({ customer_id }) => customer_id)).toEqual(customers.slice(3));
    expect(rows.map(({ ticket }) => Number(ticket))).toEqual(rows.map((_, place) => place + 1));
  });

  it('for many books share a transaction, too, with one statement fewer where copies are free', async () => {
    const books = await Promise.all(Array.from({ length: 20 }, () => house.book({ 'Main Library': 1 })));
    const customers = await house.customers(20);
    const sent = await statementsOfOneTurn(() =>
      Promise.all(books.map((book, n) => house.reserve(customers[n] ?? '', book))),
    );
    expect(sent.filter((name) => name === 'COMMIT')).toHaveLength(1);
    expect(sent.filter((name) => !name.startsWith('NOTIFY')).length).toBeLessThanOrEqual(6);
  });

  it('are many in a large round, and yet in the order in which they came', async () => {
    const book = await house.book({ 'Main Library': 2 });
    const customers = await house.customers(101);
    let outcomes: string[] = [];
    const sent = await statementsOfOneTurn(async () => {
      const first = house.reserve(customers[0] ?? '', book);
      await nextTurn();
      outcomes = await outcomesOf([first, ...customers.slice(1).map((customer) => house.reserve(customer, book))]);
    });
    expect(outcomes).toEqual(['active', 'active', ...Array.from({ length: 99 }, (_, place) => `pending ${place + 1}`)]);
    // One, half of a hundred, 32 and the rest.
    expect(sent.filter((name) => name === 'COMMIT')).toHaveLength(4);
  });

  it('are answered with what a read shows then', async () => {
    const book = await house.book({ 'Main Library': 1, Quay: 1 });
    const customers = await house.customers(8);
    const wishes = [undefined, 'Quay', 'Main Library', undefined, 'Quay', undefined, 'Main Library', 'Quay'];
    const answers = await Promise.all(
      customers.map((customer, n) => house.reserve(customer, book, { days: n + 1, library: wishes[n] })),
    );
    for (const answer of answers) {
      expect(await house.read({ userId: answer.customerId, role: 'customer', sessionId: '' }, answer.id)).toEqual(
        answer,
      );
    }
    const estimates = answers.flatMap(({ estimatedFrom }) => estimatedFrom ?? []);
    expect(estimates).toHaveLength(6);
    // Somebody gets the copy that comes back first.
    expect(estimates.sort()[0]).toBe(answers.flatMap(({ endOfReservation }) => endOfReservation ?? []).sort()[0]);
  });

  it('do not suffer from one that is refused: everyone gets the own answer', async () => {
    const book = await house.book({ 'Main Library': 2 });
    const [one, other, third, fourth, inactive] = await house.customers(5);
    await house.deactivate(inactive ?? '');
    const editor = await house.customer();
    await house.database.query(`UPDATE identity.users SET role = 'editor' WHERE id = $1`, [editor]);
    const outcomes = await outcomesOf([
      house.reserve(newId(), book),
      house.reserve(editor, book),
      house.reserve(one ?? '', book, { library: 'Nowhere' }),
      house.reserve(one ?? '', book),
      house.reserve(one ?? '', book),
      house.reserve(inactive ?? '', book),
      house.reserve(other ?? '', book, { days: -1 }),
      house.reserve(other ?? '', book, { days: 31 }),
      house.reserve(other ?? '', newId()),
      house.reserve(third ?? '', book),
      house.reserve(fourth ?? '', book),
    ]);
    expect(outcomes).toEqual([
      'customer-not-found',
      'customer-not-found',
      'library-not-found',
      'active',
      'already-reserved',
      'customer-inactive',
      'ends-in-the-past',
      'longer-than-the-longest-loan',
      'book-not-found',
      'active',
      'pending 1',
    ]);
  });

  it('do not suffer from one that breaks the database either', async () => {
    const book = await house.book({ 'Main Library': 1 });
    const customers = await house.customers(5);
    await house.database.query(
      `CREATE FUNCTION lending.break() RETURNS trigger LANGUAGE plpgsql AS
         $$BEGIN IF NEW.customer_id = '${customers[2]}' THEN RAISE 'broken'; END IF; RETURN NEW; END$$;
       CREATE TRIGGER breaks BEFORE INSERT ON lending.reservations FOR EACH ROW EXECUTE FUNCTION lending.break()`,
    );
    try {
      const outcomes = await outcomesOf(customers.map((customer) => house.reserve(customer, book)));
      expect(outcomes).toEqual(['active', 'pending 1', RAISED, 'pending 2', 'pending 3']);
    } finally {
      await house.database.query('DROP FUNCTION lending.break() CASCADE');
    }
  });

  it('count one after the other against the limit of their customer', async () => {
    const books = await Promise.all(Array.from({ length: 12 }, () => house.book({ 'Main Library': 1 })));
    const customer = await house.customer();
    const outcomes = await outcomesOf(books.map((book) => house.reserve(customer, book)));
    expect(outcomes).toEqual([
      ...Array<string>(10).fill('active'),
      ...Array<string>(2).fill('too-many-open-reservations'),
    ]);
  });

  it('do not wait for a title that others hold, but for those of it', async () => {
    const [held, other] = [await house.book({ 'Main Library': 1 }), await house.book({ 'Main Library': 2 })];
    const customers = await house.customers(6);
    const letGo = await holdTitle(held);
    const waiting = customers.slice(0, 3).map((customer) => house.reserve(customer, held));
    expect(await outcomesOf(customers.slice(3).map((customer) => house.reserve(customer, other)))).toEqual([
      'active',
      'active',
      'pending 1',
    ]);
    await letGo();
    expect(await outcomesOf(waiting)).toEqual(['active', 'pending 1', 'pending 2']);
  });

  it('stay in order behind one whose customer others hold', async () => {
    const book = await house.book({ 'Main Library': 0 });
    const [held, next] = await house.customers(2);
    const stranger = new Client({ connectionString: house.databaseUrl });
    await stranger.connect();
    await stranger.query('BEGIN');
    await stranger.query('SELECT FROM identity.users WHERE id = $1 FOR UPDATE', [held]);
    const outcomes = outcomesOf([house.reserve(held ?? '', book), house.reserve(next ?? '', book)]);
    await eventually(async () => {
      const [row] = await house.database.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(row?.n).toBe(1);
    });
    await stranger.end();
    expect(await outcomes).toEqual(['pending 1', 'pending 2']);
  });

  it('are told why the statement that locks failed, and the connection goes on', async () => {
    const book = await house.book({ 'Main Library': 1 });
    const customer = await house.customer();
    const letGo = await holdTitle(book);
    const failed = house.reserve(customer, book).catch((error: Error) => error.cause ?? error);
    await eventually(async () => {
      const cancelled = await house.database.query(
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(cancelled).toHaveLength(1);
    });
    expect(await failed).toMatchObject({ code: QUERY_CANCELED });
    await letGo();
    expect(await outcomeOf(house.reserve(customer, book))).toBe('active');
  });

  it('hold the customer first, then the book, then the title, as everybody does', async () => {
    const book = await house.book({ 'Main Library': 1 });
    const customer = await house.customer();
    const stranger = new Client({ connectionString: house.databaseUrl });
    await stranger.connect();
    const isHeld = async (table: string, key: string, id: string): Promise<boolean> =>
      (await house.database.query(`SELECT FROM ${table} WHERE ${key} = $1 FOR UPDATE SKIP LOCKED`, [id])).length === 0;
    await stranger.query('BEGIN');
    await stranger.query('SELECT FROM catalog.books WHERE id = $1 FOR UPDATE', [book]);
    const held = house.get(UnitOfWork).run(() => house.get(TitleDesk).hold([customer], [book], 'wait'));
    await eventually(async () => expect(await isHeld('identity.users', 'id', customer)).toBe(true));
    expect(await isHeld('inventory.titles', 'book_id', book)).toBe(false);
    await stranger.end();
    expect((await held).titles.size).toBe(1);
  });

  it('of two processes are served in the order of the commits, without gap or double', async () => {
    const other = await LendingHouse.open(house.databaseUrl);
    try {
      const book = await house.book({ 'Main Library': 7 });
      const customers = await house.customers(120);
      const answers = await Promise.all(
        customers.map((customer, n) => (n % 2 ? house : other).reserve(customer, book)),
      );
      expect(answers.filter(({ status }) => status === 'active')).toHaveLength(7);
      const positions = answers.flatMap(({ queuePosition }) => queuePosition ?? []);
      expect(positions.toSorted((one, two) => one - two)).toEqual(Array.from({ length: 113 }, (_, n) => n + 1));
      // Of each process those who came first are in front.
      for (const parity of [0, 1]) {
        const own = answers.filter((_, n) => n % 2 === parity).map(({ queuePosition }) => queuePosition ?? 0);
        expect(own).toEqual(own.toSorted((one, two) => one - two));
      }
    } finally {
      await other.close();
    }
  });

  it('belong to the transaction that they are made in, if there is one', async () => {
    const book = await house.book({ 'Main Library': 1 });
    const customer = await house.customer();
    const undone = house.get(UnitOfWork).run(async () => {
      expect(await house.reserve(customer, book)).toMatchObject({ status: 'active' });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await outcomeOf(house.reserve(customer, book))).toBe('active');
    const refused = house.get(UnitOfWork).run(() => house.reserve(customer, book));
    expect(await outcomeOf(refused)).toBe('already-reserved');
  });
});
