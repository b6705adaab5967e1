import { ApiProperty } from '@nestjs/swagger';
import { LibraryReferenceView } from '@holdfast/inventory';

/** A reader's claim on a copy of a book. */
export class ReservationView {
  /** @example 0199a1b2-0000-7000-8000-0000000000aa */
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  bookId!: string;
  /** @example 0199a1b2-0000-7000-8000-0000000000cc */
  @ApiProperty({ format: 'uuid' })
  customerId!: string;
  /** The one asked for while pending (null: any), the one that gave the copy once active; null when it was removed after the end. */
  library!: LibraryReferenceView | null;
  @ApiProperty({ enum: ['pending', 'active', 'completed', 'cancelled'], example: 'active' })
  status!: 'pending' | 'active' | 'completed' | 'cancelled';
  /** 1 is next; null unless pending. */
  @ApiProperty({ type: 'integer', nullable: true, minimum: 1, example: null })
  queuePosition!: number | null;
  /** While pending: from when a copy can be expected; null when none is out at an accepted library. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  estimatedFrom!: string | null;
  @ApiProperty({ format: 'date-time', example: '2026-12-06T10:00:00.000Z' })
  requestedUntil!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  startOfReservation!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-12-06T10:00:00.000Z' })
  endOfReservation!: string | null;
  /** Price of the book × daily rate × days begun; null while pending. @example 1.4 */
  price!: number | null;
  @ApiProperty({ type: 'integer', example: 0 })
  renewals!: number;
  /** Active, and its end has passed. @example false */
  overdue!: boolean;
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;
}

/** A place in the queue of a book. */
export class QueueItemView {
  /**
   * 1 is next.
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  position!: number;
  /** @example "0199a1b2-0000-7000-8000-0000000000aa" */
  @ApiProperty({ format: 'uuid' })
  reservationId!: string;
  /** @example "0199a1b2-0000-7000-8000-0000000000cc" */
  @ApiProperty({ format: 'uuid' })
  customerId!: string;
  /** @example "2026-11-22T10:00:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  requestedAt!: string;
  /**
   * From when a copy can be expected; null when none is out at an accepted library.
   * @example "2026-12-06T10:00:00.000Z"
   */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  estimatedFrom!: string | null;
}

/** The queue of a book. Staff see every item; a reader sees the own one only. */
export class QueueView {
  /**
   * How many wait.
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  length!: number;
  items!: QueueItemView[];
}
