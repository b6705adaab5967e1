import { ApiProperty } from '@nestjs/swagger';

const LOAN_END = '^\\d{4}-\\d{2}-\\d{2}([Tt]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?([Zz]|[+-]\\d{2}:\\d{2}))?$';

/** A wish for a copy, as `POST /api/reservations` of the API takes it, which checks it. */
export class ReservationWishDto {
  /** @example "0199a1b2-0000-7000-8000-000000000001" */
  @ApiProperty({ format: 'uuid' })
  bookId!: string;
  /**
   * A time, or a date: its end in UTC.
   * @example "2030-01-31"
   */
  @ApiProperty({ maxLength: 35, pattern: LOAN_END })
  reservedUntil!: string;
  /**
   * Name or id of the library that shall give the copy; left out: any.
   * @example "Main Library"
   */
  @ApiProperty({ required: false, minLength: 1, maxLength: 200 })
  library?: string;
  /** For staff: the customer to reserve for. */
  @ApiProperty({ required: false, format: 'uuid' })
  customerId?: string;
}
