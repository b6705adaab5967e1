import { newId } from '@holdfast/kernel';
import type { Invariant } from './invariants.js';
import type { LendingHouse } from './lending-house.js';

/** A title with a copy out, one that came back, and three who wait; each name is the id of a reservation. */
export interface Scene {
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
export const plants: Record<Invariant, (scene: Scene) => string> = {
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
  'the last change of these days has its event': ({ holder }) => setting(holder, 'version = version + 1'),
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

/** On an empty database, by the product itself. */
export async function makeScene(house: LendingHouse): Promise<Scene> {
  const [main, quay] = [await house.library('Main Library'), await house.library('Quay')];
  const book = await house.book({ 'Main Library': 1 });
  const reserve = async (library?: string): Promise<string> =>
    (await house.reserve(await house.customer(), book, { library })).id;
  const returned = await reserve();
  await house.giveBack(returned);
  return {
    book,
    main,
    quay,
    returned,
    holder: await reserve(),
    first: await reserve(),
    second: await reserve(),
    atQuay: await reserve('Quay'),
  };
}
