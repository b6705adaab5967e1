import { appendFileSync, rmSync } from 'node:fs';
import { appendFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../messaging/pause.js';
import { LostLines } from './lost-lines.js';

export interface LogFilesOptions {
  folder: string;
  /** Of the program; its processes share the count, and no file. */
  app: string;
  maxBytes: number;
  /** Files of the program that are kept, the one in use included. */
  count: number;
  /** Called when lines cannot be written, once until they can again, and then with how many were left out. */
  tell: (message: string) => void;
  retryMs?: number;
}

const GATHER_MS = 50;
const RETRY_MS = 10_000;
const FLUSH_MS = 2_000;
/** Lines that wait for the disk. */
const MOST_WAITING = 20_000;
const MODE = { mode: 0o600 };
const NO_ROOM = /^(ENOSPC|EDQUOT)$/;

/**
 * Lines in files of one program, `<app>-<when it was begun>-<machine>-<process>.log`: a new one each day (UTC) and whenever
 * one is full; then the oldest are removed. After a restart the file of the process before is written on, and the own one after
 * the disk was full, so that neither pushes old lines out. Written by path and in the background: a disk that is full, slow or
 * away costs lines, never time.
 */
export class LogFiles {
  private readonly lost: LostLines;
  private waiting: string[] = [];
  private writing: Promise<void> | undefined;
  private name = '';
  private size = 0;
  private hasRoom = true;

  constructor(private readonly options: LogFilesOptions) {
    this.lost = new LostLines(`log files in ${options.folder} are`, options.tell);
    process.on('exit', this.writeLast);
  }

  /** Lines that were left out since the start. */
  get dropped(): number {
    return this.lost.count;
  }

  write(line: string): void {
    if (this.waiting.length >= MOST_WAITING) this.lost.drop(1);
    else this.waiting.push(line);
    this.writing ??= this.writeOut();
  }

  /** Resolves when all that was written before is on the disk, at most after two seconds. */
  async flush(): Promise<void> {
    await within(FLUSH_MS, Promise.resolve(this.writing), () => new Error('late')).catch(() => undefined);
  }

  /** Writes no more. */
  async close(): Promise<void> {
    await this.flush();
    process.off('exit', this.writeLast);
  }

  /** What an end of the process that nobody announced would take with it. */
  private readonly writeLast = (): void => {
    if (this.waiting.length === 0 || this.lost.hasFailed) return;
    const path = this.pathOf(this.name || this.newName());
    const isWritten = succeeds(() => appendFileSync(path, this.waiting.join(''), MODE)); // If not, the console has it.
    if (!isWritten && this.name === '') succeeds(() => rmSync(path, { force: true }));
  };

  private async writeOut(): Promise<void> {
    while (this.waiting.length > 0) {
      await sleep(this.lost.hasFailed ? (this.options.retryMs ?? RETRY_MS) : GATHER_MS, undefined, { ref: false });
      const lines = this.waiting;
      this.waiting = [];
      try {
        await this.append(lines.join(''));
        this.lost.recover();
      } catch (error) {
        this.lost.drop(lines.length);
        this.name = ''; // Looked for again: its last line may be half a one, or the folder gone.
        this.hasRoom = !NO_ROOM.test((error as NodeJS.ErrnoException).code ?? '');
        this.lost.fail(error);
      }
    }
    this.writing = undefined;
  }

  private async append(text: string): Promise<void> {
    const bytes = Buffer.byteLength(text);
    const isFull = this.size > 0 && this.size + bytes > this.options.maxBytes;
    if (this.name === '') await this.begin();
    else if (isFull || this.dayOf(this.name) !== dayOf(timestamp())) this.name = '';
    if (this.name === '') return this.appendToNew(text, bytes);
    await appendFile(this.pathOf(this.name), text, MODE);
    this.size += bytes;
  }

  /** A file counts, and makes an old one go, only when it was written: tries on a full disk leave none. */
  private async appendToNew(text: string, bytes: number): Promise<void> {
    const name = this.newName();
    try {
      await appendFile(this.pathOf(name), text, MODE);
    } catch (error) {
      await rm(this.pathOf(name), { force: true }).catch(() => undefined);
      throw error;
    }
    [this.name, this.size] = [name, bytes];
    await this.removeOldest().catch((error: unknown) =>
      this.options.tell(`old log files in ${this.options.folder} are not removed: ${String(error)}`),
    );
  }

  /**
   * Takes over what a process before has left, or this one when the disk was full; after other failures nothing, for the file
   * may be what failed. Of several that want it, one has the rename succeed; the others look further.
   */
  private async begin(): Promise<void> {
    await mkdir(this.options.folder, { recursive: true, mode: 0o700 });
    if (this.lost.hasFailed && this.hasRoom) return;
    for (const left of (await this.names()).filter((name) => this.isLeft(name)).reverse()) {
      if (this.dayOf(left) !== dayOf(timestamp())) return;
      try {
        return await this.goOnWith(left);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  private async goOnWith(left: string): Promise<void> {
    const { size } = await stat(this.pathOf(left));
    if (size >= this.options.maxBytes) return;
    const taken = this.nameFrom(this.stampOf(left));
    await rename(this.pathOf(left), this.pathOf(taken));
    if (await endsInHalfALine(this.pathOf(taken), size)) await appendFile(this.pathOf(taken), '\n', MODE);
    [this.name, this.size] = [taken, size];
  }

  private async removeOldest(): Promise<void> {
    const names = (await this.names()).filter((name) => name !== this.name);
    const surplus = names.slice(0, Math.max(0, names.length + 1 - this.options.count));
    for (const name of surplus) if (!this.isInUse(name)) await rm(this.pathOf(name), { force: true });
  }

  /** Of this program, the oldest first. */
  private async names(): Promise<string[]> {
    return (await readdir(this.options.folder)).filter((name) => this.partsOf(name) !== null).sort();
  }

  private isLeft(name: string): boolean {
    return this.partsOf(name)?.[2] === machine() && !this.isInUse(name);
  }

  /** By another process of this machine; those of others cannot be asked. */
  private isInUse(name: string): boolean {
    const [, , host, pid] = this.partsOf(name) ?? [];
    return host === machine() && Number(pid) !== process.pid && isAlive(Number(pid));
  }

  private partsOf = (name: string): RegExpExecArray | null =>
    name.startsWith(`${this.options.app}-`) ? PARTS.exec(name.slice(this.options.app.length)) : null;
  private stampOf = (name: string): string => this.partsOf(name)?.[1] ?? '';
  private dayOf = (name: string): string => dayOf(this.stampOf(name));
  private nameFrom = (stamp: string): string => `${this.options.app}-${stamp}-${machine()}-${process.pid}.log`;
  private newName = (): string => this.nameFrom(timestamp());
  private pathOf = (name: string): string => join(this.options.folder, name);
}

const PARTS = /^-(\d{8}T\d{9}Z)-(.+)-(\d+)\.log$/;

/** Such as 20260102T030405678Z: names sort by it. */
const timestamp = (): string => new Date().toISOString().replace(/[-:.]/g, '');
const dayOf = (stamp: string): string => stamp.slice(0, 8);
const machine = (): string => hostname().replace(/[^\w.-]/g, '_');

function succeeds(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

async function endsInHalfALine(path: string, size: number): Promise<boolean> {
  if (size === 0) return false;
  const file = await open(path);
  try {
    return (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString() !== '\n';
  } finally {
    await file.close();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
