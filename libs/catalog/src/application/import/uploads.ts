import type { ExpectedVersions } from '@holdfast/platform';
import type { Finding } from '../../domain/csv-columns.js';
import type { RowCounts, RowResult, UploadEnd, UploadOptions, UploadStatus } from '../../domain/upload.js';
import type { WrittenBook } from './book-import.js';

/** An upload in the hands of one worker. */
export interface ClaimedUpload {
  id: string;
  /** This attempt; whoever claims the upload next has another one. */
  lease: string;
  uploadedBy: string;
  fileName: string;
  options: UploadOptions;
  totalRows: number | null;
  /** Records of the file that have their outcome. */
  processedRows: number;
  /** Attempts since the last chunk that failed through a fault of ours. */
  faults: number;
}

/** What a chunk of records came to. */
export interface ChunkRecord {
  results: readonly RowResult[];
  books: readonly WrittenBook[];
  /** About the header, not about a row. */
  headerWarnings: readonly (Finding & { line: number })[];
  /** Null: there is more. */
  end: UploadEnd | null;
}

/** The upload is in other hands, or was cancelled: whoever gets this must change nothing more. */
export class LeaseLost extends Error {}

/** The rows of uploads: status, counts, findings. Leases go by the clock of the database. */
export abstract class Uploads {
  abstract add(upload: { id: string; fileName: string; uploadedBy: string; options: UploadOptions }): Promise<void>;

  /** How long a worker may be silent before another one takes its upload; to be renewed well before. */
  abstract readonly leaseSeconds: number;

  /**
   * Takes the upload that has waited longest: since it was sent, since it was released, or since its worker has fallen
   * silent. Null: none waits.
   */
  abstract claim(lease: string): Promise<ClaimedUpload | null>;

  /** @throws LeaseLost */
  abstract renew(upload: ClaimedUpload): Promise<void>;

  /** Whether another upload waits for a worker, and this one has got on since it was claimed. */
  abstract isTurnOver(upload: ClaimedUpload): Promise<boolean>;

  /** Lets go of it; others may claim it after the pause. `isFault` counts one more fault. */
  abstract release(upload: ClaimedUpload, pauseSeconds: number, isFault: boolean): Promise<void>;

  /** @throws LeaseLost */
  abstract setTotal(upload: ClaimedUpload, totalRows: number): Promise<void>;

  /** Joins the transaction of the chunk: it is committed only while the lease is ours. @throws LeaseLost */
  abstract record(upload: ClaimedUpload, chunk: ChunkRecord): Promise<RowCounts>;

  /**
   * Ends one that has not ended. Null counts: no worker had begun.
   * @throws CatalogError `upload-not-found`, `upload-ended`; PreconditionFailed
   */
  abstract cancel(
    id: string,
    expected: ExpectedVersions,
  ): Promise<{ uploadedBy: string; fileName: string; dryRun: boolean; counts: RowCounts | null }>;

  /** By id; without those that there are not. */
  abstract statusesOf(ids: readonly string[]): Promise<Map<string, UploadStatus>>;

  /** Forgets which line wrote which book, for uploads that have ended; in short statements, until the signal is aborted. */
  abstract forgetBooks(signal: AbortSignal): Promise<void>;

  /** Removes uploads that ended so many days ago, with their findings; in short statements, until the signal is aborted. */
  abstract removeOld(days: number, signal: AbortSignal): Promise<void>;
}
