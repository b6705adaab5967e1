/** What happens to a reservation, by the names on the wire. */
export type LendingEventName =
  | 'reservation_created'
  | 'reservation_activated'
  | 'reservation_completed'
  | 'reservation_cancelled'
  | 'reservation_renewed'
  | 'reservation_ends_soon'
  | 'reservation_overdue';
