import { copyFile, open, readFile, rename, stat, truncate, type FileHandle } from 'node:fs/promises';
import type { DatabaseUser } from './database-user.js';

const MAX_BYTES = 5 * 1024 * 1024;
const CHECK_EVERY_MS = 60_000;

/** The file that the server writes to, kept below about 5 MB; what was before goes to `<file>.1`. */
export async function openServerLog(file: string, owner?: DatabaseUser): Promise<FileHandle> {
  if ((await size(file)) > MAX_BYTES) await rename(file, `${file}.1`);
  const log = await open(file, 'a', 0o600);
  if (owner) await log.chown(owner.uid, owner.gid);
  return log;
}

/** Keeps the file bounded while the server runs; returns what ends the watch. */
export function boundServerLog(file: string): () => void {
  const timer = setInterval(() => void shorten(file).catch(() => undefined), CHECK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** What the server said after the given position, its last few lines only. */
export async function tailOf(file: string, position: number): Promise<string> {
  const text = (await readFile(file)).subarray(position).toString('utf8');
  return text.trim().split('\n').slice(-8).join('\n');
}

export function size(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}

// The server holds the file open for appending, so it is copied and emptied, not renamed.
async function shorten(file: string): Promise<void> {
  if ((await size(file)) <= MAX_BYTES) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}
