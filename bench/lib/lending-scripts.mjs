// The ways to give copies of one title to many, as pgbench scripts: each with the same rows and the same event.
const WHO = String.raw`SELECT id AS customer FROM bench.customers WHERE n = (SELECT nextval('bench.turn') % 50000 + 1)
\gset
`;
const TAKEN = String.raw`WITH taken AS (
  UPDATE inventory.holdings SET reserved = reserved + 1 WHERE book_id = :book AND reserved < units RETURNING 1)
SELECT count(*) AS taken FROM taken
\gset
`;
const reservation = (
  status,
  ticket,
) => `INSERT INTO lending.reservations (id, book_id, customer_id, library_id, status, ticket, requested_at,
  requested_until, starts_at, ends_at, price_cents)
SELECT gen_random_uuid(), :book, :customer, ${status === 'active' ? 'd.id' : 'NULL::uuid'}, '${status}', ${ticket}, now(), now() + interval '10 days',
  ${status === 'active' ? `now(), now() + interval '10 days', 100` : 'NULL::timestamptz, NULL::timestamptz, NULL::bigint'}
  FROM inventory.libraries d WHERE d.is_default;
`;
const EVENT = `INSERT INTO platform.outbox (id, type, subject, data)
SELECT gen_random_uuid(), 'reservation_created', 'reservations/' || gen_random_uuid(), jsonb_build_object(
  'id', :customer::text, 'bookId', :book::text, 'customerId', :customer::text, 'status', 'active', 'price', 1, 'renewals', 0,
  'requestedUntil', platform.rfc3339(now()), 'startOfReservation', platform.rfc3339(now()),
  'endOfReservation', platform.rfc3339(now()), 'createdAt', platform.rfc3339(now()), 'version', 1);
`;
const JOINED = String.raw`UPDATE inventory.titles SET last_ticket = last_ticket + 1, waiting = waiting + 1 WHERE book_id = :book
RETURNING last_ticket AS ticket
\gset
`;
const grantOrQueue = String.raw`\if :taken
${reservation('active', 'NULL')}\else
${JOINED}${reservation('pending', ':ticket')}\endif
${EVENT}COMMIT;
`;
const ONE_BOOK = String.raw`SELECT book_id AS book FROM bench.hot
\gset
`;
const ANY_BOOK = String.raw`\set b random(1, 10000)
SELECT book_id AS book FROM bench.books WHERE n = :b
\gset
`;
const LOCK = 'SELECT book_id FROM inventory.titles WHERE book_id = :book FOR UPDATE;\n';

/** Under the title's lock, one transaction for each request: what the ratios are of. */
export const rowLock = (book) => `${book === 'any' ? ANY_BOOK : ONE_BOOK}${WHO}BEGIN;\n${LOCK}${TAKEN}${grantOrQueue}`;

/** Requests of one transaction of the last design. */
export const TOGETHER = 16;

export const designs = {
  'row lock': rowLock('one'),
  'conditional update': `${ONE_BOOK}${WHO}BEGIN;\n${TAKEN}${grantOrQueue}`,
  'advisory lock': `${ONE_BOOK}${WHO}BEGIN;\nSELECT pg_advisory_xact_lock(hashtext(:book::text));\n${TAKEN}${grantOrQueue}`,
  'a row for each copy, SKIP LOCKED': String.raw`${ONE_BOOK}${WHO}BEGIN;
WITH free AS (SELECT n FROM bench.copies WHERE NOT taken ORDER BY n LIMIT 1 FOR UPDATE SKIP LOCKED),
  taken AS (UPDATE bench.copies c SET taken = true FROM free WHERE c.n = free.n RETURNING 1)
SELECT count(*) AS taken FROM taken
\gset
${grantOrQueue}`,
  serialisable: String.raw`${ONE_BOOK}${WHO}BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT units - reserved > 0 AS taken FROM inventory.holdings WHERE book_id = :book
\gset
UPDATE inventory.holdings SET reserved = reserved + 1 WHERE book_id = :book AND reserved < units;
${grantOrQueue}`,
  [`${TOGETHER} decided in one transaction`]: String.raw`${ONE_BOOK}SELECT nextval('bench.turn') AS turn
\gset
BEGIN;
${LOCK}UPDATE inventory.holdings SET reserved = reserved + ${TOGETHER} WHERE book_id = :book AND reserved + ${TOGETHER} <= units;
WITH made AS (
  INSERT INTO lending.reservations (id, book_id, customer_id, library_id, status, requested_at, requested_until, starts_at, ends_at, price_cents)
  SELECT gen_random_uuid(), :book, c.id, d.id, 'active', now(), now() + interval '10 days', now(), now() + interval '10 days', 100
    FROM bench.customers c, inventory.libraries d
   WHERE d.is_default AND c.n BETWEEN (:turn * ${TOGETHER}) % 49980 + 1 AND (:turn * ${TOGETHER}) % 49980 + ${TOGETHER} RETURNING *)
INSERT INTO platform.outbox (id, type, subject, data)
SELECT gen_random_uuid(), 'reservation_created', 'reservations/' || r.id, jsonb_build_object(
  'id', r.id, 'bookId', r.book_id, 'customerId', r.customer_id, 'status', r.status, 'price', 1, 'renewals', 0,
  'requestedUntil', platform.rfc3339(now()), 'startOfReservation', platform.rfc3339(now()),
  'endOfReservation', platform.rfc3339(now()), 'createdAt', platform.rfc3339(now()), 'version', 1) FROM made r;
COMMIT;
`,
};
