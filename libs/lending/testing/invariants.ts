import type { Database } from '@holdfast/platform';
import {
  lendingInvariants,
  RESERVATION_ID,
  type LendingInvariantName,
} from '../src/infrastructure/lending-invariants.js';
import { lendingTerms, type StatedTerms } from './stated-terms.js';

/** What is looked at. */
export interface Extent {
  /** Left out: every book. */
  books?: readonly string[];
  terms?: Partial<StatedTerms>;
  /** Readers with more open reservations than this may have been passed over; left out: the limit of the terms. */
  passedOverAbove?: number;
}

/** What can be told of a house whose every event is there, and whose terms never changed: of the tests, not of one that runs. */
const ofAWholeHistory = {
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

  'a reminder is given once for each occasion': `
    SELECT format('%s: %s, renewed %s times: %s times', id, type, renewals, count(*))
      FROM reminders GROUP BY id, type, renewals HAVING count(*) > 1`,

  'a reminder tells of a copy that is out, as it is then': `
    SELECT format('%s: %s', m.id, m.data)
      FROM reminders m
     WHERE (SELECT (c.state, c.version, c.data ->> 'endOfReservation') = ('active', m.version, m.data ->> 'endOfReservation')
              FROM changes c WHERE c.id = m.id AND c.position < m.position ORDER BY c.position DESC LIMIT 1) IS NOT TRUE`,
} as const;

type Asked = (typeof lendingInvariants)[LendingInvariantName]['says'];

const ofTheProduct = Object.fromEntries(Object.values(lendingInvariants).map(({ says, sql }) => [says, sql])) as Record<
  Asked,
  string
>;

/**
 * Every promise of lending that the tables can break, each as a query that gives what breaks it: none, when all is well.
 * The first are those that the product's own audit asks. Written from the contract and by nothing of the product but its
 * tables, so that they can disagree with the product.
 *
 * `$1` open reservations above which a reader is passed over, `$2` open reservations of a customer, `$3` renewals, `$4` daily rate
 * in basis points, `$5` longest loan in days, `$6` books or null. Position in the outbox is the order of service: what
 * happens to a title is told under its lock.
 */
export const invariants: Record<Asked | keyof typeof ofAWholeHistory, string> = { ...ofTheProduct, ...ofAWholeHistory };

export type Invariant = keyof typeof invariants;

/** What is broken at this moment, as `<invariant>: <what breaks it>`; one snapshot, so that it may be asked under load. */
export async function brokenInvariants(
  database: Pick<Database, 'query'>,
  { books, terms, passedOverAbove }: Extent = {},
): Promise<string[]> {
  const stated = { ...lendingTerms, ...terms };
  const rows = await database.query<{ broken: string }>(EVERYTHING, [
    passedOverAbove ?? stated.openReservations,
    stated.openReservations,
    stated.renewals,
    stated.dailyRateBasisPoints,
    stated.longestLoanDays,
    books ?? null,
  ]);
  return rows.map(({ broken }) => broken);
}

/**
 * `changes`: what was told of each reservation, in order; `reminders` besides, which change nothing. `lives`: from when it waited, for what, and until when.
 * `grants`: who got a copy, when, and by which ticket.
 */
const SOURCES = `
  reservations AS MATERIALIZED (
    SELECT * FROM lending.reservations WHERE $6::uuid[] IS NULL OR book_id = ANY ($6)
  ), holdings AS MATERIALIZED (
    SELECT * FROM inventory.holdings WHERE $6::uuid[] IS NULL OR book_id = ANY ($6)
  ), titles AS MATERIALIZED (
    SELECT * FROM inventory.titles WHERE $6::uuid[] IS NULL OR book_id = ANY ($6)
  ), told AS MATERIALIZED (
    SELECT o.*, ${RESERVATION_ID} AS reservation_id FROM platform.outbox o
     WHERE o.type LIKE 'reservation\\_%' AND ($6::uuid[] IS NULL OR (o.data ->> 'bookId')::uuid = ANY ($6))
  ), changes AS MATERIALIZED (
    SELECT r.id, r.book_id, r.customer_id, r.ticket, o.position, o.type, o.data, o.data ->> 'status' AS state,
           (o.data ->> 'version')::int AS version,
           lag(o.data ->> 'status') OVER life AS before,
           lag((o.data ->> 'version')::int) OVER life AS before_version,
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
  AND $1::int >= (SELECT count(*) FROM lives o
                   WHERE o.customer_id = $customer AND o.asked < $position AND (o.ended IS NULL OR o.ended > $position))`;

const inFull = (sql: string): string =>
  sql.replaceAll(/was_eligible\(([\w.]+), ([\w.]+)\)/g, (_, customer: string, position: string) =>
    WAS_ELIGIBLE.replaceAll('$customer', customer).replaceAll('$position', position),
  );

const EVERYTHING = `WITH ${SOURCES}
${Object.entries(invariants)
  .map(([name, sql]) => `SELECT '${name}: ' || broken AS broken FROM (${inFull(sql)}) AS found (broken)`)
  .join('\nUNION ALL\n')}`;
