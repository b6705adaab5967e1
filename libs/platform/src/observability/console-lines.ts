import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LostLines } from './lost-lines.js';

const writeTo = promisify(write);
const STANDARD_OUTPUT = 1;
/** Lines of one write. */
const BATCH = 100;
/** Lines that wait for who reads. */
const MOST_WAITING = 20_000;
const BUSY_MS = 20;
const LAST_MS = 1_000;
const LINE_END = 10;

/**
 * Lines on standard output, in the background. It may be a file on a disk that is full, or a pipe that nobody reads: that
 * costs lines, never time, and the next line tries again. SonicBoom (`pino.destination`) throws what it cannot write as an
 * uncaught exception, and at the end of the process tries for ever.
 */
export class ConsoleLines {
  private readonly lost: LostLines;
  private waiting: Buffer[] = [];
  private writing = false;
  private endsInLine = false;
  /** What was written ends in half a line, whose rest was left out. */
  private isCut = false;

  /** `tell` is called when lines cannot be written, once until they can again, and then with how many were left out. */
  constructor(
    tell: (message: string) => void,
    private readonly fd = standardOutput(),
  ) {
    this.lost = new LostLines('standard output is', tell);
    process.on('exit', this.flushSync);
  }

  /** Lines that were left out since the start. */
  get dropped(): number {
    return this.lost.count;
  }

  write(line: string): void {
    if (this.waiting.length >= MOST_WAITING) this.lost.drop(1);
    else this.waiting.push(Buffer.from(line));
    if (!this.writing) void this.writeOut();
  }

  /** What waits, before the process ends; pino asks for it too, after a fatal line. Takes a second at most. */
  readonly flushSync = (): void => {
    const until = Date.now() + LAST_MS;
    while (this.waiting.length > 0) {
      const text = this.take();
      try {
        this.written(text, writeSync(this.fd, text));
      } catch (error) {
        if (isBusy(error) && Date.now() < until) this.waitAgain(text);
        else this.leaveOut(text, error);
      }
    }
  };

  /** Writes no more when the process ends. */
  close(): void {
    process.off('exit', this.flushSync);
  }

  private async writeOut(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const text = this.take();
      try {
        this.written(text, (await writeTo(this.fd, text)).bytesWritten);
      } catch (error) {
        if (!isBusy(error)) this.leaveOut(text, error);
        else {
          this.waitAgain(text);
          await sleep(BUSY_MS);
        }
      }
    }
    this.writing = false;
  }

  private take(): Buffer {
    const lines = this.waiting.splice(0, BATCH);
    if (this.isCut) lines.unshift(Buffer.of(LINE_END));
    return Buffer.concat(lines);
  }

  private written(text: Buffer, bytes: number): void {
    this.endsInLine = text[bytes - 1] !== LINE_END;
    this.isCut = false;
    if (bytes < text.length) this.waiting.unshift(text.subarray(bytes));
    else this.lost.recover();
  }

  private waitAgain(text: Buffer): void {
    this.waiting.unshift(this.isCut ? text.subarray(1) : text);
  }

  private leaveOut(text: Buffer, error: unknown): void {
    const lineEnds = text.filter((byte) => byte === LINE_END).length;
    this.lost.drop(this.isCut ? lineEnds - 1 : lineEnds);
    this.isCut = this.endsInLine;
    this.lost.fail(error);
  }
}

/**
 * A pipe by a description of its own that does not block: a write to one that nobody reads would hold a thread, and the end
 * of the process. Where there is no such way (only Linux has it, for the user who made the pipe) it blocks.
 */
function standardOutput(): number {
  try {
    if (!fstatSync(STANDARD_OUTPUT).isFIFO()) return STANDARD_OUTPUT;
    return openSync(`/proc/self/fd/${STANDARD_OUTPUT}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return STANDARD_OUTPUT;
  }
}

/** A pipe that does not block, and is full. */
const isBusy = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EAGAIN';
