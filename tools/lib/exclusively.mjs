import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const STALE_AFTER_MS = 15 * 60_000;

/**
 * Does the work while no other process does work under the same lock folder; waits for its turn. The lock is a folder
 * that holds one file named after its holder. It is taken by renaming a filled folder to it, which succeeds only when
 * nobody holds it, and a holder that is gone is removed by a name that nobody else ever has: no moment for a race.
 */
export async function exclusively(lock, work, { onWait = () => undefined } = {}) {
  const own = `${process.pid}-${randomBytes(6).toString('hex')}`;
  await mkdir(dirname(lock), { recursive: true });
  for (let announced = false; !(await take(lock, own)); await delay(200)) {
    const holder = await holderOf(lock);
    if (holder && !announced) onWait(holder);
    announced ||= holder !== undefined;
  }
  try {
    return await work();
  } finally {
    await rm(join(lock, own), { force: true });
    await rmdir(lock).catch(() => undefined);
  }
}

async function take(lock, own) {
  const draft = await mkdtemp(`${lock}.`);
  await writeFile(join(draft, own), '');
  try {
    await rename(draft, lock);
    return true;
  } catch {
    await rm(draft, { recursive: true, force: true });
    return false;
  }
}

/** The process that holds the lock. Clears away one that is gone. */
async function holderOf(lock) {
  const [name] = await readdir(lock).catch(() => []);
  if (name === undefined) {
    // Windows does not rename a folder to an empty one.
    await rmdir(lock).catch(() => undefined);
    return undefined;
  }
  const file = join(lock, name);
  const pid = Number.parseInt(name, 10);
  const since = await stat(file).then(
    (found) => found.mtimeMs,
    () => Date.now(),
  );
  if (isAlive(pid) && Date.now() - since < STALE_AFTER_MS) return pid;
  await rm(file, { force: true });
  return undefined;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
