import { readFileSync } from 'node:fs';

const CHECK_EVERY_MS = 500;

/**
 * Ends us, as SIGTERM does, when the npm that started us is gone: killed with -9 it cannot tell us, and its SIGTERM
 * often reaches only the shell between us. Does nothing when we were not started by npm.
 */
export function followNpm() {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return;
  const before = ancestry();
  const timer = setInterval(() => {
    if (ancestry() === before) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, CHECK_EVERY_MS);
  timer.unref();
}

/** Our parent, and its parent too where our parent is only the `sh -c` that npm runs scripts in (seen on Linux alone). */
function ancestry() {
  const stat = processStat(process.ppid);
  return stat && /^(?:sh|dash|bash|ash|zsh)$/.test(stat.name) ? `${process.ppid} ${stat.parent}` : `${process.ppid}`;
}

function processStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const close = text.lastIndexOf(')');
    return { name: text.slice(text.indexOf('(') + 1, close), parent: Number(text.slice(close + 2).split(' ')[1]) };
  } catch {
    return undefined;
  }
}
