import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compileSources } from '../testing/compiled-program.js';
import { eventually } from '../testing/eventually.js';
import { ConsoleLines } from './console-lines.js';

const KIB = 1024;
const line = (number: number): string => `${String(number).padStart(6, '0')} ${'x'.repeat(KIB - 8)}\n`;
const isLinux = process.platform === 'linux';
const describeOnLinux = isLinux ? describe : describe.skip;

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'holdfast-console-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeOnLinux(
  `A program whose standard output${isLinux ? '' : ' (not run: this is no Linux, which has /dev/full)'}`,
  () => {
    /** Says on standard error what it lived to see. */
    const program = (end: string): string => `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { openLog, say } from './observability/open-log.js';
    import { readSettings } from './config/settings.js';
    const logger = openLog(readSettings({ LOG_LEVEL: 'info', LOG_DATABASE: 'false' }), 'api');
    say('It is ready.\\n');
    for (let turn = 0; turn < 5; turn++) {
      logger.log('hello', 'Test');
      await sleep(20);
    }
    process.stderr.write('alive ');
    logger.log('the last one', 'Test');
    ${end}`;

    const run = async (
      end: string,
      output = openSync('/dev/full', 'w'),
    ): Promise<{ said: string; code: number | null }> => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program(end)], {
        cwd: join(folder, 'program'),
        stdio: ['ignore', output, 'pipe'],
        timeout: 20_000,
        killSignal: 'SIGKILL',
      });
      closeSync(output);
      let said = '';
      child.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const code = await new Promise<number | null>((ended) => child.once('close', ended));
      return { said, code };
    };
    beforeAll(() => compileSources(resolve(__dirname, '..'), join(folder, 'program')));

    it('is on a disk that is full lives on, and ends when it is told to', async () => {
      expect(await run('process.exit(3);')).toEqual({ said: 'alive ', code: 3 });
    });

    it('is on such a disk ends by itself, also after a fatal line', async () => {
      expect(await run(`logger.fatal('no way', 'Test');`)).toEqual({ said: 'alive ', code: 0 });
    });

    it('is a pipe that nobody reads, ends when it is told to', async () => {
      const pipe = join(folder, 'unread');
      execFileSync('mkfifo', [pipe]);
      const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
      const end = `for (let n = 0; n < 1000; n++) logger.log('x'.repeat(500), 'Test');
      await sleep(100);
      process.exit(3);`;
      expect(await run(end, openSync(pipe, 'w'))).toEqual({ said: 'alive ', code: 3 });
      closeSync(reader);
    });
  },
);

describe('Lines on standard output', () => {
  const told: string[] = [];
  let reader: number;
  let writer: number;
  let lines: ConsoleLines;
  let path: string;

  beforeEach(() => {
    path = join(mkdtempSync(join(folder, 'pipe-')), 'pipe');
    execFileSync('mkfifo', [path]);
    told.length = 0;
    reader = openReader();
    writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    lines = new ConsoleLines((message) => told.push(message), writer);
  });
  afterEach(() => {
    lines.close();
    closeSync(writer);
    closeSync(reader);
  });

  const openReader = (): number => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const read = (): string => {
    const buffer = Buffer.alloc(KIB * KIB);
    try {
      return buffer.toString('utf8', 0, readSync(reader, buffer));
    } catch {
      return ''; // Nothing there yet.
    }
  };
  const readUntil = async (end: string): Promise<string> => {
    let text = '';
    await eventually(() => {
      text += read();
      expect(text.endsWith(end)).toBe(true);
    });
    return text;
  };
  const numbered = (count: number): string[] => Array.from({ length: count }, (_, number) => line(number));

  it('are all there in their order, however slow the reader', async () => {
    for (const each of numbered(500)) lines.write(each);
    expect(await readUntil(line(499))).toBe(numbered(500).join(''));
    expect(lines.dropped).toBe(0);
  });

  it('are left out and counted while they cannot be written, which is told once, and are written again when they can', async () => {
    closeSync(reader);
    lines.write(line(1));
    await eventually(() => expect(lines.dropped).toBe(1));
    lines.write(line(2));
    await eventually(() => expect(lines.dropped).toBe(2));
    expect(told).toEqual([expect.stringMatching(/^standard output is not written: .*EPIPE/)]);
    reader = openReader();
    lines.write(line(3));
    expect(await readUntil(line(3))).toBe(line(3));
    await eventually(() => expect(told.slice(1)).toEqual(['standard output is written again; 2 lines were left out']));
  });

  it('begin anew after half a line', async () => {
    const [long, short] = [`${'y'.repeat(100 * KIB)}\n`, 'short\n'];
    lines.write(long);
    lines.write(short);
    await eventually(() => expect(readSync(reader, Buffer.alloc(1))).toBe(1)); // As much is written as the pipe holds.
    closeSync(reader);
    await eventually(() => expect(lines.dropped).toBe(2));
    lines.write(short);
    await eventually(() => expect(lines.dropped).toBe(3));
    reader = openReader();
    lines.write(short);
    const text = await readUntil(`\n${short}`);
    expect(text.replace(/^y+/, '')).toBe(`\n${short}`);
  });

  it('wait only as long as there is room, and what waits is written at the end of the process', async () => {
    for (let number = 0; number < 20_011; number++) lines.write('x\n');
    expect(lines.dropped).toBe(10); // One is on its way.
    lines.flushSync();
    await readUntil('x\n');
  });
});
