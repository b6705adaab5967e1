import { planColumns } from './csv-columns.js';
import { readUploadRow } from './upload-rows.js';

const SIZE = 32 * 1024;
/** A row is read in at most so many times the time that ordinary rows of the same size take together. */
const MOST_TIMES = 20;
const COLUMNS = ['title', 'author', 'isbn', 'price', 'publication_date', 'genre', 'language', 'description'].concat(
  ...['units', 'library', 'holdings', 'id', 'metadata', 'metadata.note', 'shelf'],
);
const ORDINARY = [
  'Emma',
  'Jane Austen',
  '9780141439587',
  '9.99',
  '1815-12-23',
  'Novel',
  'eng',
  'A novel of manners.',
].concat(...['3', '', '', '', '', '', 'A1']);

const BOMBS = [...'0179aeTZ .,;:|-+_=\'"&#@(){}\\/\t\u0301\u200B\u00AD\u2800\u3164'].concat(
  ...[
    '[',
    '{"a":',
    '&amp;',
    '&a',
    ', ',
    '1.',
    '-1',
    '\u0316\u0301',
    'e\u0301\u0316',
    '\u1100\u1161',
    '00:00',
    '9-',
    'en-',
  ],
  ...["'=", '\uFB2C', '\uD834\uDD5E', 'ﷺ', '😀', '"a",'],
);
/** Around the many, so that an expression can begin, and fails at their end. */
const AROUND: [before: string, after: string][] = [
  ['', ''],
  ['', '!'],
  ['0.', '1'],
  ['a  ', 'b'],
  ['["', '"]'],
  ['{"', '": 1}'],
];

const plan = (() => {
  const planned = planColumns(COLUMNS);
  if (!planned.ok) throw new Error('no plan');
  return planned.plan;
})();

function milliseconds(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

const read = (cells: readonly string[]): unknown => readUploadRow(plan, 2, cells);

describe('A row', () => {
  const rows = Math.ceil(SIZE / ORDINARY.join().length);
  const readOrdinary = (): void => {
    for (let row = 0; row < rows; row++) read(ORDINARY);
  };
  const ordinary = Math.min(...[1, 2, 3, 4].map(() => milliseconds(readOrdinary)));

  it.each(COLUMNS)('with any text in the column %s is read as quickly as ordinary ones of its size', (column) => {
    const isSlow = (text: string): boolean => {
      const cells = COLUMNS.map((one) => (one === column ? text : one === 'title' ? 'Emma' : ''));
      const time = (): number => milliseconds(() => read(cells));
      // Where the machine is busy with others one measurement may be wrong, but not all of them.
      return time() > MOST_TIMES * ordinary && [1, 2, 3].every(() => time() > MOST_TIMES * milliseconds(readOrdinary));
    };
    const texts = BOMBS.flatMap((piece) => AROUND.map(([before, after]) => [before, piece, after] as const));
    const slow = texts.find(([before, piece, after]) => isSlow(before + piece.repeat(SIZE / piece.length) + after));
    expect(slow?.join('…')).toBeUndefined();
  });
});
