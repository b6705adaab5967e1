import { AsyncResource } from 'node:async_hooks';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { Client } from 'pg';
import { WaitingReaders } from '@holdfast/inventory';
import { newId } from '@holdfast/kernel';
import { Settings, UnitOfWork } from '@holdfast/platform';
import { eventually } from '@holdfast/platform/testing';
import { RowMatching } from '../../infrastructure/import/row-matching.js';
import { WantedCopies } from '../../infrastructure/import/wanted-copies.js';
import { catalogApp, type CatalogApp, SOMEBODY } from '../../../testing/catalog-app.js';
import type { UploadOptions } from '../../domain/upload.js';
import { AcceptUpload } from './accept-upload.js';
import { BookImport } from './book-import.js';
import { ImportJobs } from './import-jobs.js';
import { ImportNews } from './import-news.js';
import { ImportSweep } from './import-sweep.js';
import { ImportUpload } from './import-upload.js';
import { UploadFiles } from './upload-files.js';
import type { UploadView } from './upload.view.js';
import { LeaseLost, Uploads } from './uploads.js';

jest.setTimeout(120_000);

let catalog: CatalogApp;
let dataDir: string;
let jobs: ImportJobs;
/** Calls from inside a mocked step must not join its transaction. */
const outside = AsyncResource.bind(<T>(work: () => Promise<T>) => work());
const never = new AbortController().signal;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'holdfast-import-'));
  catalog = await catalogApp({ HOLDFAST_DATA_DIR: dataDir, IMPORT_CHUNK_ROWS: '500' });
  const { app } = catalog;
  jobs = new ImportJobs(
    app.get(Uploads),
    app.get(UploadFiles),
    app.get(ImportUpload),
    app.get(ImportNews),
    app.get(UnitOfWork),
  );
});
beforeEach(async () => {
  await catalog.database.execute('DELETE FROM catalog.uploads');
  await catalog.database.execute('DELETE FROM catalog.books');
  await catalog.database.execute('DELETE FROM inventory.titles');
  await catalog.database.execute('DELETE FROM platform.outbox');
});
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
  await catalog.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function accept(csv: string | Buffer, options: Partial<UploadOptions> = {}): Promise<string> {
  const content = (async function* () {
    yield await Promise.resolve(Buffer.from(csv));
  })();
  const all = { mapping: {}, dryRun: false, onExisting: 'update' as const, ...options };
  const command = new AcceptUpload('books.csv', SOMEBODY, all, content);
  return (await catalog.app.get(CommandBus).execute(command)).uploadId;
}

async function statusOf(id: string): Promise<UploadView> {
  const { body } = (await catalog.call('GET', `/books/upload/${id}`, { as: 'editor' })) as { body: UploadView };
  const { insertedRows, updatedRows, unchangedRows, skippedRows, failedRows, processedRows } = body;
  expect(insertedRows + updatedRows + unchangedRows + skippedRows + failedRows).toBe(processedRows);
  return body;
}

async function upload(csv: string | Buffer, options: Partial<UploadOptions> = {}) {
  const id = await accept(csv, options);
  await jobs.work(never);
  return statusOf(id);
}

/** inserted/updated/unchanged/skipped/failed */
const outcome = (status: UploadView): string =>
  (['inserted', 'updated', 'unchanged', 'skipped', 'failed'] as const).map((one) => status[`${one}Rows`]).join('/');

const events = (type: string) =>
  catalog.database.query<{ subject: string; data: Record<string, unknown> }>(
    'SELECT subject, data FROM platform.outbox WHERE type = $1 ORDER BY position',
    [type],
  );

const books = async (query = '') => (await catalog.call('GET', `/books?limit=100&${query}`)).body.items;

/** ISBNs that are right: a prefix, a number, the check digit. */
function isbn(number: number): string {
  const body = `978${String(100_000_000 + number)}`;
  const sum = [...body].reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 1 : 3), 0);
  return body + ((10 - (sum % 10)) % 10);
}

const rowsOf = (count: number, price: string, from = 0): string =>
  Array.from(
    { length: count },
    (_, at) => `Book ${from + at},Author ${(from + at) % 97};Editor,${isbn(from + at)},${price}\n`,
  ).join('');
const HEADER = 'title,author,isbn,price\n';

describe('an import', () => {
  it('keeps the good rows, and tells line, column, value and reason of the bad ones', async () => {
    const status = await upload(
      'Title;Author;ISBN;Price;Publication_Date;shelf\n' +
        '"Emma\nA Novel";Jane Austen;0-385-47454-7;9,99;1815;A1\n' +
        ';Nobody;;1;;\n' +
        'Persuasion;Jane Austen;;-1;1817-13;\n' +
        'Lost;"Un"closed;;1;;\n' +
        'Short;row\n' +
        'Middlemarch;George Eliot;;7.5;1871;B2\n',
    );
    expect(status).toMatchObject({
      status: 'completed',
      totalRows: 6,
      processedRows: 6,
      progress: 1,
      fileName: 'books.csv',
    });
    expect(outcome(status)).toBe('2/0/0/0/4');
    expect(status.errors.map(({ line, column, value }) => [line, column, value])).toEqual([
      [4, 'Title', ''],
      [5, 'Price', '-1'],
      [5, 'Publication_Date', '1817-13'],
      [6, '', ''],
      [7, '', 'Short | row'],
    ]);
    expect(status.errors.every(({ reason }) => reason.length > 10)).toBe(true);
    const [emma] = await books('search=emma');
    expect(emma).toMatchObject({
      title: 'Emma A Novel',
      isbn: '9780385474542',
      price: 9.99,
      publicationDate: '1815',
      version: 1,
      createdBy: SOMEBODY,
      authors: [{ name: 'Jane Austen' }],
    });
    expect((await catalog.call('GET', `/books/${emma.id}`)).body.metadata).toEqual({ shelf: 'A1' });
  });

  it('tells of each book once, and of its own end', async () => {
    const status = await upload('title,author\nEmma,Jane Austen\nEvelina,Frances Burney\n');
    const created = await events('book_created');
    expect(created.map(({ data }) => data.title)).toEqual(['Emma', 'Evelina']);
    const [emma] = await books('search=emma');
    expect(created[0]).toEqual({ subject: `books/${emma.id}`, data: emma });
    expect(await events('books_imported')).toEqual([
      {
        subject: `uploads/${status.uploadId}`,
        data: {
          uploadId: status.uploadId,
          uploadedBy: SOMEBODY,
          fileName: status.fileName,
          status: 'completed',
          insertedRows: 2,
          updatedRows: 0,
          failedRows: 0,
        },
      },
    ]);
  });

  it('of the same file again changes nothing, and tells of no book', async () => {
    const csv =
      'title,author,isbn,genre,language,units,description,note\n' +
      'Emma,Jane Austen;A. Editor,9780385474542,Novel,en,3,"x, y",n1\n' +
      'Evelina,Frances Burney,,,,,,\n' +
      'Beowulf,,,Epic,ang,1,,\n' +
      'Evelina,frances burney,,,,,,other\n';
    expect(outcome(await upload(csv))).toBe('3/0/0/1/0');
    await catalog.database.execute('DELETE FROM platform.outbox');
    const before = await books();
    const again = await upload(csv);
    expect(outcome(again)).toBe('0/0/3/1/0');
    expect(again.warnings).toContainEqual({
      line: 5,
      column: '',
      value: 'Evelina',
      reason: 'The same book as line 3; left out.',
    });
    expect(await books()).toEqual(before);
    expect(await events('book_created')).toEqual([]);
    expect(await events('book_updated')).toEqual([]);
  });

  it('updates what a row says, and leaves what it does not say', async () => {
    await upload('title,author,isbn,price,genre,description,a,b\nEmma,Jane Austen,9780385474542,5,Novel,Long,1,2\n');
    const status = await upload('title,isbn,price,genre,b,c\nEmma,9780385474542,,Classic,3,4\n');
    expect(outcome(status)).toBe('0/1/0/0/0');
    expect(status.warnings).toEqual([]);
    const [emma] = await books();
    expect(emma).toMatchObject({
      price: 5,
      description: 'Long',
      genre: { name: 'Classic' },
      authors: [{ name: 'Jane Austen' }],
      version: 2,
    });
    expect((await catalog.call('GET', `/books/${emma.id}`)).body.metadata).toEqual({ a: '1', b: '3', c: '4' });
    const told = (await events('book_updated')).map(({ data }) => data);
    expect(told).toEqual([{ ...emma, changed: ['genre', 'metadata'] }]);
  });

  it('leaves books alone that are there, when it is told to', async () => {
    await catalog.book({ title: 'Emma', isbn: '9780385474542', price: 5 });
    expect(outcome(await upload('title,isbn,price\nEmma,9780385474542,6\nNew,,1\n', { onExisting: 'skip' }))).toBe(
      '1/0/0/1/0',
    );
    expect((await books('isbn=9780385474542'))[0].price).toBe(5);
  });

  it('finds a book by id, then by ISBN, then by title and first author where there is none', async () => {
    const byId = await catalog.book({ title: 'One', isbn: isbn(1) });
    const byIsbn = await catalog.book({ title: 'Two', isbn: isbn(2) });
    const byTitle = await catalog.book({ title: 'Thrée', authors: ['Ann', 'Bob'] });
    await catalog.book({ title: 'Three', authors: ['Bob'], isbn: isbn(3) });
    const status = await upload(
      `id,title,author,isbn,price\n${byId.id},Uno,,,7\n${newId()},Dos,,${isbn(2)},7\n,three,ANN;Bob,,7\n,Three,Bob,,7\n${byId.id},Again,,,8\n`,
    );
    expect(outcome(status)).toBe('1/3/0/1/0');
    for (const { id } of [byId, byIsbn, byTitle])
      expect((await catalog.call('GET', `/books/${id}`)).body.price).toBe(7);
  });

  it('refuses a row that would give a book the ISBN of another', async () => {
    const one = await catalog.book({ title: 'One', isbn: isbn(1) });
    await catalog.book({ title: 'Two', isbn: isbn(2) });
    const status = await upload(`id,title,isbn\n${one.id},One,${isbn(2)}\n`);
    expect(outcome(status)).toBe('0/0/0/0/1');
    expect(status.errors).toEqual([{ line: 2, column: 'isbn', value: isbn(2), reason: 'Another book has this ISBN.' }]);
  });

  it('takes a mapping, and fails where it names a column that is not there', async () => {
    const good = await upload('name,year\nEmma,1815\n', { mapping: { name: 'title', year: 'publication_year' } });
    expect(outcome(good)).toBe('1/0/0/0/0');
    const bad = await upload('name,year\nEmma,1815\n', { mapping: { titel: 'title' } });
    expect(bad).toMatchObject({ status: 'failed', processedRows: 0, failure: expect.stringContaining('titel') });
  });

  it('of a file that breaks off keeps what came before, and says where', async () => {
    const status = await upload('title\nEmma\n\n"Evelina\nand more\n');
    expect(status).toMatchObject({
      status: 'failed',
      insertedRows: 1,
      totalRows: 1,
      failure: expect.stringContaining('Line 4'),
    });
    expect(await events('books_imported')).toHaveLength(1);
  });

  it('of a file without rows completes', async () => {
    expect(await upload('title,author\n')).toMatchObject({ status: 'completed', totalRows: 0, progress: 1 });
  });

  it('removes its file when it has ended, and the sweep what a crash has left', async () => {
    const done = await upload('title\nEmma\n');
    const waiting = await accept('title\nEvelina\n');
    const [lost, young] = [newId(), newId()];
    const folder = join(dataDir, 'uploads');
    for (const name of [`${lost}.csv`, `${lost}.csv.part`, `${young}.csv.part`])
      await writeFile(join(folder, name), 'title\n');
    for (const name of [`${lost}.csv`, `${lost}.csv.part`, `${waiting}.csv`]) await utimes(join(folder, name), 0, 0);
    await new ImportSweep(catalog.app.get(Uploads), catalog.app.get(UploadFiles), catalog.app.get(Settings)).run(never);
    expect(done.status).toBe('completed');
    expect((await readdir(folder)).sort()).toEqual([`${waiting}.csv`, `${young}.csv.part`].sort());
    expect(await catalog.database.query('SELECT FROM catalog.upload_books')).toEqual([]);
    await rm(join(folder, `${waiting}.csv`));
    await jobs.work(never);
    expect(await statusOf(waiting)).toMatchObject({
      status: 'failed',
      failure: expect.stringContaining('no longer there'),
    });
  });
});

describe('the copies of an import', () => {
  const units = async (title: string) => {
    const [book] = await books(`search=${title}`);
    const { body } = await catalog.call('GET', `/books/${book.id}/availability`);
    const libraries = body.libraries as { library: { name: string }; units: number }[];
    return Object.fromEntries(libraries.map(({ library, units: count }) => [library.name, count]));
  };

  beforeAll(async () => {
    const names = ['East', 'West'];
    for (const name of names) await catalog.call('POST', '/libraries', { as: 'admin', body: { name } });
  });

  it('go to the library that is named, or to the default one', async () => {
    const status = await upload('title,units,library\nEmma,2,\nEvelina,3,east\nLost,1,Nowhere\n');
    expect(outcome(status)).toBe('2/0/0/0/1');
    expect(status.errors).toEqual([
      { line: 4, column: 'library', value: 'Nowhere', reason: 'There is no such library.' },
    ]);
    expect([await units('emma'), await units('evelina')]).toEqual([{ 'Main Library': 2 }, { East: 3 }]);
    const [emma] = await books('search=emma');
    expect((await events('book_created'))[0]!.data).toEqual(emma);
  });

  it('as holdings are the complete list', async () => {
    await upload('title,units,library\nEmma,2,West\n');
    const status = await upload('title,holdings\nEmma,"{""East"": 1, ""Main Library"": 4}"\n');
    expect(outcome(status)).toBe('0/1/0/0/0');
    expect(await units('emma')).toEqual({ East: 1, 'Main Library': 4 });
    expect((await events('book_updated')).at(-1)!.data.changed).toEqual(['units', 'holdings']);
  });

  it('serve the queue when there are more of them and somebody waits', async () => {
    await upload('title,units\nEmma,1\nEvelina,1\nElsinore,1\n');
    const [emma] = await books('search=emma');
    const waiting = `UPDATE inventory.titles SET waiting = 1 WHERE book_id IN (SELECT id FROM catalog.books WHERE title <> 'Elsinore')`;
    await catalog.database.execute(waiting);
    const served = jest.spyOn(catalog.app.get(WaitingReaders), 'serve');
    await upload('title,units\nElsinore,3\nEmma,3\nEvelina,1\n');
    expect(served.mock.calls).toEqual([[emma.id]]);
  });

  it('are set with the same number of statements for two books as for two hundred', async () => {
    const holdings = (count: number, units: number) =>
      `title,holdings\n${Array.from({ length: count }, (_, i) => `Book ${i},"{""East"": ${units}, ""West"": ${units}}"\n`).join('')}`;
    const statements = async (csv: string, expected: string) => {
      const asked = jest.spyOn(Client.prototype, 'query');
      const status = await upload(csv);
      const texts = asked.mock.calls.map(([query]) =>
        typeof query === 'string' ? query : (query as { text: string }).text,
      );
      asked.mockRestore();
      expect(outcome(status)).toBe(expected);
      return texts.filter((text) => /inventory\.(titles|holdings|libraries)/.test(text)).length;
    };
    expect(await statements(holdings(200, 1), '200/0/0/0/0')).toBeLessThanOrEqual(
      await statements(holdings(2, 2), '0/2/0/0/0'),
    );
    expect(await statements(holdings(200, 3), '0/200/0/0/0')).toBe(await statements(holdings(2, 4), '0/2/0/0/0'));
  });

  it('cannot be fewer than are reserved: that row fails, the others are kept', async () => {
    await upload('title,units\nEmma,3\nEvelina,1\n');
    const [emma] = await books('search=emma');
    await catalog.database.execute('UPDATE inventory.holdings SET reserved = 2 WHERE book_id = $1', [emma.id]);
    const status = await upload('title,units,price\nEmma,1,5\nEvelina,4,5\nEmma,2,6\n');
    expect(outcome(status)).toBe('0/2/0/0/1');
    expect(status.errors).toEqual([
      { line: 2, column: 'units', value: '1', reason: '2 are reserved at Main Library.' },
    ]);
    expect([await units('emma'), await units('evelina')]).toEqual([{ 'Main Library': 2 }, { 'Main Library': 4 }]);
    expect((await books('search=emma'))[0].price).toBe(6);
  });

  it('that cannot be are found for all rows of a chunk at once', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `Book ${i}`);
    await upload(`title,units\n${names.map((name) => `${name},3\n`).join('')}`);
    await catalog.database.execute('UPDATE inventory.holdings SET reserved = 1');
    const attempts = jest.spyOn(catalog.app.get(BookImport), 'write');
    const status = await upload(`title,units\n${names.map((name) => `${name},0\n`).join('')}`);
    expect(outcome(status)).toBe('0/0/0/0/20');
    expect(status.errors[7]).toEqual({
      line: 9,
      column: 'units',
      value: '0',
      reason: '1 is reserved at Main Library.',
    });
    expect(attempts).toHaveBeenCalledTimes(2);
  });

  it('that cannot be are known to a dry run as well', async () => {
    await upload('title,units\nEmma,3\n');
    await catalog.database.execute('UPDATE inventory.holdings SET reserved = 2');
    const dry = await upload('title,units\nEmma,1\nEvelina,1\n', { dryRun: true });
    expect([outcome(dry), dry.errors[0]?.reason]).toEqual(['1/0/0/0/1', '2 are reserved at Main Library.']);
    expect(await units('emma')).toEqual({ 'Main Library': 3 });
  });

  it('that are reserved between the look and the lock are not taken away', async () => {
    await upload('title,units\nEmma,3\n');
    const [emma] = await books('search=emma');
    const copies = catalog.app.get(WantedCopies);
    const present = copies.present.bind(copies);
    jest.spyOn(copies, 'present').mockImplementationOnce(async (...rows) => {
      const found = await present(...rows);
      const reserving = 'UPDATE inventory.holdings SET reserved = 2 WHERE book_id = $1';
      await outside(() => catalog.database.execute(reserving, [emma.id]));
      return found;
    });
    const status = await upload('title,units\nEmma,1\nEvelina,1\n');
    expect(outcome(status)).toBe('1/0/0/0/1');
    expect(await units('emma')).toEqual({ 'Main Library': 3 });
  });
});

describe('a dry run', () => {
  it('counts what a run does, across chunks, and changes nothing', async () => {
    await catalog.book({ title: 'Book 3', isbn: isbn(3), price: 1 });
    const csv = `${HEADER}${rowsOf(700, '2')}${rowsOf(3, '3', 2)}No Isbn,Ann,,1\nno isbn,Ann,,1\n,,,\nBad,,,-1\n`;
    const before = await books();
    const dry = await upload(csv, { dryRun: true });
    expect(dry).toMatchObject({ dryRun: true, status: 'completed', totalRows: 707 });
    expect(await books()).toEqual(before);
    expect(await catalog.database.query('SELECT type FROM platform.outbox')).toEqual([{ type: 'book_created' }]);
    expect(await catalog.database.query("SELECT FROM catalog.authors WHERE name = 'Author 5'")).toEqual([]);
    const real = await upload(csv);
    expect(outcome(dry)).toBe('700/1/0/4/2');
    expect(outcome(real)).toBe(outcome(dry));
    expect(real.errors).toEqual(dry.errors);
  });
});

describe('an import that is interrupted', () => {
  const CSV = `${HEADER}${rowsOf(1800, '2')}`;

  async function expectWhole(id: string): Promise<void> {
    const status = await statusOf(id);
    expect(status).toMatchObject({ status: 'completed', totalRows: 1800 });
    expect(outcome(status)).toBe('1800/0/0/0/0');
    const { count } = await catalog.database.one<{ count: number }>('SELECT count(*)::int AS count FROM catalog.books');
    expect(count).toBe(1800);
    expect(await events('book_created')).toHaveLength(1800);
    expect(await events('books_imported')).toHaveLength(1);
  }

  /** What happens when the nth chunk of this process is about to be written. */
  function atChunk(n: number, happening: () => unknown): void {
    const books = catalog.app.get(BookImport);
    const write = books.write.bind(books);
    let chunks = 0;
    jest.spyOn(books, 'write').mockImplementation(async (...rows) => {
      const written = await write(...rows);
      if (++chunks === n) await happening();
      return written;
    });
  }

  it('by a shutdown goes on where it was, at once', async () => {
    const id = await accept(CSV);
    const stop = new AbortController();
    atChunk(2, async () => {
      await eventually(async () => expect((await outside(() => statusOf(id))).totalRows).toBe(1800));
      stop.abort();
    });
    await jobs.work(stop.signal);
    expect(await statusOf(id)).toMatchObject({ status: 'processing', processedRows: 1000, progress: 0.5556 });
    await jobs.work(never);
    await expectWhole(id);
  });

  it('by the death of its worker goes on when the lease is over, and counts no row twice', async () => {
    const id = await accept(CSV);
    const uploads = catalog.app.get(Uploads);
    jest.spyOn(uploads, 'release').mockResolvedValue();
    atChunk(3, () => {
      throw new Error('killed');
    });
    await jobs.work(never);
    expect(await statusOf(id)).toMatchObject({ status: 'processing', processedRows: 1000 });
    await jobs.work(never);
    expect(await statusOf(id)).toMatchObject({ status: 'processing', processedRows: 1000 });
    await catalog.database.execute("UPDATE catalog.uploads SET lease_until = now() - interval '1 second'");
    await jobs.work(never);
    await expectWhole(id);
  });

  it('commits nothing more in the hands of a worker whose lease was taken', async () => {
    const id = await accept(CSV);
    const uploads = catalog.app.get(Uploads);
    const slow = await uploads.claim(newId());
    await catalog.database.execute("UPDATE catalog.uploads SET lease_until = now() - interval '1 second'");
    const quick = await uploads.claim(newId());
    if (!slow || !quick) throw new Error('nothing to claim');
    const work = catalog.app.get(ImportUpload);
    await expect(work.run({ ...slow, totalRows: 1800 }, never)).rejects.toThrow(LeaseLost);
    await expect(uploads.renew(slow)).rejects.toThrow(LeaseLost);
    expect(await statusOf(id)).toMatchObject({ processedRows: 0 });
    expect(await books()).toEqual([]);
    await work.run(quick, never);
    await expectWhole(id);
    await expect(work.run(quick, never)).rejects.toThrow(LeaseLost);
    await expectWhole(id);
  });

  it('by a fault of ours tries again, and in the end says so', async () => {
    const id = await accept(CSV);
    const write = jest.spyOn(catalog.app.get(BookImport), 'write').mockRejectedValue(new Error('a fault'));
    for (let tries = 0; tries < 10; tries++) {
      await jobs.work(never);
      await catalog.database.execute("UPDATE catalog.uploads SET lease_until = now() - interval '1 second'");
    }
    expect(write).toHaveBeenCalledTimes(6);
    expect(await statusOf(id)).toMatchObject({
      status: 'failed',
      processedRows: 0,
      failure: expect.stringContaining('fault'),
    });
  });

  it('by its uploader keeps what was committed, and the file goes', async () => {
    const id = await accept(CSV);
    let goOn: () => void = () => undefined;
    const isUnderWay = new Promise<void>((begin) => {
      atChunk(2, () => new Promise<void>((resume) => ((goOn = resume), begin())));
    });
    const working = jobs.work(never);
    await isUnderWay;
    const cancelled = await catalog.call('DELETE', `/books/upload/${id}`, { as: 'editor' });
    expect([cancelled.status, cancelled.body.status]).toEqual([200, 'cancelled']);
    goOn();
    await working;
    expect(await statusOf(id)).toMatchObject({ status: 'cancelled', processedRows: 500, insertedRows: 500 });
    expect(await events('book_created')).toHaveLength(500);
    expect((await events('books_imported'))[0]!.data).toMatchObject({ insertedRows: 500 });
    expect(await readdir(join(dataDir, 'uploads'))).not.toContain(`${id}.csv`);
    const again = await catalog.call('DELETE', `/books/upload/${id}`, { as: 'editor' });
    expect([again.status, again.body.type]).toEqual([409, '/problems/upload-ended']);
  });

  it('by its uploader before it began imports nothing and tells nobody', async () => {
    const id = await accept(CSV);
    await catalog.call('DELETE', `/books/upload/${id}`, { as: 'editor' });
    await jobs.work(never);
    expect(await statusOf(id)).toMatchObject({ status: 'cancelled', processedRows: 0, startedAt: null });
    expect(await events('books_imported')).toEqual([]);
  });
});

describe('two imports at once', () => {
  it('of the same books, each in its own order, double none and wait for each other in no circle', async () => {
    const one = rowsOf(1500, '2');
    const other = one.split('\n').slice(0, -1).reverse().join('\n').replaceAll(',2', ',3');
    const ids = [await accept(HEADER + one), await accept(HEADER + other)];
    await Promise.all([jobs.work(never), jobs.work(never)]);
    const statuses = await Promise.all(ids.map(statusOf));
    expect(statuses).toMatchObject(ids.map(() => ({ status: 'completed', processedRows: 1500, failedRows: 0 })));
    const sum = (count: 'insertedRows' | 'updatedRows') => statuses.reduce((total, status) => total + status[count], 0);
    expect([sum('insertedRows'), (await events('book_created')).length]).toEqual([1500, 1500]);
    expect(await events('book_updated')).toHaveLength(sum('updatedRows'));
  });

  it('of the copies of the same books, each in its own order, come after each other whole', async () => {
    const titles = Array.from({ length: 900 }, (_, i) => `Book ${i}`);
    const csv = (list: readonly string[], at: string, units: number) =>
      `title,holdings\n${list.map((title) => `${title},"{""${at}"": ${units}}"\n`).join('')}`;
    await upload(csv(titles, 'East', 1));
    const ids = [await accept(csv(titles, 'East', 2)), await accept(csv(titles.toReversed(), 'West', 3))];
    await Promise.all([jobs.work(never), jobs.work(never)]);
    expect((await Promise.all(ids.map(statusOf))).map(outcome)).toEqual(['0/900/0/0/0', '0/900/0/0/0']);
    const holdings = await catalog.database.query(
      'SELECT l.name, h.units, count(*)::int AS titles FROM inventory.holdings h JOIN inventory.libraries l ON l.id = h.library_id GROUP BY 1, 2',
    );
    expect(holdings.reduce((sum, { titles: count }) => sum + Number(count), 0)).toBe(900);
    for (const { name, units } of holdings) expect([name, units]).toEqual(name === 'East' ? ['East', 2] : ['West', 3]);
    expect(await events('book_updated')).toHaveLength(1800);
  });

  it('with an editor who takes an ISBN in between update his book', async () => {
    const id = await accept(`title,isbn,price\nEmma,${isbn(1)},7\n`);
    const matching = catalog.app.get(RowMatching);
    const of = matching.of.bind(matching);
    jest.spyOn(matching, 'of').mockImplementationOnce(async (...rows) => {
      const matches = await of(...rows);
      await outside(() => catalog.book({ title: 'Emma', isbn: isbn(1), price: 1 }));
      return matches;
    });
    await jobs.work(never);
    expect(outcome(await statusOf(id))).toBe('0/1/0/0/0');
  });

  it('with a dry run beside it that knows which ISBN an earlier row sets free', async () => {
    const { id } = await catalog.book({ title: 'Emma', isbn: isbn(1) });
    const filler = Array.from({ length: 499 }, (_, at) => `,Filler ${at},\n`).join('');
    const csv = `id,title,isbn\n${id},Emma,${isbn(2)}\n${filler},Late,${isbn(1)}\n`;
    const dry = await upload(csv, { dryRun: true });
    expect([outcome(dry), outcome(await upload(csv))]).toEqual(['500/1/0/0/0', '500/1/0/0/0']);
  });
});

describe('the goodbooks catalogue', () => {
  const path = process.env.GOODBOOKS_CSV ?? findUpwards('shared/data/goodbooks/books.csv');
  const itWithFile = path ? it : it.skip;
  const mapping = { original_publication_year: 'publication_year', language_code: 'language' };

  itWithFile(
    `comes in whole and quickly${path ? '' : ' (skipped: the file is not here, GOODBOOKS_CSV names it)'}`,
    async () => {
      const csv = await readFile(path ?? '');
      const from = Date.now();
      const first = await upload(csv, { mapping });
      const seconds = (Date.now() - from) / 1000;
      expect(first).toMatchObject({ status: 'completed', totalRows: 10_000, failedRows: 0, warnedRows: 10_000 });
      expect([first.errors.length, first.warnings.length]).toEqual([0, 100]);
      expect(await events('book_created')).toHaveLength(first.insertedRows);
      const again = await upload(csv, { mapping });
      expect(outcome(again)).toBe(`0/0/${10_000 - first.skippedRows}/${first.skippedRows}/0`);
      expect(seconds).toBeLessThan(60);
      if (process.env.SHOW_TIMES)
        process.stderr.write(`goodbooks: ${seconds} s, ${outcome(first)}, all ${(Date.now() - from) / 1000} s\n`);
    },
  );
});

function findUpwards(relative: string): string | undefined {
  for (let folder = resolve('.'); ; folder = dirname(folder)) {
    if (existsSync(join(folder, relative))) return join(folder, relative);
    if (folder === dirname(folder)) return undefined;
  }
}
