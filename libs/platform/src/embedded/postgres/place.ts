import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyBinaries, program, type Binaries } from './binaries.js';
import { databaseUser, type DatabaseUser } from './database-user.js';
import { leftoverOf } from './leftover.js';

/** Where the database of a data folder lives, with which programs, and who runs them. */
export interface Place {
  /** The folder that holds `postgres/`. */
  parent: string;
  binaries: Binaries;
  /** Undefined: ourselves. */
  user?: DatabaseUser;
}

export interface PlaceOptions {
  dataDir: string;
  binaries: Binaries;
  durable: boolean;
  log: (line: string) => void;
}

/** What root's data folders keep outside, because the user that PostgreSQL then runs as cannot enter them. */
export const OUTSIDE = '/var/lib/holdfast';
const DATABASES = join(OUTSIDE, 'databases');
/** In the data folder: the id of its database below OUTSIDE. A folder made anew has none, so it gets a new database. */
const POINTER = 'postgres.outside';
const ORPHAN_DAYS = 14;

/** A data folder keeps the place that it got first: neither a new mode nor another user ever hides its database. */
export async function choosePlace(options: PlaceOptions): Promise<Place> {
  return process.getuid?.() === 0 ? placeForRoot(options) : placeForOrdinaryUser(options);
}

/** The folder that holds the `postgres/` of a data folder, whoever made it. */
export async function parentOf(dataDir: string): Promise<string> {
  const pointer = await readPointer(dataDir);
  return pointer === undefined ? dataDir : join(DATABASES, pointer);
}

async function placeForOrdinaryUser({ dataDir, binaries }: PlaceOptions): Promise<Place> {
  const owner = await ownerOf(join(dataDir, 'postgres'));
  const foreign = owner !== undefined && process.getuid !== undefined && owner.uid !== process.getuid();
  if (foreign || (await readPointer(dataDir)) !== undefined) {
    throw new Error(
      `The database of ${dataDir} was made by another user. Start Holdfast as that user, or set HOLDFAST_DATA_DIR to another folder.`,
    );
  }
  return { parent: dataDir, binaries };
}

async function placeForRoot(options: PlaceOptions): Promise<Place> {
  const { dataDir, log } = options;
  await removeOrphans();
  const pointer = await readPointer(dataDir);
  const owner = pointer === undefined ? await ownerOf(join(dataDir, 'postgres')) : undefined;
  const user = owner && owner.uid !== 0 ? { name: `user ${owner.uid}`, ...owner } : await requireDatabaseUser();
  const inside = pointer === undefined && (await mayEnter(dataDir, user));
  if (!inside && owner) {
    throw new Error(
      `The database in ${dataDir} belongs to ${user.name}, who can no longer enter that folder. Let this user pass through it (chmod o+x on it and the folders above), or set HOLDFAST_DATA_DIR to another folder.`,
    );
  }
  const parent = inside ? dataDir : await makeOutside(options, pointer);
  const binaries = await reachableBinaries(options.binaries, user);
  if (!inside) {
    log(
      `PostgreSQL does not run as root, and its user "${user.name}" cannot enter ${dataDir}: the database is in ${parent}`,
    );
  }
  return { parent, binaries, user };
}

async function requireDatabaseUser(): Promise<DatabaseUser> {
  const user = await databaseUser();
  if (!user) throw new Error('Only root needs another user for PostgreSQL.');
  return user;
}

async function makeOutside({ dataDir, durable, log }: PlaceOptions, pointer: string | undefined): Promise<string> {
  const id = pointer ?? randomBytes(8).toString('hex');
  const folder = join(DATABASES, id);
  if (pointer !== undefined && !(await ownerOf(folder)))
    log(`The database of ${dataDir} is no longer in ${folder}: an empty one is made`);
  await mkdir(folder, { recursive: true });
  // Whatever the umask: the database user passes through these three, and only that.
  for (const own of [OUTSIDE, DATABASES, folder]) await chmod(own, 0o711);
  // The owner's name comes first, so that a crash before the pointer leaves an orphan that is found.
  await writeFile(join(folder, 'owner'), JSON.stringify({ dataDir, durable }), { mode: 0o600 });
  if (pointer === undefined) await writeDurably(join(dataDir, POINTER), id);
  return folder;
}

/**
 * Removes databases that no data folder points to any more: those for tests and of temporary folders at once, others two
 * weeks after their last use, because a data folder may also be missing for a while (a disk that is not mounted). One
 * that runs is left alone.
 */
async function removeOrphans(): Promise<void> {
  for (const id of await readdir(DATABASES).catch(() => [])) {
    const folder = join(DATABASES, id);
    const owner = await readOwner(folder);
    if (!owner || (await readPointer(owner.dataDir)) === id) continue;
    const age = Date.now() - owner.lastUsed;
    const grace = owner.durable && !isTemporary(owner.dataDir) ? ORPHAN_DAYS * 86_400_000 : 60_000;
    if (age < grace || (await leftoverOf(join(folder, 'postgres', 'data')))) continue;
    await rm(folder, { recursive: true, force: true });
  }
}

function isTemporary(folder: string): boolean {
  return folder.startsWith(`${tmpdir()}/`) || folder.startsWith('/tmp/');
}

async function readOwner(folder: string): Promise<{ dataDir: string; durable: boolean; lastUsed: number } | undefined> {
  try {
    const file = join(folder, 'owner');
    const { mtimeMs } = await stat(file);
    const { dataDir, durable } = JSON.parse(await readFile(file, 'utf8')) as { dataDir: string; durable: boolean };
    return { dataDir, durable, lastUsed: mtimeMs };
  } catch {
    return undefined;
  }
}

async function readPointer(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, POINTER), 'utf8').catch(() => undefined);
  return text !== undefined && /^[0-9a-f]{16}$/.test(text.trim()) ? text.trim() : undefined;
}

/** Asks as that user, since modes, access lists and mount options all have a say. */
async function mayEnter(folder: string, user: DatabaseUser): Promise<boolean> {
  return succeeds('/bin/sh', ['-c', 'test -x "$1"', 'sh', folder], user);
}

async function reachableBinaries(binaries: Binaries, user: DatabaseUser): Promise<Binaries> {
  const runs = await succeeds(program(binaries, 'postgres'), ['--version'], user);
  return runs ? binaries : copyBinaries(binaries, OUTSIDE);
}

function succeeds(command: string, args: string[], user: DatabaseUser): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { uid: user.uid, gid: user.gid, cwd: '/', stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

function ownerOf(path: string): Promise<{ uid: number; gid: number } | undefined> {
  return stat(path).then(
    ({ uid, gid }) => ({ uid, gid }),
    () => undefined,
  );
}

/** After a power cut the file has either its whole content or does not exist. */
export async function writeDurably(path: string, text: string, mode = 0o600): Promise<void> {
  const draft = `${path}.draft`;
  const file = await open(draft, 'w', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
