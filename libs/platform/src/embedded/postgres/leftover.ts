import { execFile } from 'node:child_process';
import { readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLine, goneWithin, isAlive } from '../processes.js';
import { program, type Binaries } from './binaries.js';

const FAST_STOP_MS = 10_000;
const IMMEDIATE_STOP_MS = 5_000;

/** The lines of postmaster.pid that matter: PostgreSQL writes them in this order and marks the last one "ready". */
export interface PidFile {
  pid: number;
  port: number;
  ready: boolean;
}

export async function readPidFile(data: string): Promise<PidFile | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const lines = text?.split('\n') ?? [];
  const pid = Number.parseInt(lines[0] ?? '', 10);
  if (!(pid > 0)) return undefined;
  return { pid, port: Number.parseInt(lines[3] ?? '', 10), ready: lines[7]?.trim() === 'ready' };
}

/** The id of the PostgreSQL that runs on this folder, when there is one. */
export async function leftoverOf(data: string): Promise<number | undefined> {
  const pid = (await readPidFile(data))?.pid;
  if (pid === undefined) return undefined;
  const command = await commandLine(pid);
  const real = await realpath(data).catch(() => data);
  return command.includes('postgres') && (command.includes(data) || command.includes(real)) ? pid : undefined;
}

/**
 * Stops a PostgreSQL that an earlier program left running on this folder, and waits for its end. A postmaster.pid
 * whose number now belongs to some other process is removed; PostgreSQL itself deals with one whose process is gone.
 */
export async function stopLeftover(data: string, binaries: Binaries, log: (line: string) => void): Promise<void> {
  const pid = (await readPidFile(data))?.pid;
  if (pid === undefined || pid === process.pid || !(await isAlive(pid))) return;
  if (process.platform === 'win32') return stopByName(data, binaries);
  if ((await leftoverOf(data)) === undefined) {
    await rm(join(data, 'postmaster.pid'), { force: true });
    return;
  }
  log(`A PostgreSQL (pid ${pid}) was left running on ${data}: stopping it first`);
  if (await endsAfter(pid, 'SIGINT', FAST_STOP_MS)) return;
  if (await endsAfter(pid, 'SIGQUIT', IMMEDIATE_STOP_MS)) return;
  throw new Error(`A PostgreSQL (pid ${pid}) still uses ${data} and does not stop. End it, then start Holdfast again.`);
}

async function endsAfter(pid: number, signal: NodeJS.Signals, milliseconds: number): Promise<boolean> {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile, or belongs to another user: waiting tells which.
  }
  return goneWithin(pid, milliseconds);
}

/** Windows has neither signals nor a command line to compare; pg_ctl knows its own. */
function stopByName(data: string, binaries: Binaries): Promise<void> {
  const seconds = String(FAST_STOP_MS / 1000);
  return new Promise((resolve) => {
    execFile(program(binaries, 'pg_ctl'), ['stop', '-D', data, '-m', 'fast', '-t', seconds], () => resolve());
  });
}
