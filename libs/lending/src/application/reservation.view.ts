import { ApiProperty } from '@nestjs/swagger';
import { LibraryReferenceView } from '@holdfast/inventory';

/** A reader's claim on a copy of a book. */
export class ReservationView {
  /** @example 0199a1b2-0000-7000-8000-0000000000aa */
  id!: string;
  bookId!: string;
  customerId!: string;
  /** The one asked for while pending (null: any), the one that gave the copy once active; null when it was removed after the end. */
  library!: LibraryReferenceView | null;
  status!: 'pending' | 'active' | 'completed' | 'cancelled';
  /** 1 is next; null unless pending. */
  queuePosition!: number | null;
  /** While pending: from when a copy can be expected; null when none is out at an accepted library. */
  estimatedFrom!: string | null;
  requestedUntil!: string;
  startOfReservation!: string | null;
  endOfReservation!: string | null;
  /** Price of the book × daily rate × days begun; null while pending. @example 1.4 */
  price!: number | null;
  renewals!: number;
  /** Active, and its end has passed. */
  overdue!: boolean;
  createdAt!: string;
  updatedAt!: string;
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
