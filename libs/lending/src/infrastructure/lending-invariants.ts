/** What must hold at every moment between two commits, and the query that gives what breaks it, one text with ids each. */
interface LendingInvariant {
  says: string;
  sql: string;
}

/**
 * What can be told from the tables of a house that has run for years: nothing here depends on settings that may have been
 * changed since (but the limit, `$1`), nor on events that are removed by now. Written from the contract and by nothing
 * of the product but its tables, so that it can disagree with the product. The tests ask these too, and more, of a whole
 * history; whoever asks defines the sources: `reservations`, `holdings` and `titles` like the tables, `told` (events about
 * reservations) and `changes` (of those, what changed one: `before_version`, and `is_last` of what was told).
 *
 * `$1`: open reservations above which a reader is passed over.
 */
export const lendingInvariants = {
  'reserved-within-units': {
    says: 'reserved units are between none and all',
    sql: `
      SELECT format('%s at %s: %s of %s', h.book_id, h.library_id, h.reserved, h.units)
        FROM holdings h WHERE h.reserved < 0 OR h.reserved > h.units`,
  },
  'reserved-are-active': {
    says: 'reserved units are the active reservations',
    sql: `
      SELECT format('%s at %s: %s reserved, %s active', book_id, library_id, coalesce(h.reserved, 0), coalesce(a.active, 0))
        FROM holdings h
        FULL JOIN (SELECT r.book_id, r.library_id, count(*) AS active
                     FROM reservations r WHERE r.status = 'active' GROUP BY r.book_id, r.library_id) a USING (book_id, library_id)
       WHERE coalesce(h.reserved, 0) <> coalesce(a.active, 0)`,
  },
  'no-idle-copy': {
    says: 'no copy is free beside a reader who could have it',
    sql: `
      SELECT format('%s waits, %s is free at %s', r.id, r.book_id, h.library_id)
        FROM reservations r
        JOIN holdings h ON h.book_id = r.book_id AND h.reserved < h.units
                       AND (r.library_id IS NULL OR r.library_id = h.library_id)
        JOIN identity.users u ON u.id = r.customer_id AND u.is_active
       WHERE r.status = 'pending'
         AND $1::int >= (SELECT count(*) FROM lending.reservations o
                          WHERE o.customer_id = r.customer_id AND o.status IN ('pending', 'active'))`,
  },
  'waiting-are-pending': {
    says: 'the count of those who wait is right',
    sql: `
      SELECT format('%s: %s counted, %s wait', book_id, coalesce(t.waiting, 0), coalesce(p.pending, 0))
        FROM titles t
        FULL JOIN (SELECT r.book_id, count(*) AS pending
                     FROM reservations r WHERE r.status = 'pending' GROUP BY r.book_id) p USING (book_id)
       WHERE coalesce(t.waiting, 0) <> coalesce(p.pending, 0)`,
  },
  'tickets-unique': {
    says: 'no ticket was drawn twice',
    sql: `
      SELECT format('ticket %s of %s: %s times', r.ticket, r.book_id, count(*))
        FROM reservations r WHERE r.ticket IS NOT NULL GROUP BY r.book_id, r.ticket HAVING count(*) > 1`,
  },
  'tickets-drawn': {
    says: 'no ticket is higher than the last one drawn',
    sql: `
      SELECT format('ticket %s of %s, last %s', r.ticket, r.book_id, t.last_ticket)
        FROM reservations r JOIN titles t ON t.book_id = r.book_id WHERE r.ticket > t.last_ticket`,
  },
  'open-once': {
    says: 'a customer has a book open once',
    sql: `
      SELECT format('%s has %s open %s times', customer_id, book_id, count(*))
        FROM reservations WHERE status IN ('pending', 'active') GROUP BY customer_id, book_id HAVING count(*) > 1`,
  },
  'open-has-book': {
    says: 'what is open has its book',
    sql: `
      SELECT format('%s of %s', r.id, r.book_id)
        FROM reservations r
       WHERE r.status IN ('pending', 'active')
         AND NOT EXISTS (SELECT FROM inventory.titles t JOIN catalog.books b ON b.id = t.book_id WHERE t.book_id = r.book_id)`,
  },
  'open-has-customer': {
    says: 'what is open has its customer',
    sql: `
      SELECT format('%s of %s', r.id, r.customer_id)
        FROM reservations r
       WHERE r.status IN ('pending', 'active') AND NOT EXISTS (SELECT FROM identity.users u WHERE u.id = r.customer_id)`,
  },
  'open-has-library': {
    says: 'what is open has its library',
    sql: `
      SELECT format('%s at %s', r.id, r.library_id)
        FROM reservations r
       WHERE r.status IN ('pending', 'active') AND r.library_id IS NOT NULL
         AND NOT EXISTS (SELECT FROM inventory.libraries l WHERE l.id = r.library_id)`,
  },
  'states-whole': {
    says: 'a copy has its time and price, a place has none',
    sql: `
      SELECT format('%s is %s', id, status)
        FROM reservations
       WHERE (status IN ('active', 'completed') AND num_nulls(library_id, starts_at, ends_at, price_cents) > 0)
          OR (status = 'pending' AND (ticket IS NULL OR num_nonnulls(starts_at, ends_at, price_cents) > 0))`,
  },
  'changes-told': {
    says: 'the last change of these days has its event',
    sql: `
      SELECT format('%s has version %s, told is %s', r.id, r.version, coalesce(c.version::text, 'nothing'))
        FROM reservations r LEFT JOIN changes c ON c.id = r.id AND c.is_last
       WHERE r.version IS DISTINCT FROM c.version AND (c.id IS NOT NULL OR r.updated_at > now() - interval '30 hours')`,
  },
  'versions-in-order': {
    says: 'versions grow by one with each change',
    sql: `
      SELECT format('%s: version %s in the event after version %s', id, version, before_version)
        FROM changes WHERE version IS NULL OR version <> before_version + 1`,
  },
  'told-as-it-is': {
    says: 'the last event tells what is',
    sql: `
      SELECT format('%s: %s is told, %s is', r.id, c.data, r)
        FROM reservations r JOIN changes c ON c.id = r.id AND c.is_last
       WHERE (c.data ->> 'status', c.data ->> 'requestedUntil', c.data ->> 'startOfReservation', c.data ->> 'endOfReservation',
              c.data ->> 'renewals', c.data ->> 'updatedAt', c.data -> 'library' ->> 'id', (c.data ->> 'price')::numeric * 100)
             IS DISTINCT FROM
             (r.status, platform.rfc3339(r.requested_until), platform.rfc3339(r.starts_at), platform.rfc3339(r.ends_at),
              r.renewals::text, platform.rfc3339(r.updated_at), r.library_id::text, r.price_cents::numeric)
         -- A library that was removed after the end is shown as none.
         AND (r.library_id IS NULL OR EXISTS (SELECT FROM inventory.libraries l WHERE l.id = r.library_id))`,
  },
  'told-of-itself': {
    says: 'an event names its own reservation',
    sql: `
      SELECT format('%s in an event of %s', c.data, r.id)
        FROM reservations r JOIN changes c ON c.id = r.id
       WHERE (c.data ->> 'id', c.data ->> 'bookId', c.data ->> 'customerId', c.data ->> 'createdAt')
             IS DISTINCT FROM (r.id::text, r.book_id::text, r.customer_id::text, platform.rfc3339(r.requested_at))`,
  },
  'nothing-made-up': {
    says: 'no event tells of a reservation that is not',
    sql: `
      SELECT format('%s of %s', o.type, o.subject)
        FROM told o
       WHERE NOT EXISTS (SELECT FROM lending.reservations r WHERE r.id = o.reservation_id)`,
  },
} as const satisfies Record<string, LendingInvariant>;

export type LendingInvariantName = keyof typeof lendingInvariants;

/**
 * Of an event `o`; null when its subject is no reservation. As uuids hundreds of thousands are joined, not as texts; and one
 * expression for the whole form would take five times as long.
 */
export const RESERVATION_ID = `CASE WHEN o.subject LIKE 'reservations/________-____-____-____-____________'
                                      AND substr(o.subject, 14) !~ '[^0-9a-f-]'
                                      AND length(replace(o.subject, '-', '')) = 45
                                     THEN substr(o.subject, 14)::uuid END`;

/**
 * The sources, of all books. Of the events those of two days: an audit runs once a day at least, and a large house keeps
 * millions. Per reservation they are published in order, so what there is of one is the end of its story, without a gap.
 */
const SOURCES = `
  reservations AS NOT MATERIALIZED (SELECT * FROM lending.reservations),
  holdings AS NOT MATERIALIZED (SELECT * FROM inventory.holdings),
  titles AS NOT MATERIALIZED (SELECT * FROM inventory.titles),
  told AS MATERIALIZED (
    SELECT o.position, o.type, o.subject, o.data, ${RESERVATION_ID} AS reservation_id FROM platform.outbox o
     WHERE o.type LIKE 'reservation\\_%' AND (o.published_at IS NULL OR o.published_at > now() - interval '2 days')
  ), changes AS MATERIALIZED (
    SELECT o.reservation_id AS id, o.data, (o.data ->> 'version')::int AS version,
           lag((o.data ->> 'version')::int) OVER life AS before_version,
           lead(o.position) OVER life IS NULL AS is_last
      FROM told o
     WHERE o.type NOT IN ('reservation_ends_soon', 'reservation_overdue')
    WINDOW life AS (PARTITION BY o.reservation_id ORDER BY o.position)
  )`;

/** One statement, so that all is seen at one moment: a row for each invariant; of what breaks it the number, and the first `$2`. */
export const AUDIT = `WITH ${SOURCES}
${Object.entries(lendingInvariants)
  .map(
    ([name, { sql }]) => `
  SELECT '${name}' AS invariant, count(*)::int AS count,
         coalesce(array_agg(left(broken, 500) ORDER BY nth) FILTER (WHERE nth <= $2::int), '{}') AS examples
    FROM (SELECT broken, row_number() OVER (ORDER BY broken COLLATE "C") AS nth FROM (${sql}) AS found (broken)) AS numbered`,
  )
  .join('\nUNION ALL\n')}`;
