import { isAscii } from 'node:buffer';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { readCsv, RecordReader, type CsvItem } from './csv-file.js';
import { TextDecoding, type CsvEncoding } from './text-encoding.js';

/** A table as some program writes it. */
interface Table {
  header: string[];
  rows: string[][];
  delimiter: ',' | ';' | '\t';
  encoding: Encoding;
  /** Of each line; used in turn. */
  ends: string[];
  /** Whether a cell is quoted that needs no quotes; used in turn. */
  quotes: boolean[];
  /** Empty lines before each record; used in turn. */
  blanks: number[];
  endsWithLine: boolean;
}

type Encoding = keyof typeof ENCODINGS;

const MARK = '\uFEFF';
const big = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const ENCODINGS: Record<string, { encoding: CsvEncoding; mark: number; write: (text: string) => Buffer }> = {
  'UTF-8': { encoding: 'utf-8', mark: 0, write: (text) => Buffer.from(text) },
  'UTF-8 with a mark': { encoding: 'utf-8', mark: 3, write: (text) => Buffer.from(MARK + text) },
  'UTF-16LE': { encoding: 'utf-16le', mark: 0, write: (text) => Buffer.from(text, 'utf16le') },
  'UTF-16LE with a mark': { encoding: 'utf-16le', mark: 2, write: (text) => Buffer.from(MARK + text, 'utf16le') },
  'UTF-16BE': { encoding: 'utf-16be', mark: 0, write: big },
  'UTF-16BE with a mark': { encoding: 'utf-16be', mark: 2, write: (text) => big(MARK + text) },
  'Windows-1252': { encoding: 'windows-1252', mark: 0, write: (text) => iconv.encode(text, 'win1252') },
};

const LATIN = [...'ab01 \'"=+-@,;|\t.éÉüßñ€“”–½¥'];
const ANY = [
  ...LATIN,
  ...['漢', '字', '😀', 'e\u0301', 'Ж', 'ĀȀ', '\u2028', '\uFEFF', '\u00A0', '\uFFFD', '\u0085', '💀'],
];
/** In Latin-1 a letter and a sign may happen to be the UTF-8 of another letter: then nobody can tell. */
const LIKE_UTF8 = /[À-÷][€“”–½¥]/u;
const NAMES = ['title', 'price', 'isbn13', 'a b', 'prix', 'x,y', 'p;q', 'no "name"', ''];
const FOREIGN_NAMES = ['Название', '題名', '著者', 'Größe', 'ISBN', 'Țară', '😀'];

const cellOf = (pieces: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...pieces, '\n', '\r', '\r\n', '""'), { maxLength: 6 }).map((parts) => parts.join(''));

function anyTable(encoding: Encoding): fc.Arbitrary<Table> {
  const isLatin = encoding === 'Windows-1252';
  const cell = cellOf(isLatin ? LATIN : ANY);
  const name = fc.constantFrom(...NAMES, ...(isLatin ? [] : FOREIGN_NAMES));
  const line = fc.constantFrom('\n', '\r\n', '\r');
  return fc.integer({ min: 1, max: 4 }).chain((columns) => {
    const row = fc.array(cell, { minLength: columns, maxLength: columns });
    return fc.record<Table>({
      header: fc.array(name, { minLength: columns, maxLength: columns }).filter((names) => names.some(Boolean)),
      rows: fc.array(row, { minLength: 1, maxLength: 6 }),
      delimiter: fc.constantFrom<Table['delimiter']>(',', ';', '\t'),
      encoding: fc.constant(encoding),
      ends: fc.oneof(
        line.map((end) => [end]),
        fc.array(line, { minLength: 1, maxLength: 3 }),
      ),
      quotes: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
      blanks: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 }),
      endsWithLine: fc.boolean(),
    });
  });
}

/** The text of the table, and the line on which each record begins. */
function written({ header, rows, delimiter, ends, quotes, blanks, endsWithLine }: Table): {
  text: string;
  lines: number[];
} {
  let text = '';
  let [cells, lineEnds] = [0, 0];
  const end = (): string => ends[lineEnds++ % ends.length] ?? '';
  const starts: number[] = [];
  const all = [header, ...rows];
  all.forEach((row, at) => {
    for (let blank = 0; blank < (blanks[at % blanks.length] ?? 0); blank++) text += end();
    starts.push(text.length);
    const shown = row.map((cell) => {
      const isBlankLine = row.length === 1 && cell.trim() === '';
      const needsQuotes = isBlankLine || /[",;\t\r\n]/.test(cell);
      return needsQuotes || quotes[cells++ % quotes.length] ? `"${cell.replaceAll('"', '""')}"` : cell;
    });
    text += shown.join(delimiter);
    if (endsWithLine || at < all.length - 1) text += end();
  });
  const lineAt = (place: number): number => text.slice(0, place).split(/\r\n|\n|\r/).length;
  return { text, lines: starts.map(lineAt) };
}

function itemsOf({ header, rows, delimiter, encoding }: Table, lines: readonly number[]): CsvItem[] {
  // A table of one column shows no delimiter, and needs none.
  const found = header.length === 1 ? ',' : delimiter;
  return [
    { kind: 'header', line: lines[0] ?? 0, cells: header, encoding: ENCODINGS[encoding]!.encoding, delimiter: found },
    ...rows.map((cells, at): CsvItem => ({ kind: 'record', line: lines[at + 1] ?? 0, cells })),
  ];
}

describe('Any table of any text', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-tables-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function read(bytes: Buffer): Promise<CsvItem[]> {
    const path = join(folder, 'table.csv');
    await writeFile(path, bytes);
    const items: CsvItem[] = [];
    for await (const item of readCsv(path)) items.push(item);
    return items;
  }

  it.each(Object.keys(ENCODINGS))(
    'in %s is read as it was written, with the lines that an editor counts',
    async (encoding) => {
      await fc.assert(
        fc.asyncProperty(anyTable(encoding), async (table) => {
          const { text, lines } = written(table);
          const bytes = ENCODINGS[encoding]!.write(text);
          fc.pre(encoding !== 'Windows-1252' || !(LIKE_UTF8.test(text) || isAscii(bytes)));
          expect(await read(bytes)).toEqual(itemsOf(table, lines));
        }),
        { numRuns: 300 },
      );
    },
  );

  it.each(Object.keys(ENCODINGS))('in %s is read the same wherever its bytes are cut', (encoding) => {
    const { encoding: found, mark, write } = ENCODINGS[encoding]!;
    const inPieces = (bytes: Buffer, cuts: readonly number[]): CsvItem[] => {
      const decoding = new TextDecoding(found);
      const records = new RecordReader(found);
      const ends = [...cuts, bytes.length];
      const pieces = ends.map((end, at) => bytes.subarray(at === 0 ? 0 : ends[at - 1], end));
      const items = pieces.flatMap((piece) => records.take(decoding.decode(piece, false), false));
      return [...items, ...records.take(decoding.decode(Buffer.alloc(0), true), true)];
    };
    fc.assert(
      fc.property(anyTable(encoding), (table) => {
        const { text, lines } = written(table);
        const bytes = write(text).subarray(mark);
        const items = itemsOf(table, lines).map((item) =>
          item.kind === 'header' ? { ...item, encoding: found } : item,
        );
        for (let cut = 0; cut <= bytes.length; cut++) expect(inPieces(bytes, [cut])).toEqual(items);
        expect(inPieces(bytes, [...bytes.keys()])).toEqual(items);
      }),
      { numRuns: 30 },
    );
  });
});
