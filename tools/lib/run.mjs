import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { clearTimeout } from 'node:timers';
import { Complaint } from './report.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Becomes the program, after leaving a watcher behind that kills it when the pipe on descriptor 3 closes without a line:
 * then we were killed, and it would go on beside the next start. SIGTERM would let npm roll back for seconds, which
 * takes away what the next installation has just put there.
 */
const GUARD = '( read -r _ <&3 || kill -KILL "$$" ) </dev/null >/dev/null 2>&1 & exec "$@" 3<&-';

/**
 * Runs a Node program quietly. Rejects with all that it said when it fails. A signal to us is passed on, and ends us
 * when the program has ended.
 */
export async function runQuietly(title, args, options = {}) {
  const child = spawnGuarded([process.execPath, ...args], options);
  const said = [];
  child.stdout.on('data', (chunk) => said.push(chunk));
  child.stderr.on('data', (chunk) => said.push(chunk));
  const { code, signal } = await endOf(child);
  if (signal) process.exit(exitCodeOf(signal));
  if (code !== 0)
    throw new Complaint(`${Buffer.concat(said).toString().trim()}\n\n${title} failed (exit code ${code}).`);
}

function spawnGuarded([program, ...args], options) {
  if (process.platform === 'win32') return spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdio = ['ignore', 'pipe', 'pipe', 'pipe'];
  const child = spawn('/bin/sh', ['-c', GUARD, 'sh', program, ...args], { ...options, stdio });
  const pipe = child.stdio[3];
  pipe.on('error', () => undefined);
  child.once('exit', () => pipe.end('done\n'));
  return child;
}

/** Waits for the end of a child process, passing signals on meanwhile; `signal` is the one that we got. */
export function endOf(child, patience = 10_000) {
  return new Promise((resolve, reject) => {
    let got;
    let timer;
    const passOn = (signal) => {
      got ??= signal;
      child.kill(signal);
      timer ??= setTimeout(() => child.kill('SIGKILL'), patience);
    };
    const done = () => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, passOn);
    };
    for (const signal of SIGNALS) process.on(signal, passOn);
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('close', (code) => {
      done();
      resolve({ code, signal: got });
    });
  });
}

/** What a shell reports for a program that a signal ended. */
export function exitCodeOf(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}
