import { setImmediate } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Settings, UnitOfWork } from '@holdfast/platform';
import type { Finding } from '../../domain/csv-columns.js';
import type { RowResult } from '../../domain/upload.js';
import { failedRow } from '../../domain/upload-rows.js';
import { BookImport, RowsOutdated, RowsRefused, type WrittenBook } from './book-import.js';
import { ImportNews } from './import-news.js';
import { oneAhead } from './one-ahead.js';
import { type Chunk, readChunks, RECORDS_A_TURN } from './read-chunks.js';
import { UploadFiles } from './upload-files.js';
import { type ClaimedUpload, LeaseLost, Uploads } from './uploads.js';

const MAX_ATTEMPTS = 5;

type Written = Pick<Chunk, 'headerWarnings' | 'end'> & { results: RowResult[]; books: WrittenBook[] };

/** Brings the file of one upload into the catalogue, chunk by chunk, from where an earlier attempt has stopped. */
@Injectable()
export class ImportUpload {
  private readonly logger = new Logger('Imports');

  constructor(
    private readonly uploads: Uploads,
    private readonly files: UploadFiles,
    private readonly books: BookImport,
    private readonly news: ImportNews,
    private readonly unitOfWork: UnitOfWork,
    private readonly settings: Settings,
  ) {}

  /** @throws LeaseLost; the signal's reason, when it is aborted before the last chunk */
  async run(upload: ClaimedUpload, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const counting =
      upload.totalRows === null ? this.count(upload, AbortSignal.any([signal, ended.signal])) : undefined;
    try {
      await this.bringIn(upload, signal);
    } finally {
      ended.abort();
      await counting;
    }
  }

  private async bringIn(upload: ClaimedUpload, signal: AbortSignal): Promise<void> {
    const { mapping } = upload.options;
    const items = this.files.read(upload.id, signal);
    const chunks = readChunks(items, { mapping, skip: upload.processedRows, size: this.settings.importChunkRows });
    // While PostgreSQL works on a chunk, the next one is read.
    for await (const chunk of oneAhead(chunks)) {
      signal.throwIfAborted();
      await this.commit(upload, chunk);
    }
  }

  /** Beside the import, which the count is only to measure: what goes wrong here goes wrong there too. */
  private async count(upload: ClaimedUpload, signal: AbortSignal): Promise<void> {
    try {
      let records = 0;
      for await (const { kind } of this.files.read(upload.id, signal)) {
        if (kind === 'record' || kind === 'problem') records++;
        if (records % RECORDS_A_TURN === 0) await setImmediate();
      }
      await this.uploads.setTotal(upload, records);
    } catch (error) {
      if (!signal.aborted && !(error instanceof LeaseLost))
        this.logger.warn({ err: error }, 'an upload was not counted');
    }
  }

  private commit(upload: ClaimedUpload, chunk: Chunk): Promise<void> {
    return this.persistently(async (refused) => {
      await this.unitOfWork.run(async () => this.record(upload, await this.write(upload, chunk, refused)));
    });
  }

  private async write(upload: ClaimedUpload, chunk: Chunk, refused: ReadonlyMap<number, Finding>): Promise<Written> {
    const rows = refused.size === 0 ? chunk.rows : chunk.rows.filter(({ line }) => !refused.has(line));
    const { results, books } = await this.books.write(upload, rows);
    const refusals = [...refused].map(([line, reason]) => failedRow(line, [reason]));
    const all = [...chunk.failed, ...refusals, ...results].sort((a, b) => a.line - b.line);
    return { results: all, books, headerWarnings: chunk.headerWarnings, end: chunk.end };
  }

  private async record(upload: ClaimedUpload, written: Written): Promise<void> {
    const counts = await this.uploads.record(upload, written);
    if (written.end && !upload.options.dryRun) await this.news.ended(upload, written.end.status, counts);
  }

  /** Again with the rows that were refused, each of which fails, and again when the catalogue changed meanwhile. */
  private async persistently<T>(attempt: (refused: ReadonlyMap<number, Finding>) => Promise<T>): Promise<T> {
    const refused = new Map<number, Finding>();
    for (let outdated = 0; ;) {
      try {
        return await attempt(refused);
      } catch (error) {
        if (error instanceof RowsRefused) for (const [line, reason] of error.reasons) refused.set(line, reason);
        else if (!(error instanceof RowsOutdated) || ++outdated === MAX_ATTEMPTS) throw error;
      }
    }
  }
}
