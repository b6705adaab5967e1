import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Logger } from '@nestjs/common';

const LARGEST_BYTES = 10 * 1024 * 1024;

/**
 * A file with one JSON object a line, to look at with `tail -F`. At its largest size it becomes `<path>.1`, in place of the
 * older one. A convenience: what cannot be written is reported once and left out.
 */
export class EventLog {
  private readonly logger = new Logger('EventLog');
  private lines: string[] = [];
  private writing: Promise<void> | undefined;
  private failed = false;

  constructor(
    private readonly path: string,
    private readonly largestBytes = LARGEST_BYTES,
  ) {}

  append(value: object): void {
    this.lines.push(`${JSON.stringify(value)}\n`);
    this.writing ??= this.write().finally(() => (this.writing = undefined));
  }

  /** Resolves when everything appended so far is in the file. */
  async flush(): Promise<void> {
    await this.writing;
  }

  private async write(): Promise<void> {
    try {
      await mkdir(dirname(this.path), { recursive: true });
      while (this.lines.length > 0) {
        await this.rotate();
        const text = this.lines.join('');
        this.lines = [];
        await appendFile(this.path, text, { mode: 0o600 });
      }
    } catch (error) {
      this.lines = [];
      if (!this.failed) this.logger.warn(`events cannot be written to ${this.path}: ${(error as Error).message}`);
      this.failed = true;
    }
  }

  private async rotate(): Promise<void> {
    const size = await stat(this.path).then(
      (file) => file.size,
      () => 0,
    );
    if (size >= this.largestBytes) await rename(this.path, `${this.path}.1`);
  }
}
