import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { isId } from '@holdfast/kernel';
import { Settings, TemporarilyUnavailable } from '@holdfast/platform';
import { type UploadItem, UploadFiles } from '../../application/import/upload-files.js';
import { readCsv } from '../csv/csv-file.js';

const UNFINISHED = '.part';
/** Faults of the disk or of the folder, as Node names them. */
const DISK_FAULT = /^(ENOSPC|EDQUOT|EROFS|EMFILE|ENFILE|EIO|EACCES|EPERM|EEXIST|ENOENT|ENOTDIR)$/;

/** `<data folder>/uploads/<id>.csv`; under `<id>.csv.part` until it is whole and on the disk. */
@Injectable()
export class DiskUploadFiles extends UploadFiles {
  private readonly folder: string;

  constructor({ dataDir }: Settings) {
    super();
    this.folder = join(dataDir, 'uploads');
  }

  async keep(id: string, content: AsyncIterable<Uint8Array>): Promise<number> {
    const path = this.pathOf(id);
    try {
      await mkdir(this.folder, { recursive: true });
      // Opened before anything is read: a stream that opens the file by itself may do so after the clean-up below.
      const file = (await open(path + UNFINISHED, 'wx')).createWriteStream({ flush: true });
      await pipeline(content, file);
      await rename(path + UNFINISHED, path);
      return file.bytesWritten;
    } catch (error) {
      await rm(path + UNFINISHED, { force: true }).catch(() => undefined);
      if (!DISK_FAULT.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
      throw new TemporarilyUnavailable('The file cannot be stored now.', error);
    }
  }

  async *read(id: string, signal: AbortSignal): AsyncGenerator<UploadItem, void, undefined> {
    try {
      yield* readCsv(this.pathOf(id), { signal });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      yield { kind: 'failure', line: 0, problem: 'The file is no longer there. Upload it again.' };
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true });
    await rm(this.pathOf(id) + UNFINISHED, { force: true });
  }

  async olderThan(minutes: number): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => []);
    const old = await Promise.all(names.map((name) => this.isOlderThan(name, minutes)));
    const ids = names.filter((_, place) => old[place]).map((name) => name.split('.')[0]);
    return [...new Set(ids.filter(isId))];
  }

  private async isOlderThan(name: string, minutes: number): Promise<boolean> {
    const found = await stat(join(this.folder, name)).catch(() => null);
    return found !== null && Date.now() - found.mtimeMs > minutes * 60_000;
  }

  private pathOf(id: string): string {
    return join(this.folder, `${id}.csv`);
  }
}
