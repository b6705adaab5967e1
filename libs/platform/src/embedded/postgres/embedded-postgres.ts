import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { makeDataFolder } from '../data-folder.js';
import { isAlive } from '../processes.js';
import { findBinaries, program } from './binaries.js';
import { type Cluster, openCluster, readCluster, SUPERUSER } from './cluster.js';
import { spawnGuarded, type GuardedProcess } from './guarded-process.js';
import { readPidFile, stopLeftover } from './leftover.js';
import { choosePlace, parentOf, type Place } from './place.js';
import { boundServerLog, openServerLog, size, tailOf } from './server-log.js';

export interface EmbeddedPostgresOptions {
  /** The database, its password and its log live here; see `place.ts` for what root's folders need. */
  dataDir: string;
  /** Gets a line for what somebody should know, such as a place outside of the data folder. */
  log?: (line: string) => void;
  /** False gives up durability for speed: for tests. Default true: a committed transaction survives a power cut. */
  durable?: boolean;
}

const DATABASE = 'holdfast';
const ATTEMPTS = 5;
const START_MS = 120_000;
const FAST_STOP_MS = 10_000;
const IMMEDIATE_STOP_MS = 5_000;
/** Lost the race for the port, or the last backends of a killed server are still on their way out. */
const PASSING_TROUBLE = /Address already in use|could not bind|pre-existing shared memory block/i;

/**
 * A PostgreSQL server of our own, on 127.0.0.1 at a free port that changes with every start. It ends with our process,
 * however that ends. One at a time for each data folder: hold the `InstanceLock` first.
 */
export class EmbeddedPostgres {
  /** For a superuser of the database `holdfast`. Holds the password: do not log it. */
  readonly url: string;
  /** Resolves once, when the server has ended, wanted or not. */
  readonly exited: Promise<{ code: number | null }>;
  private stopping: Promise<void> | undefined;

  private constructor(
    private readonly server: GuardedProcess,
    cluster: Cluster,
    port: number,
  ) {
    // A program that has nothing else to do may end, and the server with it.
    server.keepsUsAlive(false);
    this.url = urlOf(cluster, port, DATABASE);
    const release = boundServerLog(cluster.logFile);
    this.exited = server.exited.then((result) => {
      release();
      return result;
    });
  }

  /** Resolves when the server takes connections. The first start also makes the database, in about a second. */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const { log = () => undefined, durable = true } = options;
    const dataDir = resolve(options.dataDir);
    await makeDataFolder(dataDir);
    const place = await choosePlace({ dataDir, binaries: await findBinaries(), durable, log });
    await stopLeftover(join(place.parent, 'postgres', 'data'), place.binaries, log);
    const cluster = await openCluster(place, durable);
    const { server, port } = await launch(place, cluster, durable);
    try {
      await ensureDatabase(urlOf(cluster, port, 'postgres'));
      return new EmbeddedPostgres(server, cluster, port);
    } catch (error) {
      await end(server);
      throw error;
    }
  }

  /** The URL of the server that another process runs on this data folder; null when none is ready there. */
  static async running(dataDir: string): Promise<string | null> {
    const parent = await parentOf(resolve(dataDir));
    const file = await readPidFile(join(parent, 'postgres', 'data'));
    if (!file?.ready || !(await isAlive(file.pid))) return null;
    return urlOf(await readCluster(parent), file.port, DATABASE);
  }

  /** Ends open transactions and connections, and the server. Idempotent; resolves when the process is gone. */
  stop(): Promise<void> {
    this.stopping ??= end(this.server);
    return this.stopping;
  }
}

async function launch(
  place: Place,
  cluster: Cluster,
  durable: boolean,
): Promise<{ server: GuardedProcess; port: number }> {
  let complaint = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = await freePort();
    const log = await openServerLog(cluster.logFile, place.user);
    const before = await size(cluster.logFile);
    try {
      const output = log.fd;
      const server = await spawnGuarded(program(place.binaries, 'postgres'), settings(cluster, port, durable), {
        user: place.user,
        output,
      });
      if (await becomesReady(server, cluster)) return { server, port };
    } finally {
      await log.close();
    }
    complaint = await tailOf(cluster.logFile, before);
    if (!PASSING_TROUBLE.test(complaint)) break;
    await delay(200 * (attempt + 1));
  }
  throw new Error(`The embedded PostgreSQL did not start (log: ${cluster.logFile}): ${complaint}`);
}

function settings(cluster: Cluster, port: number, durable: boolean): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: durable ? 60 : 200,
    shared_buffers: '64MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    log_destination: 'stderr',
    // The details of an error hold values of rows, such as e-mail addresses.
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return ['-D', cluster.data, ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** False when the server ended instead. */
async function becomesReady(server: GuardedProcess, cluster: Cluster): Promise<boolean> {
  let ended = false;
  void server.exited.then(() => (ended = true));
  const deadline = Date.now() + START_MS;
  while (!ended) {
    const file = await readPidFile(cluster.data);
    if (file?.pid === server.pid && file.ready) return true;
    if (Date.now() > deadline) {
      await end(server);
      throw new Error(`The embedded PostgreSQL was not ready within ${START_MS / 1000} s (log: ${cluster.logFile}).`);
    }
    await delay(15);
  }
  return false;
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(DATABASE)}`);
  } finally {
    await client.end();
  }
}

async function end(server: GuardedProcess): Promise<void> {
  server.keepsUsAlive(true);
  for (const [signal, patience] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
    ['SIGKILL', IMMEDIATE_STOP_MS],
  ] as const) {
    server.kill(signal);
    if (await endedWithin(server, patience)) return;
  }
}

async function endedWithin(server: GuardedProcess, milliseconds: number): Promise<boolean> {
  const patience = new AbortController();
  const late = delay(milliseconds, false, { signal: patience.signal }).catch(() => false);
  const ended = await Promise.race([server.exited.then(() => true), late]);
  patience.abort();
  return ended;
}

function urlOf(cluster: Cluster, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${database}`;
}

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolvePort(port));
    });
  });
}
