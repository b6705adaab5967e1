import { Injectable, Logger } from '@nestjs/common';
import { newId } from '@holdfast/kernel';
import {
  isConnectionFailure,
  type JobDefinition,
  JobSource,
  sqlState,
  TemporarilyUnavailable,
  UnitOfWork,
} from '@holdfast/platform';
import { CatalogError } from '../../domain/errors.js';
import { hasEnded } from '../../domain/upload.js';
import { ImportNews } from './import-news.js';
import { ImportUpload } from './import-upload.js';
import { UploadFiles } from './upload-files.js';
import { type ClaimedUpload, LeaseLost, Uploads } from './uploads.js';

/** The job's name, for whoever asks for a run. */
export const IMPORTS = 'imports';

const EVERY_MS = 2000;
const PAUSE_SECONDS = 5;
/** So many attempts at one chunk may end in an error of ours, with a growing pause, before the import gives up. */
const MAX_FAULTS = 6;
const RENEWALS_PER_LEASE = 3;
/** After so many leases a long import lets another one go first, so that a short file does not wait for its end. */
const LEASES_PER_TURN = 2;

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
    return [{ name: IMPORTS, everyMs: EVERY_MS, concurrency: 1, run: (_, signal) => this.work(signal) }];
  }

  /** One upload after the other, until none is due or the signal is aborted. */
  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const upload = await this.uploads.claim(newId());
      if (!upload) return;
      await this.workOn(upload, signal);
    }
  }

  private async workOn(upload: ClaimedUpload, signal: AbortSignal): Promise<void> {
    const lease = new HeldLease(this.uploads, upload, signal);
    try {
      await this.importUpload.run(upload, lease.signal);
    } catch (error) {
      return await this.letGo(upload, error, signal);
    } finally {
      lease.end();
    }
    await this.cleanUp(upload.id);
  }

  private async letGo(upload: ClaimedUpload, error: unknown, signal: AbortSignal): Promise<void> {
    if (error instanceof LeaseLost) return this.cleanUpIfEnded(upload.id);
    if (signal.aborted || error instanceof TurnOver) return this.uploads.release(upload, 0, false);
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
      if (!upload.options.dryRun) await this.news.ended(upload, 'failed', counts);
    });
    await this.cleanUp(upload.id);
  }

  /** Cancelled ones end without their worker, which may write to `upload_books` until it notices. */
  private async cleanUpIfEnded(id: string): Promise<void> {
    const status = (await this.uploads.statusesOf([id])).get(id);
    if (status && hasEnded(status)) await this.cleanUp(id);
  }

  /** The import has ended, whatever becomes of this: what cannot be removed now is left to the sweep. */
  private async cleanUp(id: string): Promise<void> {
    try {
      await this.files.remove(id);
      await this.uploads.forgetBooks(NEVER);
    } catch (error) {
      this.logger.warn({ err: error, uploadId: id }, 'an import has ended and left something behind');
    }
  }
}

const NEVER = new AbortController().signal;

/** Other uploads wait: to go on later, from the last committed chunk. */
class TurnOver extends Error {}

/** Keeps the lease alive while chunks are under way; aborts when it is lost, when the turn is over, or on being told to. */
class HeldLease {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly claimed: ClaimedUpload;
  private renewals = 0;
  readonly signal: AbortSignal;

  constructor(
    private readonly uploads: Uploads,
    upload: ClaimedUpload,
    stop: AbortSignal,
  ) {
    this.claimed = { ...upload };
    this.signal = AbortSignal.any([stop, this.controller.signal]);
    const everyMs = (uploads.leaseSeconds * 1000) / RENEWALS_PER_LEASE;
    this.timer = setInterval(() => {
      this.renew().catch((error: unknown) => {
        // What else keeps it from renewing shows in the chunk, or the lease runs out.
        if (error instanceof LeaseLost) this.controller.abort(error);
      });
    }, everyMs);
  }

  end(): void {
    clearInterval(this.timer);
  }

  private async renew(): Promise<void> {
    await this.uploads.renew(this.claimed);
    const hasHadItsTurn = ++this.renewals >= RENEWALS_PER_LEASE * LEASES_PER_TURN;
    if (hasHadItsTurn && (await this.uploads.isTurnOver(this.claimed))) {
      this.controller.abort(new TurnOver('others wait'));
    }
  }
}

/** Waits for others: a store that is away, a lock that is held for long, too many changes at once. */
function isTemporary(error: unknown): boolean {
  if (error instanceof CatalogError) return error.code === 'metadata-unavailable';
  if (error instanceof TemporarilyUnavailable || isConnectionFailure(error)) return true;
  return /^(08|40|53|55|57)/.test(sqlState(error)) || /^E[A-Z]+$/.test(sqlState(error));
}
