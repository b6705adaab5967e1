import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { compileSources, type RunningProgram, runProgram } from '../testing/compiled-program.js';
import { eventually } from '../testing/eventually.js';
import { itWhere } from '../testing/it-where.js';
import { databaseUser } from './postgres/database-user.js';
import { EmbeddedPostgres } from './postgres/embedded-postgres.js';
import { readPidFile } from './postgres/leftover.js';
import { OUTSIDE } from './postgres/place.js';
import { isAlive } from './processes.js';

const asRoot = itWhere(process.getuid?.() === 0, 'this user is not root');
/** Starts the embedded PostgreSQL, says its URL and then waits to be killed. */
const starter = `
  import { databaseUser } from './postgres/database-user.js';
import { EmbeddedPostgres } from './postgres/embedded-postgres.js';
  const server = await EmbeddedPostgres.start({ dataDir: process.argv[1] });
  process.stdout.write(server.url + '\\n');
  setInterval(() => undefined, 1000);
`;

describe('the embedded PostgreSQL', () => {
  let folder: string;
  let dataDir: string;
  const running: { stop(): Promise<void> }[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-pg-'));
    chmodSync(folder, 0o755);
    dataDir = join(folder, 'data');
  });

  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop();
    removeOutside(dataDir);
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (
    options: { durable?: boolean; log?: (line: string) => void } = {},
  ): Promise<EmbeddedPostgres> => {
    const server = await EmbeddedPostgres.start({ dataDir, durable: false, ...options });
    running.push(server);
    return server;
  };
  const startInAnotherProcess = async (): Promise<RunningProgram> => {
    await compileSources(__dirname, join(folder, 'program'));
    const child = await runProgram(join(folder, 'program'), starter, dataDir);
    running.push({ stop: () => child.kill() });
    return child;
  };

  it('makes its database at the first start and keeps what was committed for the next', async () => {
    const first = await start({ durable: true });
    expect(await setting(first.url, 'fsync')).toBe('on');
    await query(first.url, 'CREATE TABLE shelf (title text)');
    await query(first.url, `INSERT INTO shelf VALUES ('Emma')`);
    await first.stop();
    await expect(first.exited).resolves.toEqual({ code: 0 });

    const second = await start({ durable: true });
    expect(await query(second.url, 'SELECT title FROM shelf')).toEqual([{ title: 'Emma' }]);
  });

  it('speaks UTF-8, knows the case of every letter, and lives in UTC', async () => {
    const { url } = await start();
    expect(await query(url, `SELECT lower('ÅÉЖ') AS lower, current_database() AS database`)).toEqual([
      { lower: 'åéж', database: 'holdfast' },
    ]);
    expect(await setting(url, 'server_encoding')).toBe('UTF8');
    expect(await setting(url, 'TimeZone')).toBe('UTC');
    expect(await setting(url, 'lc_messages')).toBe('C');
  });

  it('lets nobody in without the password, and only over the loopback address', async () => {
    const { url } = await start();
    const stranger = new URL(url);
    stranger.password = 'guess';
    await expect(query(stranger.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect(await setting(url, 'listen_addresses')).toBe('127.0.0.1');
    expect(await setting(url, 'unix_socket_directories')).toBe('');
    expect(statSync(join(dataDir, 'postgres', 'password')).mode & 0o777).toBe(0o600);
  });

  it('may be stopped twice, with work still open', async () => {
    const server = await start();
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN; CREATE TABLE never (n int)');
    await Promise.all([server.stop(), server.stop()]);
    expect(await processesOn(dataDir)).toEqual([]);
    await client.end().catch(() => undefined);
  });

  it('ends within ten seconds when our process is killed, and the next start has all that was committed', async () => {
    const child = await startInAnotherProcess();
    await query(child.said, 'CREATE TABLE shelf (title text)');
    await query(child.said, `INSERT INTO shelf VALUES ('Emma')`);
    expect((await processesOn(dataDir)).length).toBeGreaterThanOrEqual(2);

    await child.kill();
    await eventually(async () => expect(await processesOn(dataDir)).toEqual([]), 10_000);

    const next = await start();
    expect(await query(next.url, 'SELECT title FROM shelf')).toEqual([{ title: 'Emma' }]);
  });

  it('is stopped by the next start when its guard was killed as well', async () => {
    const child = await startInAnotherProcess();
    const orphan = (await readPidFile(databaseFolder(dataDir)))?.pid ?? 0;
    for (const guard of guardsOn(dataDir)) process.kill(guard, 'SIGKILL');
    await child.kill();
    expect(await isAlive(orphan)).toBe(true);

    const lines: string[] = [];
    const next = await start({ log: (line) => lines.push(line) });
    expect(await isAlive(orphan)).toBe(false);
    expect(lines).toContainEqual(expect.stringContaining(`A PostgreSQL (pid ${orphan}) was left running`));
    expect(await query(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('recovers when the server itself was killed', async () => {
    const server = await start({ durable: true });
    await query(server.url, 'CREATE TABLE shelf (title text)');
    process.kill((await readPidFile(databaseFolder(dataDir)))?.pid ?? 0, 'SIGKILL');
    await expect(server.exited).resolves.toEqual({ code: null });

    const next = await start();
    expect(await query(next.url, 'SELECT * FROM shelf')).toEqual([]);
  });

  it.each([
    ['a process that is gone', deadPid],
    ['a process that is something else', strangerPid],
  ])('starts in spite of a postmaster.pid that names %s', async (_what, pidOf) => {
    await (await start()).stop();
    const stranger = await pidOf();
    running.push(stranger);
    const data = databaseFolder(dataDir);
    const lines = [stranger.pid, data, 1700000000, 5432, '', '127.0.0.1', '', 'ready', ''];
    writeFileSync(join(data, 'postmaster.pid'), lines.join('\n'));
    const { url } = await start();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await isAlive(stranger.pid)).toBe(pidOf === strangerPid);
  });

  it('starts over when we were killed while the database was being made', async () => {
    const making = startInAnotherProcess();
    making.catch(() => undefined);
    const draft = (): string | undefined =>
      (existsSync(dataDir) ? readdirSync(dataDir) : []).find((name) => name.startsWith('postgres.new-'));
    await eventually(
      () => expect(existsSync(join(dataDir, draft() ?? 'none', 'data', 'PG_VERSION'))).toBe(true),
      10_000,
    );
    for (const { pid, command } of processes())
      if (isStarter(command) && command.includes(dataDir)) process.kill(pid, 'SIGKILL');
    await expect(making).rejects.toThrow('ended');
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);

    const { url } = await start();
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(draft()).toBeUndefined();
  });

  it('says what to do about a database of another major version', async () => {
    await (await start()).stop();
    writeFileSync(join(databaseFolder(dataDir), 'PG_VERSION'), '14\n');
    await expect(start()).rejects.toThrow(
      /made by PostgreSQL 14, the installed embedded-postgres brings \d+\. Install the version that made it/,
    );
  });

  asRoot(
    'as root: keeps the database of a folder that only root may enter outside of it, and says so once',
    async () => {
      chmodSync(folder, 0o700);
      const lines: string[] = [];
      const first = await start({ log: (line) => lines.push(line) });
      await query(first.url, 'CREATE TABLE shelf (title text)');
      await first.stop();
      const place = outsideOf(dataDir) ?? '';
      expect(lines).toEqual([
        expect.stringMatching(
          /does not run as root, and its user "\w+" cannot enter .* the database is in \/var\/lib\/holdfast\//,
        ),
      ]);
      expect(JSON.parse(readFileSync(join(place, 'owner'), 'utf8'))).toMatchObject({ dataDir });
      expect(statSync(folder).mode & 0o777).toBe(0o700);

      // Once there it stays there, though the folder could now be entered.
      chmodSync(folder, 0o755);
      const second = await start();
      expect(await query(second.url, 'SELECT * FROM shelf')).toEqual([]);
      expect(outsideOf(dataDir)).toBe(place);
    },
  );

  asRoot(
    'as root: gives a folder that was removed and made anew a new database, and clears the old one away later',
    async () => {
      chmodSync(folder, 0o700);
      const first = await start();
      await query(first.url, 'CREATE TABLE shelf (title text)');
      await first.stop();
      const old = outsideOf(dataDir) ?? '';
      rmSync(dataDir, { recursive: true });

      const second = await start();
      await expect(query(second.url, 'SELECT * FROM shelf')).rejects.toThrow('"shelf" does not exist');
      await second.stop();
      expect(existsSync(old)).toBe(true);

      const anHourAgo = new Date(Date.now() - 3_600_000);
      utimesSync(join(old, 'owner'), anHourAgo, anHourAgo);
      await start();
      expect(existsSync(old)).toBe(false);
    },
  );
});

/** Where the cluster of a data folder really is. */
function databaseFolder(dataDir: string): string {
  return join(outsideOf(dataDir) ?? dataDir, 'postgres', 'data');
}

function outsideOf(dataDir: string): string | undefined {
  const pointer = join(dataDir, 'postgres.outside');
  return existsSync(pointer) ? join(OUTSIDE, 'databases', readFileSync(pointer, 'utf8')) : undefined;
}

function removeOutside(dataDir: string): void {
  const place = outsideOf(dataDir);
  if (place) rmSync(place, { recursive: true, force: true });
}

function processes(): { pid: number; command: string }[] {
  const lines = execFileSync('ps', ['-ww', '-A', '-o', 'pid=,command='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim().replace(/^\d+ /, '') }));
}

const isStarter = (command: string): boolean => command.includes('EmbeddedPostgres.start');

/** The server and its guard; the programs that started them do not count. */
async function processesOn(dataDir: string): Promise<number[]> {
  const own = processes().filter(({ command }) => command.includes(databaseFolder(dataDir)) && !isStarter(command));
  const alive = await Promise.all(own.map(async ({ pid }) => ((await isAlive(pid)) ? [pid] : [])));
  return alive.flat();
}

function guardsOn(dataDir: string): number[] {
  const guards = processes().filter(
    ({ command }) => command.startsWith('/bin/sh') && command.includes(databaseFolder(dataDir)),
  );
  expect(guards).toHaveLength(1);
  return guards.map(({ pid }) => pid);
}

interface Stranger {
  pid: number;
  stop(): Promise<void>;
}

function deadPid(): Promise<Stranger> {
  const pid = Number(execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
  return Promise.resolve({ pid, stop: () => Promise.resolve() });
}

/** A process of the user that PostgreSQL runs as, because PostgreSQL takes no notice of other users' processes. */
async function strangerPid(): Promise<Stranger> {
  const user = await databaseUser();
  const child = spawn('sleep', ['60'], { uid: user?.uid, gid: user?.gid, cwd: '/', stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = (): Promise<void> => {
    child.kill('SIGKILL');
    return ended;
  };
  return { pid: child.pid ?? 0, stop };
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function setting(url: string, name: string): Promise<unknown> {
  const [row] = (await query(url, `SELECT current_setting('${name}') AS value`)) as { value: string }[];
  return row?.value;
}
