import { type UploadStatus, uploadStatuses } from '../../domain/upload.js';
import { ApiProperty } from '@nestjs/swagger';

/** What is wrong, or worth a look, in one cell. */
export class FindingView {
  /**
   * Line of the file where the record begins; the header is line 1.
   * @example 17
   */
  line!: number;
  /**
   * Name in the header; empty for a whole row.
   * @example price
   */
  column!: string;
  /**
   * The cell, at most 200 characters of it.
   * @example -1
   */
  value!: string;
  /** @example The price is negative. */
  reason!: string;
}

/** Where an import is. Counts are of committed rows: inserted + updated + unchanged + skipped + failed = processed. */
export class UploadView {
  /** @example 0199a1b2-0000-7000-8000-000000000009 */
  uploadId!: string;
  /** @example books.csv */
  fileName!: string;
  /** The account that sent it. */
  uploadedBy!: string;
  /** Counts what would be, and changes nothing. */
  dryRun!: boolean;
  @ApiProperty({ enum: uploadStatuses })
  status!: UploadStatus;
  /** Null until the records were counted. */
  totalRows!: number | null;
  processedRows!: number;
  insertedRows!: number;
  updatedRows!: number;
  unchangedRows!: number;
  skippedRows!: number;
  failedRows!: number;
  /** Rows that have a warning; they have an outcome besides. */
  warnedRows!: number;
  /**
   * From 0 to 1.
   * @example 0.25
   */
  progress!: number;
  /** The first 100. */
  errors!: FindingView[];
  /** The first 100. */
  warnings!: FindingView[];
  /** Why the file could not be read to its end; present when the status is failed. */
  failure?: string;
  /** @example 2026-11-22T10:00:00.000Z */
  createdAt!: string;
  startedAt!: string | null;
  finishedAt!: string | null;
}
