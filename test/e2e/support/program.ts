import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');

/** A process of ours, as `npm run build` made it. */
export class Program {
  private readonly output: string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    readonly name: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.output.push(text));
    }
  }

  /**
   * Starts `dist/apps/<name>` with nothing of this process's environment but PATH; `shell`: what the shell does before it
   * becomes the program, such as to set a limit.
   */
  static start(name: string, env: Record<string, string>, shell = ''): Program {
    const program = [process.execPath, join(ROOT, 'dist', 'apps', name, 'src', 'main.js')];
    const child = spawn('sh', ['-c', `${shell}\nexec "$@"`, 'sh', ...program], {
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NODE_ENV: 'test', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Program(child, name);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get log(): string {
    return this.output.join('');
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves with what the log says first that matches; fails with the log when the process ends before, or in time. */
  async says(pattern: RegExp, withinMs = 60_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const match = pattern.exec(this.log);
      if (match) return match;
      if (!this.isRunning || Date.now() > deadline) {
        throw new Error(`${this.name} never said ${String(pattern)}; it said:\n${this.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** It does nothing any more, and keeps all its connections. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** Ends it as an operator would, and gives its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.isRunning) {
      this.child.kill(signal);
      await once(this.child, 'exit');
    }
    return this.child.exitCode;
  }
}
