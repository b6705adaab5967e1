import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Whether a process of this id exists. One that ended and was not yet collected by its parent does not count on Linux. */
export async function isAlive(pid: number): Promise<boolean> {
  if (!canBeSignalled(pid)) return false;
  const stat = await procStat(pid);
  return stat === undefined || stat.state !== 'Z';
}

/**
 * A text that is the same for the whole life of a process and different for the next one that gets its id:
 * boot id and start time. Undefined where the system does not tell (anything but Linux) or the process is gone.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  const [stat, boot] = await Promise.all([procStat(pid), readText('/proc/sys/kernel/random/boot_id')]);
  return stat && stat.state !== 'Z' && boot ? `${boot.trim().slice(0, 8)}.${stat.startTime}` : undefined;
}

/** The command line of a process, its arguments joined by spaces; empty when there is no such process. */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const text = await readText(`/proc/${pid}/cmdline`);
    return (text ?? '').replaceAll('\0', ' ').trim();
  }
  if (process.platform === 'win32') return '';
  return new Promise((resolve) => {
    execFile('ps', ['-ww', '-o', 'command=', '-p', String(pid)], (error, stdout) =>
      resolve(error ? '' : stdout.trim()),
    );
  });
}

/** Waits until the process is gone; false when it is still there after so many milliseconds. */
export async function goneWithin(pid: number, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (await isAlive(pid)) {
    if (Date.now() >= deadline) return false;
    await delay(25);
  }
  return true;
}

function canBeSignalled(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function procStat(pid: number): Promise<{ state: string; startTime: string } | undefined> {
  const text = await readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the program's name in brackets and may itself hold spaces and brackets: proc(5).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTime: fields[19] ?? '' };
}

function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
