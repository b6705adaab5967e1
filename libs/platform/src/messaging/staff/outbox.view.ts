import { ApiProperty } from '@nestjs/swagger';

/** An event that could not be published so far. It is tried again and again, and the later ones of its subject wait for it. */
export class FailingEventView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /** @example book_updated */
  type!: string;

  /** @example books/0199a1b2-0000-7000-8000-000000000001 */
  subject!: string;

  @ApiProperty({ format: 'date-time' })
  occurredAt!: string;

  /** How often it was tried; a broker that is away counts as none. */
  @ApiProperty({ type: 'integer', example: 3 })
  attempts!: number;

  @ApiProperty({ format: 'date-time' })
  nextTryAt!: string;

  /**
   * Why the last try failed.
   * @example "NO_ROUTE: no queue takes 'otp_generated' from 'holdfast.private'"
   */
  reason!: string;
}

/** How far the publishing of events is behind. */
export class BacklogView {
  /** Events that wait to be published; 10000 stands for more. */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: 10_000, example: 3 })
  pending!: number;

  /** Age of the first of them; null when none waits. */
  @ApiProperty({ type: Number, nullable: true, minimum: 0, example: 0.25 })
  oldestSeconds!: number | null;
}
