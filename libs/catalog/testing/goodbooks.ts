import type { UploadView } from '../src/application/import/upload.view.js';
import { readCatalogRow } from '../src/domain/catalog-row.js';
import { planColumns } from '../src/domain/csv-columns.js';
import { readCsv } from '../src/infrastructure/csv/csv-file.js';

/** What of the file of goodbooks-10k has other names here. */
export const MAPPING = { original_publication_year: 'publication_year', language_code: 'language' };
const FLOAT = /^\d(?:\.\d+)?e\+\d+$/;

export type Row = ReturnType<typeof readCatalogRow> & { cells: Record<string, string> };

/** All rows of the file, the cells as they are, and what is read from them. */
export async function rowsOf(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  let names: string[] = [];
  for await (const item of readCsv(path)) {
    if (item.kind === 'header') names = item.cells;
    else if (item.kind !== 'record') throw new Error(`line ${item.line}: ${item.problem}`);
    else
      rows.push({
        ...read(names, item.cells),
        cells: Object.fromEntries(names.map((name, at) => [name, item.cells[at] ?? ''])),
      });
  }
  return rows;
}

function read(names: readonly string[], cells: readonly string[]): ReturnType<typeof readCatalogRow> {
  const planned = planColumns(names, MAPPING);
  if (!planned.ok) throw new Error('no plan');
  return readCatalogRow(planned.plan, cells);
}

const number = (count: number): string => count.toLocaleString('en');

/** The table of the page. Each count is made from the cells of the file, or from what the import came to. */
export function tableOf(
  rows: readonly Row[],
  { first, again, authors }: { first: UploadView; again: UploadView; authors: number },
): string {
  const count = (test: (row: Row) => boolean): string => number(rows.filter(test).length);
  const value = ({ ok, ...rest }: Row) => (ok && 'row' in rest ? rest.row : null);
  const warned = (column: string, reason: RegExp) =>
    count(({ warnings }) => warnings.some((warning) => warning.column === column && reason.test(warning.reason)));
  const kept =
    (key: string) =>
    (row: Row): boolean =>
      value(row)?.metadata[key] !== undefined;
  const hasIsbn = (row: Row): boolean => value(row)?.isbn !== null;
  const isbnOf =
    (length: number) =>
    ({ cells: { isbn = '' } }: Row): boolean =>
      isbn.length === length;
  const language = (pattern: RegExp) => count(({ cells }) => pattern.test(cells.language_code ?? ''));
  const titles = rows.map(({ cells: { title = '' } }) => title);
  const repeated = titles.filter((title, at) => titles.indexOf(title) !== at || titles.lastIndexOf(title) !== at);
  const names = rows.flatMap((row) => value(row)?.authors ?? []);
  const others = Object.keys(rows[0]?.cells ?? {}).filter((name) => kept(name)(rows[0] as Row) && name !== 'isbn13');
  const lines: [inFile: string, rows: string, became: string][] = [
    [
      'books',
      number(rows.length),
      `${number(first.insertedRows)} inserted, ${number(first.skippedRows)} skipped, ${number(first.failedRows)} failed`,
    ],
    ['the same file again', number(again.processedRows), `${number(again.unchangedRows)} unchanged, no event`],
    [
      'no price (no such column)',
      count(({ cells }) => !('price' in cells)),
      `0, each with a warning: ${warned('price', /missing/)}`,
    ],
    [
      '`isbn` of 10 characters, check digit right',
      count((row) => isbnOf(10)(row) && hasIsbn(row)),
      'converted to 13 digits',
    ],
    [
      '`isbn` of 7 to 9: leading zeros lost',
      count((row) => [7, 8, 9].some((length) => isbnOf(length)(row)) && hasIsbn(row)),
      `mended by the check digit (${[9, 8, 7].map((length) => count((row) => isbnOf(length)(row) && hasIsbn(row))).join(' + ')})`,
    ],
    [
      '`isbn` with a wrong check digit',
      count((row) => kept('isbn')(row)),
      `dropped with a warning, kept in the metadata (${warned('isbn', /^The check digit of/)} of 10 characters, ${warned('isbn', /zeros put back/)} shorter)`,
    ],
    ['`isbn` missing', count(isbnOf(0)), ''],
    [
      '`isbn13` in floating-point notation (`9.78e+12`)',
      count(({ cells }) => FLOAT.test(cells.isbn13 ?? '')),
      `dropped, kept in the metadata; a warning where no other ISBN counts: ${warned('isbn13', /^Floating/)}`,
    ],
    [
      '`isbn13` that is another number (`195170342.0`)',
      count(({ cells: { isbn13 = '' } }) => isbn13 !== '' && !FLOAT.test(isbn13)),
      `an ISBN-10 that says the same as \`isbn\`, or kept in the metadata: ${count((row) => kept('isbn13')(row) && !FLOAT.test(row.cells.isbn13 ?? ''))}; a warning: ${warned('isbn13', /10 or 13 digits/)}`,
    ],
    ['`isbn13` missing', count(({ cells }) => cells.isbn13 === ''), ''],
    [
      'no usable ISBN at all',
      count((row) => !hasIsbn(row)),
      'a book without ISBN; the second time found by title and first author',
    ],
    [
      'years as floats (`2008.0`)',
      count(({ cells }) => /^-?\d+\.0$/.test(cells.original_publication_year ?? '')),
      'the year',
    ],
    [
      'years before our era (`-750.0`)',
      count(({ cells }) => /^-/.test(cells.original_publication_year ?? '')),
      '`-0750`',
    ],
    ['year missing', count(({ cells }) => cells.original_publication_year === ''), 'unknown'],
    [
      'languages of three letters (`eng`, `fre`)',
      language(/^[a-z]{3}$/),
      `two letters (\`en\`, \`fr\`), but for ${count((row) => /^[a-z]{3}$/.test(value(row)?.language ?? ''))} without such a code (\`fil\`, \`mul\`)`,
    ],
    ['languages as tags (`en-US`)', language(/^[a-z]{2}-[A-Z]{2}$/), 'the tag'],
    ['languages of two letters', language(/^[a-z]{2}$/), 'the same'],
    ['language missing', language(/^$/), 'none'],
    [
      'several authors, parted by `, `',
      count((row) => (value(row)?.authors.length ?? 0) > 1),
      `${number(names.length)} names in all, of ${number(authors)} authors`,
    ],
    [
      'titles that other rows have too',
      number(repeated.length),
      `${number(new Set(repeated).size)} titles; other books, by their ISBN or their author`,
    ],
    ['other columns', `${others.length} columns`, 'in the metadata, under their names'],
  ];
  const table = [['In the file', 'Rows', 'Became'], ['---', '--:', '---'], ...lines];
  return table.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
