import type { Database } from '@holdfast/platform';
import { lendingTerms, type StatedTerms } from './stated-terms.js';

/** What is looked at. */
export interface Extent {
  /** Left out: every book. */
  books?: readonly string[];
  terms?: Partial<StatedTerms>;
  /** Readers with more open reservations than this may have been passed over; left out: the limit of the terms. */
  passedOverAbove?: number;
}

/**
 * Every promise of lending that the tables can break, each as a query that gives what breaks it: none, when all is well.
 * Written from the contract and by nothing of the product but its tables, so that it can disagree with the product.
 *
 * `$1` books or null, `$2` open reservations of a customer, `$3` renewals, `$4` daily rate in basis points, `$5` longest
 * loan in days, `$6` open reservations above which a reader is passed over. Position in the outbox is the order of service: what happens to a title is told under its lock.
 */
export const invariants = {
  'reserved units are between none and all': `
    SELECT format('%s at %s: %s of %s', h.book_id, h.library_id, h.reserved, h.units)
      FROM holdings h WHERE h.reserved < 0 OR h.reserved > h.units`,

  'reserved units are the active reservations': `
    SELECT format('%s at %s: %s reserved, %s active', book_id, library_id, sum(reserved), sum(active))
      FROM (SELECT h.book_id, h.library_id, h.reserved, 0 AS active FROM holdings h
            UNION ALL
            SELECT r.book_id, r.library_id, 0, 1 FROM reservations r WHERE r.status = 'active') AS counted
     GROUP BY book_id, library_id HAVING sum(reserved) <> sum(active)`,

  'no copy is free beside a reader who could have it': `
    SELECT format('%s waits, %s is free at %s', r.id, r.book_id, h.library_id)
      FROM reservations r
      JOIN holdings h ON h.book_id = r.book_id AND h.reserved < h.units
                     AND (r.library_id IS NULL OR r.library_id = h.library_id)
      JOIN identity.users u ON u.id = r.customer_id AND u.is_active
     WHERE r.status = 'pending'
       AND $6::int >= (SELECT count(*) FROM lending.reservations o
                        WHERE o.customer_id = r.customer_id AND o.status IN ('pending', 'active'))`,

  'the count of those who wait is right': `
    SELECT format('%s: %s counted, %s wait', t.book_id, t.waiting, count(r.id))
      FROM inventory.titles t LEFT JOIN reservations r ON r.book_id = t.book_id AND r.status = 'pending'
     WHERE $1::uuid[] IS NULL OR t.book_id = ANY ($1)
     GROUP BY t.book_id HAVING t.waiting <> count(r.id)`,

  'no ticket was drawn twice': `
    SELECT format('ticket %s of %s: %s times', r.ticket, r.book_id, count(*))
      FROM reservations r WHERE r.ticket IS NOT NULL GROUP BY r.book_id, r.ticket HAVING count(*) > 1`,

  'no ticket is higher than the last one drawn': `
    SELECT format('ticket %s of %s, last %s', r.ticket, r.book_id, t.last_ticket)
      FROM reservations r JOIN inventory.titles t ON t.book_id = r.book_id WHERE r.ticket > t.last_ticket`,

  'tickets follow the order of the requests': `
    SELECT format('%s has ticket %s after ticket %s', id, ticket, before)
      FROM (SELECT id, ticket, lag(ticket) OVER (PARTITION BY book_id ORDER BY asked) AS before
              FROM lives WHERE waited) AS drawn
     WHERE ticket < before`,

  'who waits was told the right place': `
    SELECT format('%s was told %s', l.id, l.told_place)
      FROM lives l
     WHERE l.waited AND l.told_place IS DISTINCT FROM (
             SELECT count(*) FROM lives b
              WHERE b.book_id = l.book_id AND b.waited AND b.asked <= l.asked AND (b.served IS NULL OR b.served > l.asked))`,

  'copies go to the lowest ticket that accepts their library': `
    SELECT format('%s got %s at %s before %s', g.id, g.book_id, g.library, l.id)
      FROM grants g
      JOIN lives l ON l.book_id = g.book_id AND l.waited AND l.asked < g.position
                  AND (l.served IS NULL OR l.served > g.position)
                  AND (l.wish IS NULL OR l.wish = g.library)
                  AND l.ticket < g.ticket
     WHERE was_eligible(l.customer_id, g.position)`,

  'nobody gets a copy past those who wait': `
    SELECT format('%s got %s at %s at once, before %s', g.id, g.book_id, g.library, l.id)
      FROM grants g
      JOIN lives l ON l.book_id = g.book_id AND l.waited AND l.asked < g.position
                  AND (l.served IS NULL OR l.served > g.position)
                  AND (l.wish IS NULL OR l.wish = g.library)
     WHERE g.ticket IS NULL AND was_eligible(l.customer_id, g.position)`,

  'a copy comes from a library that was asked for': `
    SELECT format('%s wished %s and got %s', l.id, l.wish, g.library)
      FROM lives l JOIN grants g ON g.id = l.id WHERE l.waited AND l.wish <> g.library`,

  'a customer has a book open once': `
    SELECT format('%s has %s open %s times', customer_id, book_id, count(*))
      FROM reservations WHERE status IN ('pending', 'active') GROUP BY customer_id, book_id HAVING count(*) > 1`,

  'nobody has more open than the limit': `
    SELECT format('%s has %s open', r.customer_id, count(*))
      FROM lending.reservations r
     WHERE r.status IN ('pending', 'active') AND r.customer_id IN (SELECT customer_id FROM reservations)
     GROUP BY r.customer_id HAVING count(*) > $2::int`,

  'nothing was renewed more often than the limit': `
    SELECT format('%s was renewed %s times', id, renewals) FROM reservations WHERE renewals > $3::int`,

  'no loan was asked for beyond the longest': `
    SELECT format('%s from %s until %s', id, requested_at, requested_until)
      FROM reservations
     WHERE (requested_until AT TIME ZONE 'UTC') >= date_trunc('day', requested_at AT TIME ZONE 'UTC') + ($5::int + 1) * interval '1 day'`,

  'what is open has its book': `
    SELECT format('%s of %s', r.id, r.book_id)
      FROM reservations r
     WHERE r.status IN ('pending', 'active')
       AND NOT EXISTS (SELECT FROM inventory.titles t JOIN catalog.books b ON b.id = t.book_id WHERE t.book_id = r.book_id)`,

  'what is open has its customer': `
    SELECT format('%s of %s', r.id, r.customer_id)
      FROM reservations r
     WHERE r.status IN ('pending', 'active') AND NOT EXISTS (SELECT FROM identity.users u WHERE u.id = r.customer_id)`,

  'what is open has its library': `
    SELECT format('%s at %s', r.id, r.library_id)
      FROM reservations r
     WHERE r.status IN ('pending', 'active') AND r.library_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM inventory.libraries l WHERE l.id = r.library_id)`,

  'a copy has its time and price, a place has none': `
    SELECT format('%s is %s', id, status)
      FROM reservations
     WHERE (status IN ('active', 'completed')) AND (library_id IS NULL OR starts_at IS NULL OR ends_at IS NULL OR price_cents IS NULL)
        OR status = 'pending' AND (ticket IS NULL OR num_nonnulls(starts_at, ends_at, price_cents) > 0)`,

  'the price is the price of the book × rate × days begun': `
    SELECT format('%s: %s cents', r.id, r.price_cents)
      FROM reservations r JOIN catalog.books b ON b.id = r.book_id
     WHERE r.price_cents <> floor((b.price_cents::numeric * $4::int
                                   * greatest(1, ceil(extract(epoch FROM r.ends_at - r.starts_at) / 86400)) + 5000) / 10000)
       AND NOT EXISTS (SELECT FROM platform.outbox o
                        WHERE o.subject = 'books/' || r.book_id AND o.type = 'book_updated' AND o.data -> 'changed' ? 'price')`,

  'a loan is as long as it was asked for': `
    SELECT format('%s: %s, asked for %s', id, ends_at - starts_at, requested_until - requested_at)
      FROM reservations WHERE renewals = 0 AND ends_at - starts_at <> requested_until - requested_at`,

  'every change has one event, and every event a change that was possible': `
    SELECT format('%s: %s (%s) after %s', id, type, state, coalesce(before, 'nothing'))
      FROM changes
     WHERE CASE type
             WHEN 'reservation_created' THEN before IS NULL AND state IN ('pending', 'active')
             WHEN 'reservation_activated' THEN before = 'pending' AND state = 'active'
             WHEN 'reservation_renewed' THEN before = 'active' AND state = 'active'
             WHEN 'reservation_completed' THEN before = 'active' AND state = 'completed'
             WHEN 'reservation_cancelled' THEN before IN ('pending', 'active') AND state = 'cancelled'
           END IS NOT TRUE`,

  'every reservation has its events': `
    SELECT format('%s has version %s and %s events', r.id, r.version, count(c.position))
      FROM reservations r LEFT JOIN changes c ON c.id = r.id
     GROUP BY r.id, r.version HAVING r.version <> count(c.position)`,

  'versions grow by one with each change': `
    SELECT format('%s: version %s in event %s', id, version, nth) FROM changes WHERE version IS DISTINCT FROM nth`,

  'the last event tells what is': `
    SELECT format('%s: %s is told, %s is', r.id, c.data, r)
      FROM reservations r JOIN changes c ON c.id = r.id AND c.is_last
     WHERE (c.data ->> 'status', c.data ->> 'requestedUntil', c.data ->> 'startOfReservation', c.data ->> 'endOfReservation',
            c.data ->> 'renewals', c.data ->> 'updatedAt', c.data -> 'library' ->> 'id', (c.data ->> 'price')::numeric * 100)
           IS DISTINCT FROM
           (r.status, platform.rfc3339(r.requested_until), platform.rfc3339(r.starts_at), platform.rfc3339(r.ends_at),
            r.renewals::text, platform.rfc3339(r.updated_at), r.library_id::text, r.price_cents::numeric)
       -- A library that was removed after the end is shown as none.
       AND (r.library_id IS NULL OR EXISTS (SELECT FROM inventory.libraries l WHERE l.id = r.library_id))`,

  'an event names its own reservation': `
    SELECT format('%s in an event of %s', c.data, r.id)
      FROM reservations r JOIN changes c ON c.id = r.id
     WHERE (c.data ->> 'id', c.data ->> 'bookId', c.data ->> 'customerId', c.data ->> 'createdAt')
           IS DISTINCT FROM (r.id::text, r.book_id::text, r.customer_id::text, platform.rfc3339(r.requested_at))`,

  'a reminder is given once for each occasion': `
    SELECT format('%s: %s, renewed %s times: %s times', id, type, renewals, count(*))
      FROM reminders GROUP BY id, type, renewals HAVING count(*) > 1`,

  'a reminder tells of a copy that is out, as it is then': `
    SELECT format('%s: %s', m.id, m.data)
      FROM reminders m
     WHERE (SELECT (c.state, c.version, c.data ->> 'endOfReservation') = ('active', m.version, m.data ->> 'endOfReservation')
              FROM changes c WHERE c.id = m.id AND c.position < m.position ORDER BY c.position DESC LIMIT 1) IS NOT TRUE`,

  'no event tells of a reservation that is not': `
    SELECT format('%s of %s', o.type, o.subject)
      FROM platform.outbox o
     WHERE o.type LIKE 'reservation\\_%' AND ($1::uuid[] IS NULL OR (o.data ->> 'bookId')::uuid = ANY ($1))
       AND NOT EXISTS (SELECT FROM lending.reservations r WHERE o.subject = 'reservations/' || r.id)`,
} as const;

export type Invariant = keyof typeof invariants;

/** What is broken at this moment, as `<invariant>: <what breaks it>`; one snapshot, so that it may be asked under load. */
export async function brokenInvariants(
  database: Pick<Database, 'query'>,
  { books, terms, passedOverAbove }: Extent = {},
): Promise<string[]> {
  const stated = { ...lendingTerms, ...terms };
  const rows = await database.query<{ broken: string }>(EVERYTHING, [
    books ?? null,
    stated.openReservations,
    stated.renewals,
    stated.dailyRateBasisPoints,
    stated.longestLoanDays,
    passedOverAbove ?? stated.openReservations,
  ]);
  return rows.map(({ broken }) => broken);
}

/**
 * `changes`: what was told of each reservation, in order; `reminders` besides, which change nothing. `lives`: from when it waited, for what, and until when.
 * `grants`: who got a copy, when, and by which ticket.
 */
const SOURCES = `
  reservations AS MATERIALIZED (
    SELECT * FROM lending.reservations WHERE $1::uuid[] IS NULL OR book_id = ANY ($1)
  ), holdings AS MATERIALIZED (
    SELECT * FROM inventory.holdings WHERE $1::uuid[] IS NULL OR book_id = ANY ($1)
  ), changes AS MATERIALIZED (
    SELECT r.id, r.book_id, r.customer_id, r.ticket, o.position, o.type, o.data, o.data ->> 'status' AS state,
           (o.data ->> 'version')::int AS version,
           lag(o.data ->> 'status') OVER life AS before,
           row_number() OVER life AS nth,
           lead(o.position) OVER life IS NULL AS is_last,
           min(o.position) FILTER (WHERE o.type IN ('reservation_activated', 'reservation_cancelled'))
             OVER (PARTITION BY r.id) AS served,
           min(o.position) FILTER (WHERE o.type IN ('reservation_completed', 'reservation_cancelled'))
             OVER (PARTITION BY r.id) AS ended
      FROM reservations r JOIN platform.outbox o ON o.subject = 'reservations/' || r.id
     WHERE o.type IN ('reservation_created', 'reservation_activated', 'reservation_renewed', 'reservation_completed',
                      'reservation_cancelled')
    WINDOW life AS (PARTITION BY r.id ORDER BY o.position)
  ), reminders AS MATERIALIZED (
    SELECT r.id, o.position, o.type, o.data, o.data ->> 'renewals' AS renewals, (o.data ->> 'version')::int AS version
      FROM reservations r JOIN platform.outbox o ON o.subject = 'reservations/' || r.id
     WHERE o.type IN ('reservation_ends_soon', 'reservation_overdue')
  ), lives AS MATERIALIZED (
    SELECT c.id, c.book_id, c.customer_id, c.ticket, c.position AS asked, c.state = 'pending' AS waited,
           (c.data -> 'library' ->> 'id')::uuid AS wish, (c.data ->> 'queuePosition')::int AS told_place,
           c.served, c.ended
      FROM changes c WHERE c.type = 'reservation_created'
  ), grants AS MATERIALIZED (
    SELECT c.id, c.book_id, c.position, (c.data -> 'library' ->> 'id')::uuid AS library,
           CASE c.type WHEN 'reservation_activated' THEN c.ticket END AS ticket
      FROM changes c
     WHERE c.type = 'reservation_activated' OR (c.type = 'reservation_created' AND c.state = 'active')
  )`;

/** Whether a reader could borrow at that position. Of those whose account was ever inactive it cannot be told: no. */
const WAS_ELIGIBLE = `
  NOT EXISTS (SELECT FROM identity.users u WHERE u.id = $customer AND NOT u.is_active)
  AND NOT EXISTS (SELECT FROM identity.audit a WHERE a.user_id = $customer AND a.changes @> '[{"field": "isActive"}]')
  AND $6::int >= (SELECT count(*) FROM lives o
                   WHERE o.customer_id = $customer AND o.asked < $position AND (o.ended IS NULL OR o.ended > $position))`;

const inFull = (sql: string): string =>
  sql.replaceAll(/was_eligible\(([\w.]+), ([\w.]+)\)/g, (_, customer: string, position: string) =>
    WAS_ELIGIBLE.replaceAll('$customer', customer).replaceAll('$position', position),
  );

const EVERYTHING = `WITH ${SOURCES}
${Object.entries(invariants)
  .map(([name, sql]) => `SELECT '${name}: ' || broken AS broken FROM (${inFull(sql)}) AS found (broken)`)
  .join('\nUNION ALL\n')}`;
