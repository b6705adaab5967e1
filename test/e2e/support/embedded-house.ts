import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from './client.js';
import { common } from './installation.js';
import { Program } from './program.js';

/** A data folder on which embedded Holdfasts are started, killed and started again. */
export class EmbeddedHouse {
  private readonly programs: Program[] = [];

  private constructor(readonly dataDir: string) {}

  static async found(): Promise<EmbeddedHouse> {
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-faults-'));
    // When root runs the tests, another user runs PostgreSQL: let it in, so that the data is in this folder.
    await chmod(dataDir, 0o755);
    return new EmbeddedHouse(dataDir);
  }

  /** Not waited for. */
  launch(): Program {
    const program = Program.start('holdfast', {
      ...common,
      HOLDFAST_DATA_DIR: this.dataDir,
    });
    this.programs.push(program);
    return program;
  }

  async start(): Promise<{ program: Program; client: Client }> {
    const program = this.launch();
    const [, base = ''] = await program.says(/API +(http:\S+)\/api\n/);
    return { program, client: new Client(base) };
  }

  /** The process id of the PostgreSQL that has the data. */
  async postgresPid(): Promise<number> {
    // Root's database lies outside of a folder that the user of PostgreSQL cannot enter; a file there says where.
    const outside = await readFile(join(this.dataDir, 'postgres.outside'), 'utf8').catch(() => '');
    const parent = outside ? join('/var/lib/holdfast/databases', outside.trim()) : this.dataDir;
    return Number.parseInt(await readFile(join(parent, 'postgres', 'data', 'postmaster.pid'), 'utf8'), 10);
  }

  async close(): Promise<void> {
    for (const program of this.programs) await program.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
