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
const DISK_FAULT = /^(ENOSPC|EDQUOT|EFBIG|EROFS|EMFILE|ENFILE|EIO|EACCES|EPERM|EEXIST|ENOENT|ENOTDIR|ESTALE)$/;
const IS_FULL = /^(ENOSPC|EDQUOT|EFBIG)$/;

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
      await syncFolder(this.folder);
      return file.bytesWritten;
    } catch (error) {
      await this.remove(id).catch(() => undefined);
      const code = codeOf(error);
      if (!DISK_FAULT.test(code)) throw error;
      const reason = IS_FULL.test(code) ? 'The disk for uploads is full' : 'The disk for uploads does not take it';
      throw new TemporarilyUnavailable(`The file cannot be stored now. ${reason}; nothing was kept.`, error);
    }
  }

  async *read(id: string, signal: AbortSignal): AsyncGenerator<UploadItem, void, undefined> {
    try {
      yield* readCsv(this.pathOf(id), { signal });
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      if (!(await this.isThere())) throw new TemporarilyUnavailable('The folder of the uploads is not there.', error);
      yield { kind: 'failure', line: 0, problem: 'The file is no longer there. Upload it again.' };
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true });
    await rm(this.pathOf(id) + UNFINISHED, { force: true });
  }

  async all(): Promise<{ id: string; quietMinutes: number }[]> {
    const quiet = new Map<string, number>();
    for (const name of await readdir(this.folder).catch(() => [])) {
      const id = name.split('.')[0] ?? '';
      const found = isId(id) ? await stat(join(this.folder, name)).catch(() => null) : null;
      if (!found) continue;
      const minutes = (Date.now() - found.mtimeMs) / 60_000;
      quiet.set(id, Math.min(minutes, quiet.get(id) ?? minutes));
    }
    return [...quiet].map(([id, quietMinutes]) => ({ id, quietMinutes }));
  }

  private isThere(): Promise<boolean> {
    return stat(this.folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
  }

  private pathOf(id: string): string {
    return join(this.folder, `${id}.csv`);
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** A new name is on the disk only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and writes names through.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
