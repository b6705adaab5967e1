/** The JSON of a reservation `r` at the library `l`, as clients and consumers see it. `position`, `from`: SQL of its place. */
export const reservationJson = (position = 'NULL::int', from = 'NULL::text'): string => `json_build_object(
  'id', r.id, 'bookId', r.book_id, 'customerId', r.customer_id,
  'library', CASE WHEN l.id IS NOT NULL THEN json_build_object('id', l.id, 'name', l.name) END,
  'status', r.status, 'queuePosition', ${position}, 'estimatedFrom', ${from},
  'requestedUntil', platform.rfc3339(r.requested_until),
  'startOfReservation', platform.rfc3339(r.starts_at), 'endOfReservation', platform.rfc3339(r.ends_at),
  'price', (r.price_cents / 100.0)::float8, 'renewals', r.renewals,
  'overdue', r.status = 'active' AND r.ends_at < now(),
  'createdAt', platform.rfc3339(r.requested_at), 'updatedAt', platform.rfc3339(r.updated_at), 'version', r.version)`;
