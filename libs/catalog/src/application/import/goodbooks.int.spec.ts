import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { catalogApp, type CatalogApp } from '../../../testing/catalog-app.js';
import { MAPPING, rowsOf, tableOf } from '../../../testing/goodbooks.js';
import { importBooks } from '../../../testing/imports.js';

jest.setTimeout(120_000);

const PAGE = join(__dirname, '../../../../../docs/import.md');
const BEGIN = '<!-- begin: made from the file by goodbooks.int.spec.ts, anew with UPDATE_DOCS=1 -->\n';
const END = '<!-- end -->';
const path = process.env.GOODBOOKS_CSV ?? findUpwards('shared/data/goodbooks/books.csv');
const suite = path ? describe : describe.skip;

suite(`The goodbooks catalogue${path ? '' : ' (skipped: the file is not here, GOODBOOKS_CSV names it)'}`, () => {
  let catalog: CatalogApp;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'holdfast-goodbooks-'));
    catalog = await catalogApp({ HOLDFAST_DATA_DIR: dataDir });
  });
  afterAll(async () => {
    await catalog?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('goes in whole, and the page on imports says what became of it', async () => {
    const csv = await readFile(path ?? '');
    const first = await importBooks(catalog, csv, MAPPING);
    const told = await catalog.database.one<{ count: number }>('SELECT count(*)::int AS count FROM platform.outbox');
    const again = await importBooks(catalog, csv, MAPPING);
    const retold = await catalog.database.query(`SELECT FROM platform.outbox WHERE type <> 'books_imported'`);
    expect([first.status, first.warnedRows, again.status]).toEqual(['completed', 10_000, 'completed']);
    expect(retold).toHaveLength(told.count - 1);
    const { count } = await catalog.database.one<{ count: number }>(
      'SELECT count(*)::int AS count FROM catalog.authors',
    );
    const table = tableOf(await rowsOf(path ?? ''), { first, again, authors: count });
    const page = readFileSync(PAGE, 'utf8');
    if (process.env.UPDATE_DOCS === '1') writeFileSync(PAGE, page.replace(BEGIN + between(page), BEGIN + table));
    expect(between(readFileSync(PAGE, 'utf8'))).toBe(table);
  });
});

/** What the page says now. */
function between(page: string): string {
  const [, rest = ''] = page.split(BEGIN);
  const [written, after] = rest.split(END);
  if (written === undefined || after === undefined)
    throw new Error(`docs/import.md needs "${BEGIN.trim()}" and "${END}"`);
  return written;
}

function findUpwards(relative: string): string | undefined {
  for (let folder = resolve('.'); ; folder = dirname(folder)) {
    if (existsSync(join(folder, relative))) return join(folder, relative);
    if (folder === dirname(folder)) return undefined;
  }
}
