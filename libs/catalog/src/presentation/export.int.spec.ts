import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Clock } from '@holdfast/platform';
import { eventually } from '@holdfast/platform/testing';
import { anyBook, type AnyBook } from '../../testing/any-book.js';
import { catalogApp, type CatalogApp, SOMEBODY } from '../../testing/catalog-app.js';
import { importBooks } from '../../testing/imports.js';
import { BookMetadata } from '../application/book-metadata.js';
import { ExportBooksHandler } from '../application/export-books.js';

jest.setTimeout(120_000);

let catalog: CatalogApp;
let other: CatalogApp;
let dataDir: string;
const LIBRARIES = ['East', "=West;|'", 'Zoë, "Ünder" 💀'];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'holdfast-export-'));
  [catalog, other] = await Promise.all([
    catalogApp({ HOLDFAST_DATA_DIR: join(dataDir, 'one') }),
    catalogApp({ HOLDFAST_DATA_DIR: join(dataDir, 'other') }),
  ]);
  await catalog.app.listen(0, '127.0.0.1');
  for (const one of [catalog, other])
    for (const name of LIBRARIES) await one.call('POST', '/libraries', { as: 'admin', body: { name } });
});
beforeEach(() => Promise.all([empty(catalog), empty(other)]));
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
  await Promise.all([catalog.close(), other.close()]);
  await rm(dataDir, { recursive: true, force: true });
});

const EMPTIED = ['catalog.uploads', 'catalog.books', 'catalog.book_metadata', 'inventory.titles', 'platform.outbox'];

async function empty({ database }: CatalogApp): Promise<void> {
  for (const table of EMPTIED) await database.execute(`DELETE FROM ${table}`);
}

const authorization = `Bearer editor.${SOMEBODY}`;

async function exported({ app }: CatalogApp = catalog, method: 'GET' | 'HEAD' = 'GET') {
  const answer = await app.inject({ method, url: '/api/books/export.csv', headers: { authorization } });
  return { ...answer, status: answer.statusCode, body: answer.body, headers: answer.headers };
}

/** Plain books by SQL: faster than the API by far. */
const fill = async (count: number, titleLength = 10): Promise<void> => {
  await catalog.database.execute(
    `INSERT INTO catalog.books (id, title, price_cents, search_text)
     SELECT ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, lpad('Book ' || n, $2::int, 'x'), n, ''
       FROM generate_series(1, $1::int) AS n`,
    [count, titleLength],
  );
};

const outcome = ({ insertedRows, updatedRows, unchangedRows, skippedRows, failedRows, warnedRows }: any): string =>
  [insertedRows, updatedRows, unchangedRows, skippedRows, failedRows, warnedRows].join('/');

const bookEvents = ({ database }: CatalogApp) =>
  database.query("SELECT type, data FROM platform.outbox WHERE type <> 'books_imported'");

/** The records without their ids, in an order that ids do not decide. */
const withoutIds = (csv: string): string[] =>
  csv
    .split(/\r\n(?=[0-9a-f-]{36},|$)/)
    .map((record) => record.replace(/^[0-9a-f-]{36}/, ''))
    .sort();

describe('an export', () => {
  it('is a file to download, named after the day', async () => {
    jest.spyOn(catalog.app.get(Clock), 'now').mockReturnValue(new Date('2026-11-22T23:59:59Z'));
    await catalog.book({ title: 'Emma', price: 9.5, metadata: { publisher: 'Ace' } });
    for (const method of ['GET', 'HEAD'] as const) {
      const { status, headers, body } = await exported(catalog, method);
      expect([status, headers['content-type'], headers['content-disposition']]).toEqual([
        200,
        'text/csv; charset=utf-8',
        'attachment; filename="books-2026-11-22.csv"',
      ]);
      expect(headers['content-length']).toBeUndefined();
      expect(body.split('\r\n').length).toBe(method === 'GET' ? 3 : 1);
    }
  });

  it('of nothing is a header', async () => {
    expect((await exported()).body).toBe(
      'id,title,authors,isbn,price,publication_date,genre,language,description,holdings,metadata\r\n',
    );
  });

  it('is for editors and admins', async () => {
    for (const as of ['customer', 'author', 'librarian'])
      expect((await catalog.call('GET', '/books/export.csv', { as })).status).toBe(403);
    expect((await catalog.call('GET', '/books/export.csv')).status).toBe(401);
  });

  it('for HEAD reads no book', async () => {
    const query = jest.spyOn(catalog.database, 'query');
    expect((await exported(catalog, 'HEAD')).status).toBe(200);
    expect(query).not.toHaveBeenCalled();
  });

  it('has every book once, whatever their number, in the order of the ids', async () => {
    await fill(1001);
    const records = (await exported()).body.split('\r\n').slice(1, -1);
    expect(records.map((record) => record.split(',')[4])).toEqual(
      Array.from({ length: 1001 }, (_, place) => ((place + 1) / 100).toFixed(2)),
    );
  });

  it('leaves out what is made while it runs, and says of a key that comes late under metadata', async () => {
    await fill(201);
    const metadata = catalog.app.get(BookMetadata);
    const readMany = metadata.readMany.bind(metadata);
    let batches = 0;
    jest.spyOn(metadata, 'readMany').mockImplementation(async (ids, withinMs) => {
      // The third is the first batch of the second round, when the columns are known.
      if (withinMs !== undefined && ++batches === 3) {
        await catalog.book({ title: 'Too late' });
        const last = '/books/01900000-0000-7000-8000-000000000201';
        await catalog.call('PATCH', last, { as: 'editor', body: { metadata: { late: '1' } } });
      }
      return readMany(ids, withinMs);
    });
    const records = (await exported()).body.split('\r\n').slice(1, -1);
    expect([batches, records.length]).toEqual([4, 201]);
    expect(records.at(-1)).toMatch(/,"\{""late"":""1""\}"$/);
  });

  it('has at most 500 columns of metadata, and all other keys in one', async () => {
    const keys = Array.from({ length: 500 }, (_, place) => `k${String(place).padStart(3, '0')}`);
    await catalog.book({ title: 'Wide', metadata: Object.fromEntries(keys.map((key) => [key, key])) });
    await catalog.book({ title: 'Wider', metadata: { k000: 1, k500: 2 } });
    const { body } = await exported();
    const [header, , wider] = body.split('\r\n');
    expect(header!.split(',').slice(10)).toEqual([...keys.map((key) => `metadata.${key}`), 'metadata']);
    expect(wider).toMatch(/,1,+"\{""k500"":2\}"$/);
    expect(outcome(await importBooks(catalog, body))).toBe('0/0/2/0/0/0');
  });
});

describe('an export over a connection', () => {
  const answers: IncomingMessage[] = [];
  afterEach(() => {
    for (const answer of answers.splice(0)) answer.destroy();
  });
  const open = async (): Promise<IncomingMessage> => {
    const { port } = catalog.app.getHttpServer().address() as { port: number };
    const request = get({ port, path: '/api/books/export.csv', headers: { authorization }, agent: false });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    answers.push(answer.on('error', () => undefined));
    return answer;
  };
  const batches = () => jest.spyOn(catalog.app.get(BookMetadata), 'readMany');
  const connections = () => catalog.database.pool.totalCount - catalog.database.pool.idleCount;
  /** Until nothing moves any more: the socket is full. The number of batches that were read. */
  async function stalled(readMany: jest.SpyInstance): Promise<number> {
    let before = -1;
    let polls = 0;
    await eventually(() => {
      const now = readMany.mock.calls.length;
      polls = now === before && now > 0 && connections() === 0 ? polls + 1 : 0;
      before = now;
      expect(polls).toBe(10);
    });
    return before;
  }
  const MANY = 40_000;

  it('reads no faster than the client takes it, and holds no connection meanwhile', async () => {
    await fill(MANY, 500);
    const readMany = batches();
    const response = await open();
    const read = await stalled(readMany);
    expect(read).toBeLessThan((2 * MANY) / 200);
    let bytes = 0;
    for await (const piece of response) bytes += (piece as Buffer).length;
    expect(bytes).toBeGreaterThan(MANY * 500);
    expect(readMany).toHaveBeenCalledTimes((2 * MANY) / 200);
  });

  it('that the client leaves is given up', async () => {
    await fill(MANY, 500);
    const readMany = batches();
    const execute = jest.spyOn(catalog.app.get(ExportBooksHandler), 'execute');
    const response = await open();
    await stalled(readMany);
    const pieces = (await execute.mock.results[0]!.value) as AsyncGenerator<string>;
    const giveUp = jest.spyOn(pieces, 'return');
    response.destroy();
    await eventually(() => expect(giveUp).toHaveBeenCalled());
    expect(await pieces.next()).toEqual({ done: true, value: undefined });
    expect(readMany.mock.calls.length).toBeLessThan((2 * MANY) / 200);
  });

  it('that the client leaves before its first byte is not begun', async () => {
    await fill(1000);
    const readMany = batches();
    const execute = jest.spyOn(catalog.app.get(ExportBooksHandler), 'execute');
    const { port } = catalog.app.getHttpServer().address() as { port: number };
    const request = get({ port, path: '/api/books/export.csv', headers: { authorization }, agent: false });
    request.on('error', () => undefined);
    readMany.mockImplementationOnce(async () => {
      request.destroy();
      await eventually(async () => expect(await serverSockets()).toBe(0));
      return new Map();
    });
    await eventually(() => expect(execute).toHaveBeenCalled());
    await expect(execute.mock.results[0]!.value).rejects.toThrow('aborted');
    expect(readMany).toHaveBeenCalledTimes(1);
  });

  it('whose client takes nothing for a minute is cut', async () => {
    await fill(MANY, 500);
    const sockets: Socket[] = [];
    catalog.app.getHttpServer().once('connection', (socket: Socket) => sockets.push(socket));
    const readMany = batches();
    const response = await open();
    await stalled(readMany);
    expect(sockets[0]!.timeout).toBe(60_000);
    sockets[0]!.setTimeout(50);
    await eventually(async () => expect(await serverSockets()).toBe(0));
    await expect(drain(response)).rejects.toThrow('aborted');
  });

  it('that cannot be read to its end is cut off, not ended', async () => {
    await fill(1000);
    batches().mockImplementation((ids) =>
      ids.includes('01900000-0000-7000-8000-000000000700') && readsBooks
        ? Promise.reject(new Error('gone'))
        : Promise.resolve(new Map()),
    );
    let readsBooks = false;
    const query = catalog.database.query.bind(catalog.database);
    jest.spyOn(catalog.database, 'query').mockImplementation((sql: string, values?: readonly unknown[]) => {
      readsBooks ||= sql.includes('AS holdings');
      return query(sql, values);
    });
    const response = await open();
    expect(response.statusCode).toBe(200);
    await expect(drain(response)).rejects.toThrow('aborted');
    expect(response.complete).toBe(false);
  });

  it('that cannot be begun is a problem document', async () => {
    await fill(1);
    batches().mockRejectedValue(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));
    const { status, headers } = await exported();
    expect([status, headers['content-type']]).toEqual([503, 'application/problem+json; charset=utf-8']);
    expect(headers['content-disposition']).toBeUndefined();
  });

  const serverSockets = (): Promise<number> =>
    new Promise((resolve, reject) =>
      catalog.app.getHttpServer().getConnections((error: Error | null, count: number) => {
        if (error) reject(error);
        else resolve(count);
      }),
    );
  async function drain(response: IncomingMessage): Promise<void> {
    for await (const _ of response) void _;
  }
});

describe('an export that is imported', () => {
  async function shelve(books: readonly AnyBook[], seed = 0): Promise<void> {
    const isbns = new Set<string | null>([null]);
    for (const [place, book] of books.entries()) {
      const isTaken = isbns.has(book.isbn);
      isbns.add(book.isbn);
      const holdings = LIBRARIES.slice(0, (place + seed) % 4).map((library, units) => ({ library, units }));
      const answer = await catalog.call('POST', '/books', {
        as: 'editor',
        body: { ...book, isbn: isTaken ? null : book.isbn, holdings },
      });
      expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
    }
    await catalog.database.execute('DELETE FROM platform.outbox');
  }

  async function expectRoundTrip(count: number): Promise<void> {
    const { body } = await exported();
    const same = await importBooks(catalog, body);
    expect([outcome(same), same.errors, same.warnings]).toEqual([`0/0/${count}/0/0/0`, [], []]);
    expect(await bookEvents(catalog)).toEqual([]);
    expect((await exported()).body).toBe(body);

    const fresh = await importBooks(other, body);
    expect([outcome(fresh), fresh.errors, fresh.warnings]).toEqual([`${count}/0/0/0/0/0`, [], []]);
    expect(withoutIds((await exported(other)).body)).toEqual(withoutIds(body));
  }

  it('changes nothing, tells of no book, and makes the same books elsewhere', async () => {
    await catalog.book({
      title: '=1+1',
      authors: ['Tolkien, J.R.R.'],
      price: 9_999_999.99,
      publicationDate: '-0750-03',
      genre: '@home',
      language: 'en-GB',
      description: '  - a\r\n- "b"  ',
      holdings: LIBRARIES.map((library, units) => ({ library, units })),
      metadata: { '=k': "'=v", 'k ': null, K: [1, { a: '\u0085' }], k: '', n: 1e-7, t: 'true', 'a;b': 'x\ny' },
    });
    await catalog.book({ title: "'=1", authors: ['A;B', 'C|D', 'E &amp'], isbn: '9780061054884', metadata: { k: -5 } });
    await catalog.database.execute('DELETE FROM platform.outbox');
    await expectRoundTrip(2);
  });

  it('keeps books of the same title and author apart, also across the chunks of an import', async () => {
    await fill(700);
    await catalog.database.execute("UPDATE catalog.books SET title = 'Selected Poems' WHERE price_cents % 100 = 1");
    await catalog.database.execute(
      "UPDATE catalog.books SET search_text = catalog.search_text(title, isbn, '{}'), created_by = $1",
      [SOMEBODY],
    );
    await catalog.database.execute('INSERT INTO inventory.titles (book_id) SELECT id FROM catalog.books');
    await expectRoundTrip(700);
    const again = await importBooks(other, (await exported()).body);
    expect(outcome(again)).toBe('0/0/700/0/0/0');
  });

  it('changes nothing, whatever the books are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyBook, { minLength: 1, maxLength: 20 }), fc.nat(3), async (books, seed) => {
        await Promise.all([empty(catalog), empty(other)]);
        await shelve(books, seed);
        await expectRoundTrip(books.length);
      }),
      { numRuns: 30 },
    );
  });
});
