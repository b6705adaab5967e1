import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeDataFolder } from './data-folder.js';
import { isAlive, processIdentity } from './processes.js';

/**
 * One program per data folder.
 *
 * Every candidate puts a file `lock/<pid>-<identity>` into the folder and only then looks for others. Of two that come
 * at the same moment the later one to look sees both, so never both get in. A file of a process that is gone names a
 * process that can never come back, so anybody may remove it: a lock left by a crash is taken over without a race.
 * Programs in different containers do not see each other's processes and are not kept apart.
 */
export class InstanceLock {
  private static readonly heldHere = new Set<string>();

  private constructor(
    private readonly dataDir: string,
    private readonly ownFile: string,
  ) {}

  /** Makes the folder (for its owner alone) when it is missing. Throws one sentence when it is in use or not writable. */
  static async acquire(dataDir: string): Promise<InstanceLock> {
    const folder = resolve(dataDir);
    if (InstanceLock.heldHere.has(folder)) throw inUse(process.pid, folder);
    InstanceLock.heldHere.add(folder);
    try {
      return await InstanceLock.enter(folder);
    } catch (error) {
      InstanceLock.heldHere.delete(folder);
      throw error;
    }
  }

  /** May be called again: the second call changes nothing. */
  async release(): Promise<void> {
    if (!InstanceLock.heldHere.delete(this.dataDir)) return;
    await rm(this.ownFile, { force: true });
  }

  private static async enter(folder: string): Promise<InstanceLock> {
    const locks = join(folder, 'lock');
    const ownName = [process.pid, await processIdentity(process.pid)].filter(Boolean).join('-');
    const ownFile = join(locks, ownName);
    await makeWritable(folder, locks, ownFile);
    for (const name of await readdir(locks)) {
      if (name === ownName) continue;
      const pid = Number.parseInt(name, 10);
      if (await isHeldBy(pid, name)) {
        await rm(ownFile, { force: true });
        throw inUse(pid, folder);
      }
      await rm(join(locks, name), { force: true });
    }
    return new InstanceLock(folder, ownFile);
  }
}

async function isHeldBy(pid: number, name: string): Promise<boolean> {
  if (!(pid > 0) || !(await isAlive(pid))) return false;
  const identity = await processIdentity(pid);
  return identity === undefined || name === `${pid}-${identity}`;
}

async function makeWritable(folder: string, locks: string, ownFile: string): Promise<void> {
  try {
    await makeDataFolder(folder);
    await mkdir(locks, { recursive: true, mode: 0o700 });
    await (await open(ownFile, 'w', 0o600)).close();
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Error(
      `The data folder ${folder} cannot be written (${reason}). Make it writable for this user, or set HOLDFAST_DATA_DIR to another folder.`,
      { cause: error },
    );
  }
}

function inUse(pid: number, folder: string): Error {
  return new Error(
    `Another Holdfast (pid ${pid}) is using ${folder}. Stop it, or set HOLDFAST_DATA_DIR to another folder.`,
  );
}
