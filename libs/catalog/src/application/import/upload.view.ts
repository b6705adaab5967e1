import { type UploadStatus, uploadStatuses } from '../../domain/upload.js';
import { ApiProperty } from '@nestjs/swagger';

/** What is wrong, or worth a look, in one cell. */
export class FindingView {
  /**
   * Line of the file where the record begins; the header is line 1.
   * @example 17
   */
  @ApiProperty({ type: 'integer' })
  line!: number;
  /**
   * Name in the header; empty for a whole row.
   * @example "price"
   */
  column!: string;
  /**
   * The cell, at most 200 characters of it.
   * @example "-1"
   */
  value!: string;
  /** @example "The price is negative." */
  reason!: string;
}

/** Where an import is. Counts are of committed rows: inserted + updated + unchanged + skipped + failed = processed. */
export class UploadView {
  /** @example "0199a1b2-0000-7000-8000-000000000009" */
  @ApiProperty({ format: 'uuid' })
  uploadId!: string;
  /** @example "books.csv" */
  fileName!: string;
  /**
   * The account that sent it.
   * @example "0199a1b2-0000-7000-8000-0000000000ee"
   */
  @ApiProperty({ format: 'uuid' })
  uploadedBy!: string;
  /**
   * Its username now; null when the account was deleted.
   * @example "ada"
   */
  @ApiProperty({ type: String, nullable: true })
  uploadedByName!: string | null;
  /**
   * Counts what would be, and changes nothing.
   * @example false
   */
  dryRun!: boolean;
  @ApiProperty({ enum: uploadStatuses })
  status!: UploadStatus;
  /**
   * Null until the records were counted.
   * @example 4
   */
  @ApiProperty({ type: 'integer', nullable: true })
  totalRows!: number | null;
  /** @example 1 */
  @ApiProperty({ type: 'integer' })
  processedRows!: number;
  /** @example 1 */
  @ApiProperty({ type: 'integer' })
  insertedRows!: number;
  /** @example 0 */
  @ApiProperty({ type: 'integer' })
  updatedRows!: number;
  /** @example 0 */
  @ApiProperty({ type: 'integer' })
  unchangedRows!: number;
  /** @example 0 */
  @ApiProperty({ type: 'integer' })
  skippedRows!: number;
  /** @example 0 */
  @ApiProperty({ type: 'integer' })
  failedRows!: number;
  /**
   * Rows that have a warning; they have an outcome besides.
   * @example 0
   */
  @ApiProperty({ type: 'integer' })
  warnedRows!: number;
  /**
   * From 0 to 1.
   * @example 0.25
   */
  progress!: number;
  /** The first 100. */
  @ApiProperty({ type: [FindingView], maxItems: 100 })
  errors!: FindingView[];
  /** The first 100. */
  @ApiProperty({ type: [FindingView], maxItems: 100 })
  warnings!: FindingView[];
  /**
   * Why the file could not be read to its end; present when the status is failed.
   * @example "The file is not text."
   */
  failure?: string;
  /** @example "2026-11-22T10:00:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  /** @example "2026-11-22T10:00:01.000Z" */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  startedAt!: string | null;
  /** @example "2026-11-22T10:00:09.000Z" */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: string | null;
}

export class AcceptedUploadView {
  /** @example "0199a1b2-0000-7000-8000-000000000009" */
  @ApiProperty({ format: 'uuid' })
  uploadId!: string;
  @ApiProperty({ enum: ['queued'] })
  status!: 'queued';
}
