import { chmod, chown, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { databaseUser } from './postgres/database-user.js';
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
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    // Where this is not possible the database finds a place of its own outside of the folder.
    if (made !== undefined) await letDatabasePass(folder).catch(() => undefined);
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

/** Started by root, the embedded PostgreSQL runs as another user, who must be able to pass through, not to look. */
async function letDatabasePass(folder: string): Promise<void> {
  const user = await databaseUser();
  if (!user) return;
  await chown(folder, 0, user.gid);
  await chmod(folder, 0o710);
}

function inUse(pid: number, folder: string): Error {
  return new Error(`Another Holdfast (pid ${pid}) is using ${folder}. Stop it, or set HOLDFAST_DATA_DIR to another folder.`);
}
