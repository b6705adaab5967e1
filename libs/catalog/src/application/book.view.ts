import { ApiProperty } from '@nestjs/swagger';

/** An author or a genre, as a book names it. */
export class HeadingReferenceView {
  /** @example "0199a1b2-0000-7000-8000-000000000002" */
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** @example "Ursula K. Le Guin" */
  name!: string;
}

/** A book with the numbers of its copies. */
export class BookView {
  /** @example "0199a1b2-0000-7000-8000-000000000001" */
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** @example "The Dispossessed" */
  title!: string;
  /**
   * 13 digits.
   * @example "9780061054884"
   */
  isbn!: string | null;
  /** In the order of the title page. */
  authors!: HeadingReferenceView[];
  genre!: HeadingReferenceView | null;
  /** @example 9.99 */
  price!: number;
  /** @example "An ambiguous utopia." */
  description!: string | null;
  /**
   * `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, with a minus before our era.
   * @example "1974-05"
   */
  publicationDate!: string | null;
  /**
   * BCP 47.
   * @example "en"
   */
  language!: string | null;
  /**
   * Copies of all libraries together.
   * @example 3
   */
  @ApiProperty({ type: 'integer' })
  units!: number;
  /**
   * Copies that readers have.
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  reservedUnits!: number;
  /**
   * Copies that are free.
   * @example 2
   */
  @ApiProperty({ type: 'integer' })
  availableUnits!: number;
  /**
   * Readers who wait for a copy.
   * @example 0
   */
  @ApiProperty({ type: 'integer' })
  queueLength!: number;
  /**
   * Counts the changes by editors; a reservation is none.
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  version!: number;
  /**
   * The account that created it.
   * @example "0199a1b2-0000-7000-8000-0000000000ee"
   */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  createdBy!: string | null;
  /** @example "2026-11-22T10:00:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  /** @example "2026-11-22T10:00:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
}

/** A book with its metadata. */
export class BookWithMetadataView extends BookView {
  /**
   * Free form; null when its store does not answer.
   * @example { "publisher": "Harper & Row" }
   */
  metadata!: Record<string, unknown> | null;
  /**
   * Present, and true, when the store of the metadata does not answer.
   * @example true
   */
  metadataUnavailable?: boolean;
}
