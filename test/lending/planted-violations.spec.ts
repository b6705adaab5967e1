import { brokenInvariants, type Invariant, invariants } from '../../libs/lending/testing/invariants.js';
import { LendingHouse } from '../../libs/lending/testing/lending-house.js';
import { makeScene, plants, type Scene } from '../../libs/lending/testing/planted-violations.js';
import { Session } from './support/session.js';

describe('the checks of the invariants', () => {
  let house: LendingHouse;
  let scene: Scene;
  let session: Session;

  beforeAll(async () => {
    house = await LendingHouse.open();
    scene = await makeScene(house);
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
