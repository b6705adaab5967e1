import { newId } from '@holdfast/kernel';
import { brokenInvariants, type Invariant, invariants } from '../../libs/lending/testing/invariants.js';
import { LendingHouse } from '../../libs/lending/testing/lending-house.js';
import { Session } from './support/session.js';

/** A title with a copy out, one that came back, and three who wait; each name is the id of a reservation. */
interface Scene {
  book: string;
  holder: string;
  returned: string;
  first: string;
  second: string;
  /** Waits for a copy of Quay. */
  atQuay: string;
  main: string;
  quay: string;
}

const setting = (id: string, change: string): string => `UPDATE lending.reservations SET ${change} WHERE id = '${id}';`;
const dropping = (table: string, ...constraints: string[]): string =>
  constraints.map((name) => `ALTER TABLE ${table} DROP CONSTRAINT ${name};`).join('\n');
const subjectOf = (id: string): string => `'reservations/${id}'`;
/** Changes the data of an event by a JSON merge of the upper level. */
const telling = (id: string, type: string, data: object): string =>
  `UPDATE platform.outbox SET data = data || '${JSON.stringify(data)}' WHERE subject = ${subjectOf(id)} AND type = 'reservation_${type}';`;
const appending = (subject: string, type: string, data: string): string =>
  `INSERT INTO platform.outbox (id, type, subject, data) SELECT gen_random_uuid(), 'reservation_${type}', ${subject}, ${data};`;
const dataOf = (id: string): string =>
  `(SELECT data FROM platform.outbox WHERE subject = ${subjectOf(id)} ORDER BY position DESC LIMIT 1)`;

/** What somebody would have to do to the tables, constraints out of the way, to break each one. */
const plants: Record<Invariant, (scene: Scene) => string> = {
  'reserved units are between none and all': ({ book }) =>
    `${dropping('inventory.holdings', 'never_oversold')} UPDATE inventory.holdings SET reserved = units + 1 WHERE book_id = '${book}';`,
  'reserved units are the active reservations': ({ holder }) => setting(holder, `status = 'completed'`),
  'no copy is free beside a reader who could have it': ({ book }) =>
    `UPDATE inventory.holdings SET units = units + 1 WHERE book_id = '${book}';`,
  'the count of those who wait is right': ({ book }) =>
    `UPDATE inventory.titles SET waiting = waiting + 1 WHERE book_id = '${book}';`,
  'no ticket was drawn twice': ({ first, second }) =>
    `DROP INDEX lending.reservations_queue; ${setting(second, `ticket = (SELECT ticket FROM lending.reservations WHERE id = '${first}')`)}`,
  'no ticket is higher than the last one drawn': ({ second }) => setting(second, 'ticket = ticket + 100'),
  'tickets follow the order of the requests': ({ first }) => setting(first, 'ticket = 100'),
  'who waits was told the right place': ({ second }) => telling(second, 'created', { queuePosition: 1 }),
  'copies go to the lowest ticket that accepts their library': ({ second, main }) =>
    setting(
      second,
      `status = 'active', library_id = '${main}', starts_at = now(), ends_at = now() + interval '1 day', price_cents = 10`,
    ) +
    appending(
      subjectOf(second),
      'activated',
      `${dataOf(second)} || '{"status": "active", "library": {"id": "${main}"}}'`,
    ),
  'nobody gets a copy past those who wait': ({ book, main }) => {
    const id = newId();
    return `INSERT INTO lending.reservations (id, book_id, customer_id, library_id, status, requested_at, requested_until, starts_at, ends_at, price_cents)
      VALUES ('${id}', '${book}', gen_random_uuid(), '${main}', 'active', now(), now() + interval '1 day', now(), now() + interval '1 day', 10);
      ${appending(subjectOf(id), 'created', `'{"status": "active", "library": {"id": "${main}"}}'`)}`;
  },
  'a copy comes from a library that was asked for': ({ atQuay, main }) =>
    appending(
      subjectOf(atQuay),
      'activated',
      `${dataOf(atQuay)} || '{"status": "active", "library": {"id": "${main}"}}'`,
    ),
  'a customer has a book open once': ({ first, second }) =>
    `DROP INDEX lending.one_open_reservation_of_a_book; ${setting(second, `customer_id = (SELECT customer_id FROM lending.reservations WHERE id = '${first}')`)}`,
  'nobody has more open than the limit': ({ first }) =>
    `INSERT INTO lending.reservations (id, book_id, customer_id, status, ticket, requested_at, requested_until)
       SELECT gen_random_uuid(), gen_random_uuid(), customer_id, 'pending', 1, requested_at, requested_until
         FROM lending.reservations, generate_series(1, 10) WHERE id = '${first}';`,
  'nothing was renewed more often than the limit': ({ holder }) => setting(holder, 'renewals = 3'),
  'no loan was asked for beyond the longest': ({ first }) =>
    setting(first, `requested_until = requested_at + interval '32 days'`),
  'what is open has its book': ({ book }) => `DELETE FROM catalog.books WHERE id = '${book}';`,
  'what is open has its customer': ({ first }) =>
    `DELETE FROM identity.users WHERE id = (SELECT customer_id FROM lending.reservations WHERE id = '${first}');`,
  'what is open has its library': ({ quay }) => `DELETE FROM inventory.libraries WHERE id = '${quay}';`,
  'a copy has its time and price, a place has none': ({ holder }) =>
    dropping('lending.reservations', 'active_has_a_copy') + setting(holder, 'price_cents = NULL'),
  'the price is the price of the book × rate × days begun': ({ returned }) =>
    setting(returned, 'price_cents = price_cents + 1'),
  'a loan is as long as it was asked for': ({ holder }) => setting(holder, `ends_at = ends_at + interval '1 second'`),
  'every change has one event, and every event a change that was possible': ({ returned }) =>
    appending(subjectOf(returned), 'activated', dataOf(returned)),
  'every reservation has its events': ({ returned }) =>
    `DELETE FROM platform.outbox WHERE subject = ${subjectOf(returned)} AND type = 'reservation_completed';`,
  'versions grow by one with each change': ({ returned }) => telling(returned, 'completed', { version: 3 }),
  'the last event tells what is': ({ returned }) => telling(returned, 'completed', { price: 99 }),
  'an event names its own reservation': ({ first }) => telling(first, 'created', { customerId: newId() }),
  'a reminder is given once for each occasion': ({ holder }) =>
    appending(subjectOf(holder), 'overdue', dataOf(holder)).repeat(2),
  'a reminder tells of a copy that is out, as it is then': ({ returned }) =>
    appending(subjectOf(returned), 'overdue', `${dataOf(returned)} || '{"status": "active"}'`),
  'no event tells of a reservation that is not': ({ book }) =>
    appending(`'reservations/${newId()}'`, 'created', `'{"bookId": "${book}", "status": "pending"}'`),
};

describe('the checks of the invariants', () => {
  let house: LendingHouse;
  let scene: Scene;
  let session: Session;

  beforeAll(async () => {
    house = await LendingHouse.open();
    const [main, quay] = [await house.library('Main Library'), await house.library('Quay')];
    const book = await house.book({ 'Main Library': 1 });
    const reserve = async (library?: string): Promise<string> =>
      (await house.reserve(await house.customer(), book, { library })).id;
    const returned = await reserve();
    await house.giveBack(returned);
    scene = {
      book,
      main,
      quay,
      returned,
      holder: await reserve(),
      first: await reserve(),
      second: await reserve(),
      atQuay: await reserve('Quay'),
    };
    session = await Session.open(house.databaseUrl);
  });
  afterAll(async () => {
    await session.close();
    await house.close();
  });
  beforeEach(() => session.run('BEGIN'));
  afterEach(() => session.run('ROLLBACK'));

  it('find nothing where nothing is broken, of all books and of one', async () => {
    expect(await brokenInvariants(session)).toEqual([]);
    expect(await brokenInvariants(session, { books: [scene.book] })).toEqual([]);
  });

  it.each(Object.keys(invariants) as Invariant[])('find a planted violation of: %s', async (invariant) => {
    await session.run(plants[invariant](scene));
    const found = await brokenInvariants(session, { books: [scene.book] });
    expect(found.filter((broken) => broken.startsWith(`${invariant}: `))).not.toEqual([]);
  });

  it('pass over a reader who was kept from borrowing, by the account or by the limit', async () => {
    const unfair = async (passedOverAbove?: number): Promise<string[]> =>
      (await brokenInvariants(session, { books: [scene.book], passedOverAbove })).filter((broken) =>
        broken.startsWith('copies go to'),
      );
    await session.run(plants['copies go to the lowest ticket that accepts their library'](scene));
    expect(await unfair()).toHaveLength(1);
    expect(await unfair(0)).toEqual([]);
    await session.query(
      `INSERT INTO identity.audit (id, user_id, action, changes)
       SELECT gen_random_uuid(), customer_id, 'changed', '[{"field": "isActive", "from": true, "to": false}]'
         FROM lending.reservations WHERE id = $1`,
      [scene.first],
    );
    expect(await unfair()).toEqual([]);
  });
});

/** What the tables refuse by themselves, whatever code runs above them. */
describe('the database itself', () => {
  let house: LendingHouse;
  let book: string;

  beforeAll(async () => {
    house = await LendingHouse.open();
    book = await house.book({ 'Main Library': 1 });
    for (const customer of await house.customers(3)) await house.reserve(customer, book);
  });
  afterAll(() => house.close());

  it.each([
    ['more reserved than there is', 'never_oversold', `UPDATE inventory.holdings SET reserved = 2 WHERE book_id = $1`],
    ['fewer reserved than none', 'never_oversold', `UPDATE inventory.holdings SET reserved = -1 WHERE book_id = $1`],
    ['fewer units than are reserved', 'never_oversold', `UPDATE inventory.holdings SET units = 0 WHERE book_id = $1`],
    [
      'a second open reservation of a book',
      'one_open_reservation_of_a_book',
      `UPDATE lending.reservations SET customer_id = (SELECT customer_id FROM lending.reservations WHERE book_id = $1 AND status = 'active')
        WHERE book_id = $1 AND status = 'pending'`,
    ],
    [
      'a ticket that somebody has',
      'reservations_queue',
      `UPDATE lending.reservations SET ticket = 1 WHERE book_id = $1 AND status = 'pending'`,
    ],
    [
      'a place without a ticket',
      'pending_has_a_ticket_and_no_copy',
      `UPDATE lending.reservations SET ticket = NULL WHERE book_id = $1 AND status = 'pending'`,
    ],
    [
      'a copy without an end',
      'active_has_a_copy',
      `UPDATE lending.reservations SET ends_at = NULL WHERE book_id = $1 AND status = 'active'`,
    ],
    [
      'a price below nothing',
      'reservations_price_cents_check',
      `UPDATE lending.reservations SET price_cents = -1 WHERE book_id = $1 AND status = 'active'`,
    ],
    [
      'a queue of fewer than none',
      'titles_waiting_check',
      `UPDATE inventory.titles SET waiting = -1 WHERE book_id = $1`,
    ],
  ])('refuses %s', async (_what, constraint, sql) => {
    await expect(house.database.execute(sql, [book])).rejects.toMatchObject({ constraint });
  });
});
