import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { newId } from '@holdfast/kernel';
import { anyBook } from '../../../testing/any-book.js';
import { planColumns } from '../../domain/csv-columns.js';
import { canBeColumn, exportHeader, exportRecord } from '../../domain/exported-book.js';
import { readUploadRow } from '../../domain/upload-rows.js';
import { readCsv } from './csv-file.js';

describe('An exported file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-export-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const rowsOf = async (csv: string) => {
    const path = join(folder, 'books.csv');
    await writeFile(path, csv);
    const items = [];
    for await (const item of readCsv(path)) items.push(item);
    const [header, ...records] = items;
    const planned = planColumns(header?.kind === 'header' ? header.cells : []);
    if (!planned.ok) throw new Error(JSON.stringify(planned.errors));
    expect(planned.plan.warnings).toEqual([]);
    return records.map((item) => {
      if (item.kind !== 'record') throw new Error(JSON.stringify(item));
      return readUploadRow(planned.plan, item.line, item.cells);
    });
  };

  it('is read as the books that it was made of, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyBook, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 4 }),
        async (books, columns) => {
          const found = books.flatMap(({ metadata }) => Object.keys(metadata)).filter(canBeColumn);
          const keys = new Set(found.slice(0, columns));
          const exported = books.map(({ price, ...book }) => ({
            ...{ ...book, id: newId(), priceCents: Math.round(price * 100) },
            holdings: [{ id: newId(), library: book.title.slice(0, 200), units: 3 }],
          }));
          const rows = await rowsOf(exportHeader(keys) + exported.map((book) => exportRecord(book, keys)).join(''));
          expect(rows).toEqual(
            exported.map(({ holdings, publicationDate, ...book }, place) => ({
              line: expect.any(Number),
              row: {
                ...book,
                publicationDate: publicationDate && { text: publicationDate, sortKey: expect.any(Number) },
                ...{ units: null, library: null },
                holdings: holdingsOf(rows[place], holdings[0]!),
              },
              saysPrice: true,
              warnings: [],
              priceWarnings: [],
            })),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** Under the name of the library, or its id where the name could not be read. */
function holdingsOf(row: unknown, { id, library }: { id: string; library: string }): Record<string, number> {
  const { holdings } = (row as { row: { holdings: Record<string, number> } }).row;
  return Object.hasOwn(holdings, library) ? { [library]: 3 } : { [id]: 3 };
}
