import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { itWhere } from './it-where.js';

/** Both say whether it was done. */
export const mount = (...args: string[]): boolean => spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
export const unmount = (folder: string): boolean => spawnSync('umount', [folder], { stdio: 'ignore' }).status === 0;

export const itOnOwnDisk = (title: string, test: jest.ProvidesCallback): void =>
  itWhere(canMount(), 'this user may not mount a tmpfs')(title, test);

/** Whether this user may mount a file system of some kilobytes. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-mount-'));
  try {
    return mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder) && unmount(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
