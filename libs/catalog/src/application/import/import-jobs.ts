import { Injectable, Logger } from '@nestjs/common';
import { newId } from '@holdfast/kernel';
import { type JobDefinition, JobSource, sqlState, TemporarilyUnavailable, UnitOfWork } from '@holdfast/platform';
import { CatalogError } from '../../domain/errors.js';
import { ImportNews } from './import-news.js';
import { ImportUpload } from './import-upload.js';
import { UploadFiles } from './upload-files.js';
import { type ClaimedUpload, LEASE_SECONDS, LeaseLost, Uploads } from './uploads.js';

/** The job's name, for whoever asks for a run. */
export const IMPORTS = 'imports';

const EVERY_MS = 2000;
const SWEEP_EVERY_MS = 10 * 60_000;
const ORPHAN_MINUTES = 60;
const PAUSE_SECONDS = 5;
/** So many attempts at one chunk may end in an error of ours, with a growing pause, before the import gives up. */
const MAX_FAULTS = 6;

/** Works on the uploads that wait, and on those whose worker has died. */
@Injectable()
export class ImportJobs extends JobSource {
  private readonly logger = new Logger('Imports');

  constructor(
    private readonly uploads: Uploads,
    private readonly files: UploadFiles,
    private readonly importUpload: ImportUpload,
    private readonly news: ImportNews,
    private readonly unitOfWork: UnitOfWork,
  ) {
    super();
  }

  jobs(): JobDefinition[] {
    return [
      { name: IMPORTS, everyMs: EVERY_MS, concurrency: 1, run: (_, signal) => this.work(signal) },
      { name: 'imports-sweep', everyMs: SWEEP_EVERY_MS, concurrency: 1, run: () => this.sweep() },
    ];
  }

  /** One upload after the other, until none is due or the signal is aborted. */
  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const upload = await this.uploads.claim(newId());
      if (!upload) return;
      await this.workOn(upload, signal);
    }
  }

  /** Removes what a crash has left behind. */
  async sweep(): Promise<void> {
    await this.uploads.forgetBooks();
    const files = await this.files.olderThan(ORPHAN_MINUTES);
    const open = await this.uploads.open(files);
    for (const id of files) if (!open.has(id)) await this.files.remove(id);
  }

  private async workOn(upload: ClaimedUpload, signal: AbortSignal): Promise<void> {
    const lease = new HeldLease(this.uploads, upload, signal);
    try {
      await this.importUpload.run(upload, lease.signal);
      await this.cleanUp(upload.id);
    } catch (error) {
      await this.letGo(upload, error, signal);
    } finally {
      lease.end();
    }
  }

  private async letGo(upload: ClaimedUpload, error: unknown, signal: AbortSignal): Promise<void> {
    if (error instanceof LeaseLost) return this.cleanUpIfEnded(upload.id);
    if (signal.aborted) return this.uploads.release(upload, 0, false);
    const isFault = !isTemporary(error);
    this.logger.error({ err: error, uploadId: upload.id }, `an import was interrupted${isFault ? '' : ', and waits'}`);
    if (isFault && upload.faults + 1 >= MAX_FAULTS) return this.giveUp(upload);
    await this.uploads.release(upload, PAUSE_SECONDS * (isFault ? 2 ** upload.faults : 1), isFault);
  }

  private async giveUp(upload: ClaimedUpload): Promise<void> {
    const failure = 'A fault of ours stopped the import. What was committed stays; the log says more.';
    await this.unitOfWork.run(async () => {
      const end = { status: 'failed', failure } as const;
      const counts = await this.uploads.record(upload, { results: [], books: [], headerWarnings: [], end });
      if (!upload.options.dryRun) await this.news.ended(upload.id, counts);
    });
    await this.cleanUp(upload.id);
  }

  /** Cancelled ones end without their worker, which may write to `upload_books` until it notices. */
  private async cleanUpIfEnded(id: string): Promise<void> {
    if (!(await this.uploads.open([id])).has(id)) await this.cleanUp(id);
  }

  private async cleanUp(id: string): Promise<void> {
    await this.files.remove(id);
    await this.uploads.forgetBooks();
  }
}

/** Keeps the lease alive while chunks are under way; aborts when it is lost, or when the job is told to end. */
class HeldLease {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  readonly signal: AbortSignal;

  constructor(uploads: Uploads, upload: ClaimedUpload, stop: AbortSignal) {
    this.signal = AbortSignal.any([stop, this.controller.signal]);
    this.timer = setInterval(
      () => {
        uploads.renew(upload).catch((error: unknown) => {
          // What else keeps it from renewing shows in the chunk, or the lease runs out.
          if (error instanceof LeaseLost) this.controller.abort(error);
        });
      },
      (LEASE_SECONDS * 1000) / 3,
    );
  }

  end(): void {
    clearInterval(this.timer);
  }
}

/** Waits for others: a store that is away, a lock that is held for long, too many changes at once. */
function isTemporary(error: unknown): boolean {
  if (error instanceof CatalogError) return error.code === 'metadata-unavailable';
  if (error instanceof TemporarilyUnavailable) return true;
  return /^(08|40|53|55|57)/.test(sqlState(error)) || /^E[A-Z]+$/.test(sqlState(error));
}
