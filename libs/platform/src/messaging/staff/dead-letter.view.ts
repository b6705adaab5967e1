import { ApiProperty } from '@nestjs/swagger';

/** An event that a consumer could not handle. */
export class DeadLetterView {
  /** Stays the same when the letter is replayed and fails again. */
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /** @example notifications */
  consumer!: string;

  /** The CloudEvent, of a private one with empty data; null when it is none. */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    example: {
      specversion: '1.0',
      type: 'reservation_created',
      subject: 'reservations/0199a1b2-0000-7000-8000-000000000001',
    },
  })
  event!: Record<string, unknown> | null;

  /**
   * Why the last attempt failed.
   * @example "Error: the mail server answered 421"
   */
  reason!: string;

  /** How often it was tried, replays included. */
  @ApiProperty({ type: 'integer', example: 8 })
  attempts!: number;

  @ApiProperty({ format: 'date-time' })
  firstFailedAt!: string;

  @ApiProperty({ format: 'date-time' })
  lastFailedAt!: string;

  /** False for a private event: its data was not kept, so it cannot be replayed. */
  @ApiProperty({ example: true })
  replayable!: boolean;

  /** When a replay was asked for that is not done yet: it waits for a worker, or for the broker. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  replayRequestedAt!: string | null;
}
