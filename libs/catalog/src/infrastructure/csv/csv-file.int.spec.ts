import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { readCsv, type CsvItem } from './csv-file.js';

const MIB = 1024 * 1024;

let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-csv-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(content: string | Buffer): Promise<CsvItem[]> {
  const path = join(folder, `${++files}.csv`);
  await writeFile(path, content);
  const items: CsvItem[] = [];
  for await (const item of readCsv(path)) items.push(item);
  return items;
}

/** Each item as `line:cells`, `line!problem` or `line!!failure`; the header is left out. */
async function lines(content: string | Buffer): Promise<string[]> {
  return (await read(content)).flatMap((item) => {
    if (item.kind === 'header') return [];
    if (item.kind === 'record') return [`${item.line}:${item.cells.join('|')}`];
    return [`${item.line}${item.kind === 'failure' ? '!!' : '!'}${item.problem}`];
  });
}

async function header(content: string | Buffer) {
  const [first] = await read(content);
  if (first?.kind !== 'header') throw new Error(`No header but ${JSON.stringify(first)}`);
  return first;
}

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
const MISUSED_QUOTE = 'There is text after a closing quote; a quote inside quotes is written twice.';

describe('the encoding of a CSV file', () => {
  const text = 'title,author\nWuthering Heights,Emily Brontë\n';

  it.each<[string, string, Buffer]>([
    ['UTF-8', 'utf-8', Buffer.from(text)],
    ['UTF-8 with a mark', 'utf-8', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16 with a mark, little end first', 'utf-16le', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16 with a mark, big end first', 'utf-16be', utf16be(`\uFEFF${text}`)],
    ['UTF-16 without a mark, little end first', 'utf-16le', Buffer.from(text, 'utf16le')],
    ['UTF-16 without a mark, big end first', 'utf-16be', utf16be(text)],
    ['Latin-1', 'windows-1252', Buffer.from(text, 'latin1')],
  ])('%s is detected', async (_name, encoding, content) => {
    expect(await read(content)).toEqual([
      { kind: 'header', line: 1, cells: ['title', 'author'], encoding, delimiter: ',' },
      { kind: 'record', line: 2, cells: ['Wuthering Heights', 'Emily Brontë'] },
    ]);
  });

  it.each(['Название,author\n題名Ā,x\n', '題名\n漢字\n', 'title\n' + '漢'.repeat(500), 'ISBN;Țară\r\n'])(
    'UTF-16 without a mark is detected in %j, with few letters of ASCII',
    async (text) => {
      expect((await header(Buffer.from(text, 'utf16le'))).encoding).toBe('utf-16le');
      expect((await header(utf16be(text))).encoding).toBe('utf-16be');
    },
  );

  it.each<[string, Buffer]>([
    ['forbidden in UTF-8, though it has the shape of it', Buffer.from([0xed, 0xa0, 0x80])],
    ['longer than they need to be', Buffer.from([0xc0, 0xaf, 0xe0, 0x80, 0xaf])],
  ])('UTF-8 with characters that are %s stays UTF-8', async (_what, bytes) => {
    const content = Buffer.concat([Buffer.from('title\nBrontë\n'), bytes, Buffer.from('\nEmma\n')]);
    expect(await lines(content)).toEqual(['2:Brontë', '3!There are bytes that are not utf-8.', '4:Emma']);
  });

  it('Windows-1252 has quotes and the euro where Latin-1 has none', async () => {
    const content = iconv.encode('title\n“Emma” – 5 €\n', 'win1252');
    expect(await lines(content)).toEqual(['2:“Emma” – 5 €']);
  });

  it('Windows-1252 without a character for a byte is a problem of that record', async () => {
    const content = Buffer.concat([Buffer.from('title\nBront\xeb\n', 'latin1'), Buffer.from([0x41, 0x81, 0x0a, 0x42])]);
    expect(await lines(content)).toEqual(['2:Brontë', '3!There are bytes that are not windows-1252.', '4:B']);
  });

  it('plain ASCII counts as UTF-8', async () => {
    expect((await header('title\nEmma\n')).encoding).toBe('utf-8');
  });

  it.each([1, 2, 3])('a character cut %d bytes after the end of the sample does not fool it', async (bytesInside) => {
    const start = 'title\n';
    const content = `${start}${'x\n'.repeat((MIB - start.length) / 2 - 2)}${'y'.repeat(4 - bytesInside)}𝔄\n`;
    expect(Buffer.from(content).indexOf('𝔄')).toBe(MIB - bytesInside);
    const items = await read(content);
    expect(items[0]).toMatchObject({ encoding: 'utf-8' });
    expect(items.at(-1)).toMatchObject({ cells: [`${'y'.repeat(4 - bytesInside)}𝔄`] });
  });

  it('is decided by the first accents, however late they come', async () => {
    const late = `title\n${'Emma\n'.repeat(500_000)}`;
    expect((await header(Buffer.from(`${late}Brontë\n`))).encoding).toBe('utf-8');
    expect((await header(Buffer.from(`${late}Brontë\n`, 'latin1'))).encoding).toBe('windows-1252');
  });

  it('UTF-8 with a broken byte stays UTF-8, and only that record is a problem', async () => {
    const content = Buffer.concat([
      Buffer.from('title\nBrontë\nÉmile\n'),
      Buffer.from([0x45, 0xff, 0x0a]),
      Buffer.from('Ünder\n'),
    ]);
    expect(await lines(content)).toEqual(['2:Brontë', '3:Émile', '4!There are bytes that are not utf-8.', '5:Ünder']);
  });

  it('broken bytes behind the sample are a problem of their record too', async () => {
    const content = Buffer.concat([
      Buffer.from(`title\n${'Brontë\n'.repeat(200_000)}`),
      Buffer.from([0xe9, 0x0a, 0x42]),
    ]);
    expect((await lines(content)).slice(-2)).toEqual(['200002!There are bytes that are not utf-8.', '200003:B']);
  });

  it('a character that ends in the half that stands for bytes is text', async () => {
    expect(await lines('title\n💀 and 😀\n')).toEqual(['2:💀 and 😀']);
    const content = Buffer.concat([Buffer.from('title\n💀\n'), Buffer.from([0x45, 0xff, 0x0a])]);
    expect(await lines(content)).toEqual(['2:💀', '3!There are bytes that are not utf-8.']);
  });

  it('a replacement character that the file itself contains is text', async () => {
    expect(await lines('title\nBront\uFFFD\n')).toEqual(['2:Bront\uFFFD']);
  });

  it('UTF-8 cut off in the middle of a character is a problem of the last record', async () => {
    const content = Buffer.from('title\nBrontë\nBrontë').subarray(0, -1);
    expect(await lines(content)).toEqual(['2:Brontë', '3!There are bytes that are not utf-8.']);
  });

  it('UTF-16 with half a character is a problem of that record', async () => {
    const content = Buffer.concat([Buffer.from('\uFEFFtitle\na\ud800b\n𝔄\n', 'utf16le'), Buffer.from([0x41])]);
    expect(await lines(content)).toEqual([
      '2!There are bytes that are not utf-16le.',
      '3:𝔄',
      '4!There are bytes that are not utf-16le.',
    ]);
  });

  it('no character is lost where chunks of the file meet', async () => {
    const titles = Array.from({ length: 60_000 }, (_, at) => `${'x'.repeat(at % 7)}é漢𝔄`);
    const expected = titles.map((title, at) => `${at + 2}:${title}`);
    const text = `title\n${titles.join('\n')}`;
    for (const content of [Buffer.from(text), Buffer.from(`\uFEFF${text}`, 'utf16le'), utf16be(`\uFEFF${text}`)]) {
      expect(await lines(content)).toEqual(expected);
    }
  });
});

describe('the delimiter of a CSV file', () => {
  it.each([
    ['title,author', ','],
    ['title;author', ';'],
    ['title\tauthor', '\t'],
    ['title', ','],
    ['title;"a,b,c";price', ';'],
    ['"title","a;b;c;d",price', ','],
    ['title;authors, all of them;price', ';'],
    ['\ttitle', '\t'],
    ['"two\nlines";"b"', ';'],
  ])('of %j is %j', async (line, delimiter) => {
    expect((await header(`${line}\n`)).delimiter).toBe(delimiter);
    expect((await header(line)).delimiter).toBe(delimiter);
  });

  it('is no other one in the records', async () => {
    expect(await lines('title;price\na,b;1,50\n')).toEqual(['2:a,b|1,50']);
    expect(await lines('title\tprice\na,b;c\t1\n')).toEqual(['2:a,b;c|1']);
  });
});

describe('lines and records of a CSV file', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('%s ends a line, inside quotes too', async (_name, end) => {
    const content = ['a,b', '1,"x', 'y', '', 'z"', '', '2,q', ' ', '3,"r"', ''].join(end);
    expect(await lines(content)).toEqual([`2:1|x${end}y${end}${end}z`, '7:2|q', '9:3|r']);
  });

  it('mixed line ends are each one line', async () => {
    expect(await lines('a\n1\r\n2\r3\n\r\n\r4')).toEqual(['2:1', '3:2', '4:3', '7:4']);
  });

  it('the last line needs no end', async () => {
    expect(await lines('a,b\n1,2')).toEqual(['2:1|2']);
    expect(await lines('a,b\n1,')).toEqual(['2:1|']);
    expect(await lines('a,b\n1,"2"')).toEqual(['2:1|2']);
    expect(await lines('a,b\n1,2\r')).toEqual(['2:1|2']);
  });

  it('empty lines before the header are counted', async () => {
    expect(await read('\n \r\ntitle\nEmma')).toEqual([
      { kind: 'header', line: 3, cells: ['title'], encoding: 'utf-8', delimiter: ',' },
      { kind: 'record', line: 4, cells: ['Emma'] },
    ]);
  });

  it('cells may be empty, and as many as the line has', async () => {
    expect(await lines('a,b\n,\n1\n1,2,3\n""\n')).toEqual(['2:|', '3:1', '4:1|2|3', '5:']);
  });

  it('quotes may hold delimiters, quotes and nothing', async () => {
    expect(await lines('a,b\n"x,y","say ""hi"""\n"",""""\n')).toEqual(['2:x,y|say "hi"', '3:|"']);
  });

  it('a quote inside a plain cell is an ordinary character', async () => {
    expect(await lines('a,b\n5" disk,x"y\n')).toEqual(['2:5" disk|x"y']);
  });

  it('white space is left as it is', async () => {
    expect(await lines('a,b\n x ," y "\n')).toEqual(['2: x | y ']);
  });

  it('every table is read as it was written, wherever chunks are cut', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '𝔄', '"', ',', '\n', '\r', '\r\n', ' ', "'") });
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        async (rows, end) => {
          const content = [['a', 'b'], ...rows].map((row) => row.map(quoted).join(',')).join(end);
          const records = (await read(content)).filter((item) => item.kind === 'record');
          expect(records.map(({ cells }) => cells)).toEqual(rows);
          const starts = records.map(({ line }) => line);
          const before = rows.map((_, at) =>
            [['a', 'b'], ...rows.slice(0, at)].map((row) => row.map(quoted).join(',')).join(end),
          );
          expect(starts).toEqual(before.map((text) => (text + end).split(/\r\n|\n|\r/).length));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('line numbers hold in a file of many chunks with line breaks inside quotes', async () => {
    const rows = Array.from({ length: 40_000 }, (_, at) => `${at},"one\r\ntwo ""quoted""\r\n${'x'.repeat(at % 40)}"`);
    const found = await read(`a,b\r\n${rows.join('\r\n')}`);
    const records = found.filter((item) => item.kind === 'record');
    expect(records).toHaveLength(40_000);
    expect(records.every(({ line, cells }, at) => line === 2 + 3 * at && cells[0] === String(at))).toBe(true);
  });
});

describe('a CSV file that is broken', () => {
  it.each([
    ['nothing', ''],
    ['a byte order mark only', '\uFEFF'],
    ['empty lines only', '\n\r\n \n'],
  ])('with %s is empty', async (_name, content) => {
    expect(await read(content)).toEqual([{ kind: 'failure', line: expect.any(Number), problem: 'The file is empty.' }]);
  });

  it('text after a closing quote spoils its record and no other', async () => {
    expect(await lines('a,b\n"x"y,1\n2,"say "hi" to"\n3,4\n')).toEqual([
      `2!${MISUSED_QUOTE}`,
      `3!${MISUSED_QUOTE}`,
      '4:3|4',
    ]);
  });

  it('tells how many lines are lost to a quote that closes too late', async () => {
    expect(await lines('a,b\n1,"x\n2,y\n3,"z"\n4,v\n')).toEqual([
      `2!${MISUSED_QUOTE} The quoted text runs over 3 lines, all of which are left out.`,
      '5:4|v',
    ]);
  });

  it('ends at a quote that is never closed, and says where it was opened', async () => {
    expect(await lines('a,b\n1,2\n\n3,"x\n4,5\n6,7\n')).toEqual([
      '2:1|2',
      '4!!The quote that is opened here is never closed.',
    ]);
  });

  it('does not look for the end of a quote for ever', async () => {
    const content = `a,b\n1,2\n3,"x\n${'4,5\n'.repeat(2 * MIB)}`;
    expect(await lines(content)).toEqual([
      '2:1|2',
      '3!!The record is longer than 1 MiB. A quote that is opened in it is not closed.',
    ]);
  });

  it.each([MIB + 1, 3 * MIB])('leaves out a line of %d characters and goes on after it', async (length) => {
    const content = `a\n1\n${'x'.repeat(length)}\r\n2\n"${'y'.repeat(length)}\n`;
    const [first, second, third, last] = await lines(content);
    expect([first, second, third]).toEqual(['2:1', '3!The record is longer than 1 MiB.', '4:2']);
    expect(last).toMatch(/^5!!The record is longer than 1 MiB/);
  });

  it.each(['\r', '\r\n'])('sees the end %j of a line that is left out, with the CR last in a chunk', async (end) => {
    const line = 'x'.repeat(1.5 * MIB - 'a\n'.length - 1);
    expect(await lines(`a\n${line}${end}2\n3`)).toEqual(['2!The record is longer than 1 MiB.', '3:2', '4:3']);
  });

  it('counts the lines inside quotes of a record that is left out', async () => {
    expect(await lines(`a,b\n"1\n\n2",${'x'.repeat(2 * MIB)}\r\n3,4`)).toEqual([
      '2!The record is longer than 1 MiB.',
      '5:3|4',
    ]);
  });

  it('reads a record of exactly 1 MiB, at whatever place', async () => {
    for (const before of [0, 1, 100_000, 262_143]) {
      const record = `${'x'.repeat(MIB - 3)}"\r\n`;
      const items = await read(`${'a'.repeat(before + 1)}\n${record}2\n`);
      expect(items.map(({ kind, line }) => `${line} ${kind}`)).toEqual(['1 header', '2 record', '3 record']);
    }
  });

  it('with a header that never ends fails there', async () => {
    expect(await lines('x,'.repeat(MIB))).toEqual(['1!!The record is longer than 1 MiB.']);
    expect(await lines(`"title,author\n${'1,2\n'.repeat(10)}`)).toEqual([
      '1!!The quote that is opened here is never closed.',
    ]);
    expect(await lines('"title"x,author\n1,2\n')).toEqual([`1!!${MISUSED_QUOTE}`]);
  });

  it('with NULs and control characters gives them as they are, for the row to be refused', async () => {
    expect(await lines('title,price\nEm\u0000ma,\u001b[31m\n')).toEqual(['2:Em\u0000ma|\u001b[31m']);
  });

  it('with NULs in its first line is no text', async () => {
    for (const content of ['ti\0tle\nEmma\n', Buffer.from('tit\0le,a\nEmma,b\n', 'utf16le')]) {
      expect(await lines(content)).toEqual(['1!!The first line has NUL characters: this is no text. Save it as CSV.']);
    }
  });

  it.each([
    ['an Excel workbook', Buffer.from('504b030414000600', 'hex'), /Excel workbook or a ZIP/],
    ['an old Excel workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /old Excel/],
    ['a compressed file', Buffer.from('1f8b0800', 'hex'), /compressed/],
    ['an archive', Buffer.from('377abcaf271c', 'hex'), /archive/],
    ['a tar archive', Buffer.from(`${'books.csv'.padEnd(257, '\0')}ustar\0`), /archive/],
    ['an image', Buffer.from('89504e470d0a1a0a', 'hex'), /image/],
    ['a database', Buffer.from('SQLite format 3\0'), /SQLite/],
    ['a PDF document', Buffer.from('%PDF-1.7'), /PDF/],
    ['UTF-32', Buffer.from('fffe00007400000069000000', 'hex'), /UTF-32/],
  ])('that is %s is not read', async (_name, content, problem) => {
    expect(await read(content)).toEqual([{ kind: 'failure', line: 1, problem: expect.stringMatching(problem) }]);
  });

  it('of random bytes never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const items = await read(Buffer.from(bytes));
        expect(items.length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });
});

/** What is in use once the garbage is gone. */
function keptBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('reading a CSV file', () => {
  it('stops when it is aborted, with the reason given', async () => {
    const path = join(folder, 'long.csv');
    await writeFile(path, `title\n${'Emma\n'.repeat(200_000)}`);
    const abort = new AbortController();
    let records = 0;
    const reading = (async () => {
      for await (const item of readCsv(path, { signal: abort.signal })) {
        if (item.kind === 'record' && ++records === 10) abort.abort(new Error('The import was cancelled.'));
      }
    })();
    await expect(reading).rejects.toThrow('The import was cancelled.');
    expect(records).toBeLessThan(200_000);
  });

  it('of a file that is not there throws what the file system says', async () => {
    await expect(readCsv(join(folder, 'none.csv')).next()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['\n', '\r\n', ' \t\n', '""\n', ',,,\n', '"\n"\n'])(
    'of nothing but %j takes no longer than of ordinary lines',
    async (line) => {
      const time = async (content: string): Promise<number> => {
        const path = join(folder, 'lines.csv');
        await writeFile(path, content);
        const began = performance.now();
        for await (const { kind } of readCsv(path)) if (kind === 'failure') break;
        return performance.now() - began;
      };
      const ordinary = 'Emma,1\n'.repeat(MIB / 7);
      // Where the machine is busy with others one measurement may be wrong, but not all of them.
      let isQuick = false;
      for (let tries = 0; tries < 4 && !isQuick; tries++) {
        isQuick = (await time(line.repeat(MIB / line.length))) < 15 * (await time(`title,price\n${ordinary}`));
      }
      expect(isQuick).toBe(true);
    },
  );

  it('takes no more memory for a longer file', async () => {
    const path = join(folder, 'large.csv');
    await writeFile(path, 'title,note\n');
    for (let part = 0; part < 20; part++) await appendFile(path, `Emma,"${'x'.repeat(500)}"\n`.repeat(10_000));
    const before = keptBytes();
    let records = 0;
    let most = 0;
    for await (const item of readCsv(path)) {
      if (item.kind === 'record' && ++records % 50_000 === 0) most = Math.max(most, keptBytes() - before);
    }
    expect(records).toBe(200_000);
    expect(most / MIB).toBeLessThan(30);
  });
});
