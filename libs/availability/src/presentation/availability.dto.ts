/** A wish for a copy, as `POST /api/reservations` of the API takes it, which checks it. */
export class ReservationWishDto {
  /** @example "0199a1b2-0000-7000-8000-000000000001" */
  bookId!: string;
  /**
   * A time, or a date: its end in UTC.
   * @example "2030-01-31"
   */
  reservedUntil!: string;
  /**
   * Name or id of the library that shall give the copy; left out: any.
   * @example "Main Library"
   */
  library?: string;
  /** For staff: the customer to reserve for. */
  customerId?: string;
}
