import type { Finding } from '../../domain/csv-columns.js';
import type { RowResult } from '../../domain/upload.js';
import type { UploadRow } from '../../domain/upload-rows.js';
import type { ClaimedUpload } from './uploads.js';

/** A book that a line has said all about: how a later line of the file would mean the same one. */
export interface WrittenBook {
  bookId: string;
  line: number;
  isbn: string | null;
  /** Only where there is no ISBN. */
  titleKey: string | null;
}

/** Between the look and the write somebody changed what was seen: roll back and do it again. */
export class RowsOutdated extends Error {}

/** These lines cannot be written, for these reasons: roll back and do it again with them refused. */
export class RowsRefused extends Error {
  constructor(readonly reasons: ReadonlyMap<number, Finding>) {
    super('rows of an import cannot be written');
  }
}

/** Writes rows of an upload to the catalogue, set-wise. */
export abstract class BookImport {
  /**
   * Joins the current transaction: books, authors, genres, metadata, copies and events. A result for every row, in any
   * order. A dry run comes to the same results, and writes nothing.
   * @throws RowsOutdated; RowsRefused; CatalogError `metadata-unavailable`
   */
  abstract write(
    upload: ClaimedUpload,
    rows: readonly UploadRow[],
  ): Promise<{ results: RowResult[]; books: WrittenBook[] }>;
}
