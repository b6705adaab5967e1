import { spawnSync } from 'node:child_process';
import fs, { mkdirSync, mkdtempSync, promises, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../testing/eventually.js';
import { itOnOwnDisk, mount, unmount } from '../testing/small-disk.js';
import { LogFiles, type LogFilesOptions } from './log-files.js';

const KIB = 1024;
/** A KiB with a number in front. */
const line = (number: number): string => `${String(number).padStart(6, '0')} ${'x'.repeat(KIB - 8)}\n`;

describe('The log files', () => {
  let folder: string;
  const opened: LogFiles[] = [];
  const told: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-logs-'));
    told.length = 0;
  });
  afterEach(async () => {
    jest.useRealTimers();
    for (const files of opened.splice(0)) await files.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (options: Partial<LogFilesOptions> = {}): LogFiles => {
    const tell = (message: string): void => void told.push(message);
    opened.push(new LogFiles({ folder, app: 'api', maxBytes: 4 * KIB, count: 3, tell, retryMs: 1, ...options }));
    return opened.at(-1)!;
  };
  const names = (): string[] =>
    readdirSync(folder)
      .filter((name) => name !== FILLER)
      .sort();
  const contents = (): string[] => names().map((name) => readFileSync(join(folder, name), 'utf8'));
  const nameOf = (pid: number, stamp: string, app = 'api'): string => `${app}-${stamp}-${hostname()}-${pid}.log`;
  const stampOf = (millisecond: number): string => `${now().slice(0, 8)}T00000000${millisecond}Z`;
  const yesterdays = (millisecond: number): string =>
    `${new Date(Date.now() - 24 * 3600_000).toISOString().slice(0, 10).replace(/-/g, '')}T00000000${millisecond}Z`;
  const now = (): string => new Date().toISOString().replace(/[-:.]/g, '');
  const writeOneByOne = async (files: LogFiles, numbers: readonly number[]): Promise<void> => {
    for (const number of numbers) {
      files.write(line(number));
      await files.flush();
    }
  };

  it('have what was written, in its order, and are for their owner alone', async () => {
    const files = open({ maxBytes: 1024 * KIB });
    for (let number = 0; number < 500; number++) files.write(line(number));
    await files.flush();
    expect(contents()).toEqual([Array.from({ length: 500 }, (_, number) => line(number)).join('')]);
    expect(names()).toEqual([expect.stringMatching(new RegExp(`^api-\\d{8}T\\d{9}Z-.+-${process.pid}\\.log$`))]);
  });

  it('are begun anew when one is full, and only the last ones are kept', async () => {
    await writeOneByOne(
      open(),
      Array.from({ length: 18 }, (_, number) => number),
    );
    expect(contents().map((text) => text.match(/^\d{6}/gm))).toEqual([
      ['000008', '000009', '000010', '000011'],
      ['000012', '000013', '000014', '000015'],
      ['000016', '000017'],
    ]);
  });

  it('are begun anew when the day is over', async () => {
    jest.useFakeTimers({ now: new Date('2026-03-01T23:59:59Z'), advanceTimers: true, doNotFake: [...notTheClock] });
    const files = open();
    await writeOneByOne(files, [1]);
    jest.setSystemTime(new Date('2026-03-02T00:00:01Z'));
    await writeOneByOne(files, [2]);
    expect(names().map((name) => name.slice(0, 12))).toEqual(['api-20260301', 'api-20260302']);
  });

  it('go on where a process that has ended left off, so that restarts push nothing out', async () => {
    const left = nameOf(DEAD, now());
    writeFileSync(join(folder, left), line(1));
    await writeOneByOne(open(), [2]);
    expect(names()).toEqual([left.replace(`-${DEAD}.log`, `-${process.pid}.log`)]);
    expect(contents()).toEqual([line(1) + line(2)]);
  });

  describe('when another process that starts takes what was left', () => {
    const byTheOther = async (path: string): Promise<void> =>
      rename(path, path.replace(`-${DEAD}.log`, `-${process.ppid}.log`));
    const { rename, stat } = promises;
    const otherIsFasterTo = {
      stat: () =>
        jest.spyOn(promises, 'stat').mockImplementationOnce(async (path) => {
          await byTheOther(String(path));
          return stat(path);
        }),
      rename: () =>
        jest.spyOn(promises, 'rename').mockImplementationOnce(async (from, to) => {
          await byTheOther(String(from));
          return rename(from, to);
        }),
    };
    afterEach(() => jest.restoreAllMocks());

    it('go on with the next one', async () => {
      for (const number of [1, 2, 3]) writeFileSync(join(folder, nameOf(DEAD, stampOf(number))), 'before\n');
      otherIsFasterTo.stat();
      otherIsFasterTo.rename();
      const files = open({ count: 9 });
      await writeOneByOne(files, [1]);
      expect([files.dropped, told]).toEqual([0, []]);
      expect(contents()).toEqual([`before\n${line(1)}`, 'before\n', 'before\n']);
    });

    it('begin a new one where there is no other', async () => {
      writeFileSync(join(folder, nameOf(DEAD, stampOf(1))), 'before\n');
      otherIsFasterTo.rename();
      const files = open();
      await writeOneByOne(files, [1]);
      expect([files.dropped, told]).toEqual([0, []]);
      expect(contents()).toEqual(['before\n', line(1)]);
    });
  });

  it('are never shared with another process, program or machine, nor removed while one that lives writes them', async () => {
    const others = [
      nameOf(process.ppid, now()),
      nameOf(DEAD, now(), 'worker'),
      `api-${now()}-elsewhere-${DEAD}.log`,
      'notes.txt',
    ];
    for (const name of others) writeFileSync(join(folder, name), 'theirs\n');
    await writeOneByOne(
      open({ count: 2 }),
      Array.from({ length: 10 }, (_, number) => number),
    );
    const kept = names();
    expect(kept).toEqual(expect.arrayContaining([others[0], others[1], others[3]]));
    expect(kept).not.toContain(others[2]); // Old by now, and nobody can be asked whether it is in use.
    expect(readFileSync(join(folder, others[0]!), 'utf8')).toBe('theirs\n');
  });

  it('cost lines and nothing else while they cannot be written, which is told once, and then how many', async () => {
    const files = open({ folder: join(folder, 'logs') });
    writeFileSync(join(folder, 'logs'), 'no folder');
    files.write(line(1));
    await eventually(() => expect(files.dropped).toBe(1));
    files.write(line(2));
    await eventually(() => expect(files.dropped).toBe(2));
    expect(told).toEqual([expect.stringMatching(/^log files in .* are not written: .*(EEXIST|ENOTDIR)/)]);
    rmSync(join(folder, 'logs'));
    mkdirSync(join(folder, 'logs'));
    files.write(line(3));
    await files.flush();
    expect(told.slice(1)).toEqual([
      expect.stringMatching(/^log files in .+ are written again; 2 lines were left out$/),
    ]);
    expect(readFileSync(join(folder, 'logs', readdirSync(join(folder, 'logs'))[0]!), 'utf8')).toBe(line(3));
  });

  describe('on a disk that is full', () => {
    const failTimes = async (files: LogFiles, times: number): Promise<void> => {
      for (let failed = files.dropped + 1, last = failed + times; failed < last; failed++) {
        files.write(line(failed));
        await eventually(() => expect(files.dropped).toBe(failed));
      }
    };
    /** The disk takes so many bytes of what is appended, and no more. */
    const fill = (room = 0) => {
      const { appendFile } = promises;
      return jest.spyOn(promises, 'appendFile').mockImplementation(async (path, text, options) => {
        await appendFile(path, String(text).slice(0, room), options);
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      });
    };
    afterEach(() => jest.restoreAllMocks());

    const cost = async (fillUp: () => { mockRestore: () => void }): Promise<void> => {
      const old = [1, 2, 3].map((number) => nameOf(DEAD, yesterdays(number)));
      old.forEach((name, index) => writeFileSync(join(folder, name), line(index)));
      const files = open();
      const full = fillUp();
      await failTimes(files, 4);
      expect(told).toEqual([expect.stringMatching(/^log files in .* are not written: .*ENOSPC/)]);
      expect(names()).toEqual(old);
      full.mockRestore();
      await writeOneByOne(files, [5]);
      expect(names().slice(0, 2)).toEqual(old.slice(1));
      expect(contents()).toEqual([line(1), line(2), line(5)]);
    };

    it('cost lines only: the oldest goes when a new one has been written, and none is left empty', () => cost(fill));

    itOnOwnDisk(`cost lines only where it is a disk indeed`, async () => {
      expect(mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder)).toBe(true);
      const filler = join(folder, FILLER);
      const fillUp = () => {
        expect(spawnSync('dd', ['if=/dev/zero', `of=${filler}`], { stdio: 'ignore' }).status).toBe(1);
        return { mockRestore: () => rmSync(filler) };
      };
      try {
        await cost(fillUp);
      } finally {
        expect(unmount(folder)).toBe(true);
      }
    });

    it('are not begun by the last lines of a process that ends', () => {
      const { appendFileSync } = fs;
      jest.spyOn(fs, 'appendFileSync').mockImplementation((path, text, options) => {
        appendFileSync(path, String(text).slice(0, 10), options);
        throw new Error('ENOSPC: no space left on device, write');
      });
      open().write(line(1));
      const end = process.listeners('exit').at(-1)!;
      expect(() => end(1)).not.toThrow();
      expect(fs.appendFileSync).toHaveBeenCalledTimes(1);
      expect(names()).toEqual([]);
    });

    it('go on in the same file when there is room again, after the line that was cut off', async () => {
      const files = open({ maxBytes: 1024 * KIB });
      await writeOneByOne(files, [0]);
      const full = fill(10);
      await failTimes(files, 3); // The second is what ends the line of the first.
      full.mockRestore();
      await writeOneByOne(files, [4]);
      const cut = (number: number): string => `${line(number).slice(0, 10)}\n`;
      expect(contents()).toEqual([line(0) + cut(1) + cut(3) + line(4)]);
    });
  });

  it('begin a new line after one in which a process before was cut off', async () => {
    writeFileSync(join(folder, nameOf(DEAD, now())), 'half a li');
    await writeOneByOne(open(), [1]);
    expect(contents()).toEqual([`half a li\n${line(1)}`]);
  });

  it('are begun anew when what a process before has left may not be written, such as that of another user', async () => {
    writeFileSync(join(folder, nameOf(DEAD, now())), line(0));
    const refusal = Object.assign(new Error('EACCES: permission denied, open'), { code: 'EACCES' });
    const { appendFile } = promises;
    jest.spyOn(promises, 'appendFile').mockImplementation(async (path, text, options) => {
      if (readFileSync(path as string, { encoding: 'utf8', flag: 'a+' }).startsWith(line(0))) throw refusal;
      return appendFile(path, text, options);
    });
    const files = open();
    files.write(line(1));
    await eventually(() => expect(files.dropped).toBe(1));
    await writeOneByOne(files, [2]);
    jest.restoreAllMocks();
    expect(contents()).toEqual([line(0), line(2)]);
  });

  it('are written also when an old one cannot be removed, which is told', async () => {
    mkdirSync(join(folder, nameOf(DEAD, yesterdays(1))));
    const files = open({ count: 1 });
    await writeOneByOne(files, [1, 2]);
    expect(files.dropped).toBe(0);
    expect(told).toEqual([expect.stringMatching(/^old log files in .* are not removed: .*EISDIR/)]);
    expect(readFileSync(join(folder, names().at(-1)!), 'utf8')).toBe(line(1) + line(2));
  });

  it('let no more lines wait than there is room for', () => {
    const files = open();
    for (let number = 0; number < 20_010; number++) files.write('x\n');
    expect(files.dropped).toBe(10);
  });
});

/** Above every process id that Linux and macOS give. */
const DEAD = 2 ** 22 + 7;
/** What else is on the disk. */
const FILLER = 'filler';
const notTheClock = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'nextTick',
  'queueMicrotask',
  'hrtime',
  'performance',
] as const;
