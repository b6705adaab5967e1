import { describeWith, eventually, type FreshDatabase, freshDatabase } from '@holdfast/platform/testing';
import { testUrl } from '@holdfast/platform/testing';
import type { Program } from '../e2e/support/program.js';
import { ImportGate } from './support/import-gate.js';
import { ImportHouse } from './support/import-house.js';
import { catalogue, expectTrue, isbn, whole } from './support/import-ledger.js';
import { Chance } from './support/chance.js';

jest.setTimeout(180_000);

describeWith('rabbitmq', 'Imports', () => {
  describeWith('redis', 'that meet others', () => {
    let database: FreshDatabase;
    let house: ImportHouse;
    let gate: ImportGate;
    const workers: Program[] = [];
    let series = 500;

    beforeAll(async () => {
      database = await freshDatabase();
      house = await ImportHouse.open(testUrl('redis'), database.url);
      gate = await ImportGate.build(database.url);
      workers.push(await house.startWorker(), await house.startWorker());
    });
    beforeEach(() => series++);
    afterEach(async () => {
      await gate?.letPass();
    });
    afterAll(async () => {
      await gate?.remove();
      await house?.close();
      await database?.drop();
    });

    describe('two at once, on two workers', () => {
      const BOOKS = 1500;
      const chance = Chance.seeded();

      /** One line for each book, with an ISBN where `hasIsbn` says so. In any order, all with one price. */
      const shuffled = (hasIsbn: (n: number) => boolean, price: number): string => {
        const lines = Array.from({ length: BOOKS }, (_, n) => {
          const number = hasIsbn(n) ? isbn(series * 100_000 + n) : '';
          const headings = `Author ${n % 13};Author ${n % 7},Genre ${n % 11}`;
          return `Series ${series} Book ${n},${headings},${number},${price},${price},Shared`;
        });
        return `title,author,genre,isbn,price,units,shelf\n${chance.shuffle(lines).join('\n')}\n`;
      };

      const areAtWork = (ids: string[]): Promise<void> =>
        eventually(async () => {
          const atWork = await Promise.all(ids.map((id) => house.read(id)));
          expect(atWork.map(({ status }) => status)).toEqual(ids.map(() => 'processing'));
        }, 20_000);

      const rounds: [string, (n: number) => boolean][] = [
        ['with ISBN', () => true],
        ['without ISBN', () => false],
        ['with ISBN and without', (n) => n % 2 === 0],
      ];
      it.each(rounds)(
        `of the same books %s, in two orders, make each once (${chance.name})`,
        async (_what, hasIsbn) => {
          await gate.closeAt('write');
          const ids = await Promise.all([house.upload(shuffled(hasIsbn, 1)), house.upload(shuffled(hasIsbn, 2))]);
          await areAtWork(ids);
          await gate.letPass();
          const ends = await Promise.all(ids.map((id) => house.ended(id)));
          expect(ends).toMatchObject(
            ids.map(() => ({ status: 'completed', processedRows: BOOKS, failedRows: 0, skippedRows: 0 })),
          );
          const sum = (count: string): number => ends.reduce((total, end) => total + (end[count] as number), 0);
          const [found] = await house.query(
            `WITH books AS (SELECT id, title, version FROM catalog.books WHERE title LIKE 'Series ' || $1 || ' Book %'),
                told AS (SELECT type FROM platform.outbox o JOIN books b ON o.subject = 'books/' || b.id)
           SELECT (SELECT count(*)::int FROM books) AS books,
                  (SELECT count(DISTINCT title)::int FROM books) AS titles,
                  (SELECT sum(version - 1)::int FROM books) AS changes,
                  (SELECT count(*)::int FROM told WHERE type = 'book_created') AS created,
                  (SELECT count(*)::int FROM told WHERE type = 'book_updated') AS updated,
                  (SELECT count(*)::int FROM catalog.authors) AS authors,
                  (SELECT count(*)::int FROM catalog.genres) AS genres`,
            [series],
          );
          const changes = sum('updatedRows');
          expect({ ...found, inserted: sum('insertedRows') }).toEqual({
            ...{ books: BOOKS, titles: BOOKS, created: BOOKS, inserted: BOOKS },
            ...{ updated: changes, changes, authors: 13, genres: 11 },
          });
        },
      );

      it('never wait for each other in a circle', async () => {
        const [{ deadlocks } = { deadlocks: -1 }] = await house.query<{ deadlocks: number }>(
          'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
        );
        expect(deadlocks).toBe(0);
      });
    });
  });
});
