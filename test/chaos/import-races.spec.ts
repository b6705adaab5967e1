import { describeWith, eventually, type FreshDatabase, freshDatabase, testUrl } from '@holdfast/platform/testing';
import type { Program } from '../e2e/support/program.js';
import { ImportGate, type Stage } from './support/import-gate.js';
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

    const areAtWork = (ids: string[]): Promise<void> =>
      eventually(async () => {
        const atWork = await Promise.all(ids.map((id) => house.read(id)));
        expect(atWork.map(({ status }) => status)).toEqual(ids.map(() => 'processing'));
      }, 20_000);
    const leaseOf = async (id: string): Promise<string | null> =>
      (await house.query<{ lease: string | null }>('SELECT lease FROM catalog.uploads WHERE id = $1', [id]))[0]
        ?.lease ?? null;

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

    it('with editors who change the same books, lose no change of theirs, and theirs none of it', async () => {
      const BOOKS = 800;
      const file = (price: number): string =>
        `title,isbn,price\n${Array.from({ length: BOOKS }, (_, n) => `Series ${series} Book ${n},${isbn(series * 100_000 + n)},${price}\n`).join('')}`;
      await house.ended(await house.upload(file(1)));
      const books = await house.query<{ id: string }>('SELECT id FROM catalog.books WHERE title LIKE $1', [
        `Series ${series} Book %`,
      ]);
      const said = new Map<string, string>();
      const statuses = new Map<number, number>();
      let isOver = false;
      const editing = [0, 1, 2].map(async (editor) => {
        for (let n = editor; !isOver || n < BOOKS; n += 3) {
          const id = books[(n * 7) % BOOKS]?.id ?? '';
          const description = `Said by ${editor} at ${n}`;
          const { status } = await house.admin.patch(`/api/books/${id}`, { description });
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (status === 200) said.set(id, description);
        }
      });
      const end = await house.ended(await house.upload(file(2)));
      isOver = true;
      await Promise.all(editing);
      expect(end).toMatchObject({ status: 'completed', updatedRows: BOOKS, failedRows: 0 });
      expect([...statuses.keys()]).toEqual([200]);
      const found = await house.query<{ id: string; description: string; told: number; version: number }>(
        `WITH told AS (SELECT subject, count(*)::int AS n FROM platform.outbox WHERE type = 'book_updated' GROUP BY 1)
         SELECT b.id, b.description, told.n AS told, b.version
           FROM catalog.books b JOIN told ON told.subject = 'books/' || b.id
          WHERE title LIKE $1 AND price_cents = 200`,
        [`Series ${series} Book %`],
      );
      expect(new Map(found.map(({ id, description }) => [id, description]))).toEqual(said);
      expect(found.filter(({ told, version }) => told !== version - 1)).toEqual([]);
      const changes = [...statuses.values()].reduce((total, count) => total + count, 0);
      expect(found.reduce((total, { told }) => total + told, 0)).toBe(BOOKS + changes);
    });

    describe('a worker that hangs', () => {
      const ROWS = 4000;
      let hanging: Program;

      /** An upload that one worker holds at the stage, which hangs then, while another one waits for work. */
      async function hung(stage: Stage, rows: number): Promise<string> {
        await Promise.all(workers.splice(0).map((worker) => worker.stop()));
        hanging = await house.startWorker();
        await gate.closeAt(stage, rows);
        const id = await house.upload(catalogue(series, ROWS));
        await gate.holds();
        const lease = await leaseOf(id);
        hanging.freeze();
        workers.push(await house.startWorker());
        if (stage === 'write') await eventually(async () => expect(await leaseOf(id)).not.toBe(lease), 20_000);
        return id;
      }

      it('amid a chunk commits nothing when it wakes up in other times', async () => {
        const id = await hung('write', 0);
        await gate.letPass();
        expect((await house.read(id)).processedRows).toBe(0);
        hanging.thaw();
        const done = await house.ended(id);
        expect(await hanging.stop()).toBe(0);
        expect(await house.read(id)).toEqual(done);
        expect(done).toMatchObject(whole(ROWS));
        await expectTrue(house, series, done);
      });

      it('after a commit that it does not know of wakes up when all is done, and changes nothing', async () => {
        const id = await hung('commit', ROWS / 2);
        await gate.letPass();
        const done = await house.ended(id);
        expect(done).toMatchObject(whole(ROWS));
        hanging.thaw();
        expect(await hanging.stop()).toBe(0);
        expect(await house.read(id)).toEqual(done);
        await expectTrue(house, series, done);
        expect(await house.files()).toEqual([]);
      });
    });

    describe('that are cancelled', () => {
      const cancel = (id: string) => house.admin.delete(`/api/books/upload/${id}`);
      const endsOf = (id: string): Promise<object[]> =>
        house.query('SELECT data FROM platform.outbox WHERE subject = $1', [`uploads/${id}`]);

      it('while they wait, or amid a chunk, import nothing of it, and leave the others alone', async () => {
        await gate.closeAt('write');
        const held = await house.upload(catalogue(series, 1000));
        await gate.holds();
        series++;
        const other = await house.upload(catalogue(series, 1000));
        const waiting = await house.upload(catalogue(series + 1, 1000));
        expect((await cancel(waiting)).body).toMatchObject({ status: 'cancelled', startedAt: null });
        expect((await cancel(held)).body).toMatchObject({ status: 'cancelled', processedRows: 0, totalRows: 1000 });
        expect(await house.files()).toEqual([`${other}.csv`]);
        await gate.letPass();
        const done = await house.ended(other);
        expect(done).toMatchObject(whole(1000));
        await expectTrue(house, series, done);
        await expectTrue(house, series - 1, await house.read(held));
        expect(await endsOf(waiting)).toEqual([]);
        series++;
      });

      it('while their records are counted end at once', async () => {
        const id = await house.upload(`title\n${'A\n'.repeat(3_000_000)}`);
        await eventually(async () => {
          const { status, totalRows } = await house.read(id);
          expect([status, totalRows]).toEqual(['processing', null]);
        }, 20_000);
        const cancelled = await cancel(id);
        expect(cancelled.body).toMatchObject({ status: 'cancelled', totalRows: null });
        expect(await house.files()).toEqual([]);
        // Its worker notices, and goes on with others.
        const next = await house.ended(await house.upload(catalogue(series, 100)));
        expect(next).toMatchObject(whole(100));
        expect(await house.read(id)).toEqual(cancelled.body);
      });

      it('when the last chunk is being committed have ended before, and say so', async () => {
        await gate.closeAt('commit', 1000);
        const id = await house.upload(catalogue(series, 1000));
        await gate.holds();
        const answer = cancel(id);
        await gate.letPass();
        const { status, body } = await answer;
        expect([status, body.type]).toEqual([409, '/problems/upload-ended']);
        const done = await house.read(id);
        expect(done).toMatchObject(whole(1000));
        await expectTrue(house, series, done);
      });

      const chance = Chance.seeded();
      it(`at any moment end either way, and truthfully (${chance.name})`, async () => {
        const outcomes = new Set<string>();
        for (let round = 0; round < 5; round++, series++) {
          const id = await house.upload(catalogue(series, 6000));
          const until = chance.below(6000);
          const seen = await eventually(async () => {
            const upload = await house.read(id);
            if (!upload.finishedAt && upload.processedRows < until) throw new Error('not yet');
            return upload;
          }, 20_000);
          const { status, body } = await cancel(id);
          expect([200, 409]).toContain(status);
          const end = await house.ended(id);
          if (status === 200) expect(end).toEqual(body);
          expect(end.status).toBe(status === 200 ? 'cancelled' : 'completed');
          expect(end.processedRows).toBeGreaterThanOrEqual(seen.processedRows);
          await expectTrue(house, series, end);
          await eventually(async () => expect(await house.files()).toEqual([]), 10_000);
          outcomes.add(end.status);
        }
        expect(outcomes).toContain('cancelled');
      });
    });

    it('that are followed at an api which ends are no reason for it to wait', async () => {
      const { program, admin } = await house.startApi();
      await gate.closeAt('write');
      const id = await house.upload(catalogue(series, 500));
      await gate.holds();
      const response = await fetch(`${admin.base}/api/books/upload/${id}/events`, {
        headers: { authorization: `Bearer ${admin.token}` },
      });
      const text = response.text();
      const began = performance.now();
      expect(await program.stop()).toBe(0);
      expect(performance.now() - began).toBeLessThan(15_000);
      expect(await text).toContain('"status":"processing"');
      await gate.letPass();
      expect(await house.ended(id)).toMatchObject(whole(500));
    });
  });
});
