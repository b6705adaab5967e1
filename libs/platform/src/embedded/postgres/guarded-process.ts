import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { DatabaseUser } from './database-user.js';

/**
 * Becomes the command itself, after leaving behind a watcher that reads the pipe on descriptor 3. Only our process
 * holds the other end, so the pipe closes when that process ends in any way, kill -9 included: then the watcher asks
 * the command to stop at once (for PostgreSQL, SIGINT is the fast shutdown). A line on the pipe sends the watcher home.
 * The watcher is forked twice, because PostgreSQL treats the death of an unknown child as a crash.
 */
const GUARD = '( ( read -r _ <&3 || kill -INT "$$" ) </dev/null >/dev/null 2>&1 & ); exec "$@" 3<&-';

export interface GuardedProcess {
  readonly pid: number;
  /** Resolves once, when the process has ended; code is null when a signal ended it. */
  readonly exited: Promise<{ code: number | null }>;
  kill(signal: NodeJS.Signals): void;
  /** Whether our event loop stays alive for it. At first it does. */
  keepsUsAlive(yes: boolean): void;
}

export interface GuardedOptions {
  user?: DatabaseUser;
  /** A file descriptor that gets everything it says. */
  output: number;
}

/**
 * Starts a command that ends when our process ends. It is the leader of a session of its own, so Ctrl-C in the
 * terminal reaches it only through us. On Windows there is no guard.
 */
export async function spawnGuarded(command: string, args: string[], options: GuardedOptions): Promise<GuardedProcess> {
  const windows = process.platform === 'win32';
  const stdio: StdioOptions = ['ignore', options.output, options.output];
  const common = { cwd: windows ? undefined : '/', env: environment(), uid: options.user?.uid, gid: options.user?.gid };
  const child = windows
    ? spawn(command, args, { ...common, stdio, windowsHide: true })
    : spawn('/bin/sh', ['-c', GUARD, 'holdfast-guard', command, ...args], {
        ...common,
        stdio: [...stdio, 'pipe'],
        detached: true,
      });
  const exited = new Promise<{ code: number | null }>((resolve) => {
    child.once('exit', (code) => {
      dismissWatcher(child);
      resolve({ code });
    });
  });
  const pid = await spawned(child);
  unrefPipe(child);
  return {
    pid,
    exited,
    kill: (signal) => void child.kill(signal),
    keepsUsAlive: (yes) => (yes ? child.ref() : child.unref()),
  };
}

function spawned(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
}

function pipeOf(child: ChildProcess): (Writable & { unref?: () => void }) | undefined {
  return (child.stdio[3] as Writable | null | undefined) ?? undefined;
}

function unrefPipe(child: ChildProcess): void {
  const pipe = pipeOf(child);
  pipe?.on('error', () => undefined);
  pipe?.unref?.();
}

function dismissWatcher(child: ChildProcess): void {
  pipeOf(child)?.end('done\n');
}

/** Nothing of our environment may change how PostgreSQL behaves, and our secrets are none of its business. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP } = process.env;
  return { PATH, ...(SystemRoot ? { SystemRoot, TEMP } : {}), LC_ALL: 'C', TZ: 'UTC' };
}
