import { Injectable } from '@nestjs/common';
import { type JobDefinition, JobSource, Settings } from '@holdfast/platform';
import { hasEnded } from '../../domain/upload.js';
import { UploadFiles } from './upload-files.js';
import { Uploads } from './uploads.js';

const EVERY_MS = 10 * 60_000;

/**
 * Removes what a crash has left behind, and what is old enough. A file whose upload has ended goes at once; one without
 * an upload only when nobody has written to it for `UPLOAD_ORPHAN_MINUTES`, for it may be one that is just coming in.
 */
@Injectable()
export class ImportSweep extends JobSource {
  constructor(
    private readonly uploads: Uploads,
    private readonly files: UploadFiles,
    private readonly settings: Settings,
  ) {
    super();
  }

  jobs(): JobDefinition[] {
    return [{ name: 'imports-sweep', everyMs: EVERY_MS, concurrency: 1, run: (_, signal) => this.run(signal) }];
  }

  /** What fails of one kind leaves the others their turn. @throws Error that names what failed */
  async run(signal: AbortSignal): Promise<void> {
    const done = await Promise.allSettled([
      this.removeFiles(),
      this.uploads.forgetBooks(signal).then(() => this.uploads.removeOld(this.settings.uploadRetentionDays, signal)),
    ]);
    const failures = done.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : []));
    if (failures.length > 0) throw new Error(failures.join('; '));
  }

  private async removeFiles(): Promise<void> {
    const files = await this.files.all();
    const statuses = await this.uploads.statusesOf(files.map(({ id }) => id));
    for (const { id, quietMinutes } of files) {
      const status = statuses.get(id);
      const isOver = status ? hasEnded(status) : quietMinutes > this.settings.uploadOrphanMinutes;
      if (isOver) await this.files.remove(id);
    }
  }
}
