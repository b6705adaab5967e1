import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { exclusively } from './exclusively.mjs';
import { Complaint, step } from './report.mjs';
import { runQuietly } from './run.mjs';

export const root = resolve(import.meta.dirname, '../..');
export const entry = 'dist/apps/holdfast/src/main.js';

/** Installs the packages and builds the program where they are missing, unfinished or out of date. */
export async function prepare(folder = root) {
  if ((await isInstalled(folder)) && (await isBuilt(folder))) return;
  const lock = join(tmpdir(), `holdfast-${digest([folder]).slice(0, 16)}.lock`);
  const onWait = (pid) => console.log(`Waiting for another start (pid ${pid}) to install and build …`);
  await exclusively(
    lock,
    async () => {
      if (!(await isInstalled(folder))) await step('Installing the packages', () => install(folder));
      if (!(await isBuilt(folder))) await step('Building', () => build(folder));
    },
    { onWait },
  );
}

/** Whether node_modules is what the lock file says: by our mark, or as npm itself noted after a whole installation. */
export async function isInstalled(folder) {
  const wanted = await installKey(folder);
  if ((await textOf(installMark(folder))) === wanted) return true;
  if (!(await npmInstalledAll(folder))) return false;
  await writeFile(installMark(folder), wanted);
  return true;
}

/** Whether dist was built, to the end, from the sources as they are now. */
export async function isBuilt(folder) {
  return existsSync(join(folder, entry)) && (await textOf(buildMark(folder))) === (await buildKey(folder));
}

/** Changes with every file that the build reads. */
export async function buildKey(folder) {
  const parts = [];
  for (const file of (await sourcesOf(folder)).sort()) {
    parts.push(relative(folder, file).split(sep).join('/'), await readFile(file));
  }
  return digest(parts);
}

async function install(folder) {
  await rm(installMark(folder), { force: true });
  await rm(npmNote(folder), { force: true });
  await runQuietly('npm ci', [await npmProgram(), 'ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: folder });
  if (!(await npmInstalledAll(folder))) throw new Complaint('npm ci left packages out. Please start again.');
  await writeFile(installMark(folder), await installKey(folder));
}

async function build(folder) {
  await rm(buildMark(folder), { force: true });
  const key = await buildKey(folder);
  await runQuietly('The build', [join(folder, 'node_modules/@nestjs/cli/bin/nest.js'), 'build'], { cwd: folder });
  if (!existsSync(join(folder, entry))) throw new Complaint(`The build made no ${entry}.`);
  await writeFile(buildMark(folder), key);
}

/** npm as a program for our own Node: the one that runs us, or the one that came with Node. */
async function npmProgram() {
  const beside = resolve(process.execPath, '..');
  const candidates = [
    process.env.npm_execpath,
    join(beside, 'node_modules/npm/bin/npm-cli.js'),
    join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    join(beside, '../share/nodejs/npm/bin/npm-cli.js'),
  ];
  const found = candidates.find((path) => path?.endsWith('npm-cli.js') && existsSync(path));
  if (!found) throw new Complaint('npm was not found beside Node. Run "npm ci" in this folder, then try again.');
  return found;
}

async function npmInstalledAll(folder) {
  const note = await textOf(npmNote(folder));
  if (note === undefined) return false;
  const installed = JSON.parse(note).packages;
  const wanted = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional, devOptional, link }]) =>
      path === '' ||
      optional ||
      devOptional ||
      link ||
      (installed[path]?.version === version && existsSync(join(folder, path, 'package.json'))),
  );
}

async function sourcesOf(folder) {
  const single = (await readdir(folder)).filter((name) =>
    /^tsconfig.*\.json$|^nest-cli\.json$|^package-lock\.json$/.test(name),
  );
  const files = single.map((name) => join(folder, name));
  for (const kind of ['apps', 'libs']) {
    for (const name of await readdir(join(folder, kind)).catch(() => [])) {
      files.push(...(await filesBelow(join(folder, kind, name, 'src'))));
    }
  }
  return files.filter((file) => !file.endsWith('.spec.ts'));
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((found) => found.isFile()).map((found) => join(found.parentPath ?? found.path, found.name));
}

async function installKey(folder) {
  return digest([await readFile(join(folder, 'package-lock.json')), process.platform, process.arch]);
}

const installMark = (folder) => join(folder, 'node_modules/.holdfast-install');
const buildMark = (folder) => join(folder, 'dist/.holdfast-build');
const npmNote = (folder) => join(folder, 'node_modules/.package-lock.json');

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

function textOf(path) {
  return readFile(path, 'utf8').catch(() => undefined);
}
