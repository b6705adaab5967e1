import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileSources, runProgram } from '../testing/compiled-program.js';
import { itWhere } from '../testing/it-where.js';
import { InstanceLock } from './instance-lock.js';
import { processIdentity } from './processes.js';

const onLinux = itWhere(process.platform === 'linux', 'this is not Linux');
const asOrdinaryUser = itWhere(process.getuid?.() !== 0, 'this user is root, who may write everywhere');

/** Waits for the next full second, so that several of them try at the same moment; then says how it went. */
const contender = `
  import { InstanceLock } from './instance-lock.js';
  await new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000)));
  const said = await InstanceLock.acquire(process.argv[1]).then(() => 'in', (error) => error.message);
  process.stdout.write(said + '\\n');
  setInterval(() => undefined, 1000);
`;

describe('the lock of a data folder', () => {
  let folder: string;
  let dataDir: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-lock-'));
    dataDir = join(folder, 'deep', 'data');
  });
  afterEach(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes the folder, closed to others, and leaves no file behind when released', async () => {
    const lock = await InstanceLock.acquire(dataDir);
    expect(statSync(dataDir).mode & 0o067).toBe(0);
    await lock.release();
    await lock.release();
    expect(readdirSync(join(dataDir, 'lock'))).toEqual([]);
    await (await InstanceLock.acquire(dataDir)).release();
  });

  it('does not change the mode of a folder that exists', async () => {
    mkdirSync(dataDir, { recursive: true });
    chmodSync(dataDir, 0o750);
    await (await InstanceLock.acquire(dataDir)).release();
    expect(statSync(dataDir).mode & 0o777).toBe(0o750);
  });

  it('refuses a second program, naming the first, until that one is gone', async () => {
    const holder = await sleeper();
    claim(dataDir, `${holder.pid}-${await processIdentity(holder.pid)}`);
    await expect(InstanceLock.acquire(dataDir)).rejects.toThrow(
      `Another Holdfast (pid ${holder.pid}) is using ${dataDir}. Stop it, or set HOLDFAST_DATA_DIR to another folder.`,
    );
    expect(readdirSync(join(dataDir, 'lock'))).toHaveLength(1);

    await holder.kill();
    await (await InstanceLock.acquire(dataDir)).release();
    expect(readdirSync(join(dataDir, 'lock'))).toEqual([]);
  });

  it('refuses a second start within one program', async () => {
    const lock = await InstanceLock.acquire(dataDir);
    await expect(InstanceLock.acquire(dataDir)).rejects.toThrow(`Another Holdfast (pid ${process.pid})`);
    await lock.release();
  });

  onLinux('on Linux: is not held by a newer process that got the number of the old one', async () => {
    const newcomer = await sleeper();
    claim(dataDir, `${newcomer.pid}-00000000.1`);
    await (await InstanceLock.acquire(dataDir)).release();
    await newcomer.kill();
  });

  it('lets in at most one of several programs that take over a stale lock at once, and anybody when they are gone', async () => {
    claim(dataDir, '999999999-00000000.1');
    await compileSources(__dirname, join(folder, 'program'));
    const contenders = Array.from({ length: 4 }, () => runProgram(join(folder, 'program'), contender, dataDir));
    const programs = await Promise.all(contenders);
    const winners = programs.filter(({ said }) => said === 'in');
    expect(programs.filter(({ said }) => said.startsWith('Another Holdfast'))).toHaveLength(4 - winners.length);
    expect(winners.length).toBeLessThanOrEqual(1);
    await Promise.all(programs.map((program) => program.kill()));
    await (await InstanceLock.acquire(dataDir)).release();
  });

  it('says in one sentence that the folder cannot be made', async () => {
    writeFileSync(join(folder, 'deep'), 'a file in the way');
    await expect(InstanceLock.acquire(dataDir)).rejects.toThrow(
      `The data folder ${dataDir} cannot be written (ENOTDIR). Make it writable for this user, or set HOLDFAST_DATA_DIR to another folder.`,
    );
  });

  asOrdinaryUser('as an ordinary user: says in one sentence that the folder cannot be written', async () => {
    mkdirSync(dataDir, { recursive: true });
    chmodSync(dataDir, 0o500);
    await expect(InstanceLock.acquire(dataDir)).rejects.toThrow(/cannot be written \(EACCES\)\. Make it writable/);
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  });
});

function claim(dataDir: string, name: string): void {
  mkdirSync(join(dataDir, 'lock'), { recursive: true });
  writeFileSync(join(dataDir, 'lock', name), '');
}

async function sleeper(): Promise<{ pid: number; kill(): Promise<void> }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise((resolve) => child.once('spawn', resolve));
  return {
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
