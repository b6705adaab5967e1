import { Injectable } from '@nestjs/common';
import { Database, sqlState, violatedConstraint } from '@holdfast/platform';
import { Copies, type Holding, type NewTitle, type TitleChange, type UnitsWanted } from '../application/copies.js';
import { InventoryError } from '../domain/errors.js';

@Injectable()
export class SqlCopies extends Copies {
  constructor(private readonly database: Database) {
    super();
  }

  async open(titles: readonly NewTitle[]): Promise<void> {
    const held = titles.flatMap(({ bookId, holdings }) =>
      holdings.flatMap(({ libraryId, units }) => (units > 0 ? [{ bookId, libraryId, units }] : [])),
    );
    await unlessRefused(() =>
      this.database.prepared(
        'titles_open',
        `WITH titles AS (INSERT INTO inventory.titles (book_id) SELECT unnest($1::uuid[]))
         INSERT INTO inventory.holdings (book_id, library_id, units)
         SELECT book_id, coalesce(library_id, (SELECT id FROM inventory.libraries WHERE is_default)), units
           FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS held (book_id, library_id, units)`,
        [titles.map(({ bookId }) => bookId), ...columnsOf(held)],
      ),
    );
  }

  async lock(bookId: string): Promise<void> {
    this.database.requireTransaction('Copies.lock');
    const rows = await this.database.prepared(
      'title_lock',
      'SELECT FROM inventory.titles WHERE book_id = $1 FOR UPDATE',
      [bookId],
    );
    if (rows.length === 0) throw new InventoryError('title-not-found', 'There is no such book.');
  }

  async lockAll(bookIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    this.database.requireTransaction('Copies.lockAll');
    const rows = await this.database.prepared<{ book_id: string; waiting: number }>(
      'titles_lock',
      'SELECT book_id, waiting FROM inventory.titles WHERE book_id = ANY ($1::uuid[]) ORDER BY book_id FOR UPDATE',
      [bookIds],
    );
    return new Map(rows.map(({ book_id, waiting }) => [book_id, waiting]));
  }

  async settle(changes: readonly TitleChange[]): Promise<void> {
    this.database.requireTransaction('Copies.settle');
    const reserved = changes.flatMap(({ bookId, reserved }) => reserved.map((one) => ({ bookId, ...one })));
    const queues = changes.filter(({ joined, left }) => joined > 0 || left > 0);
    if (reserved.length + queues.length === 0) return;
    const [settled] = await this.database.prepared<{ holdings: number; titles: number }>(
      'titles_settle',
      `WITH reserved AS (
         UPDATE inventory.holdings h SET reserved = h.reserved + c.by
           FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS c (book_id, library_id, by)
          WHERE h.book_id = c.book_id AND h.library_id = c.library_id
         RETURNING h.book_id
       ), queued AS (
         UPDATE inventory.titles t
            SET last_ticket = t.last_ticket + c.joined, waiting = t.waiting + c.joined - c.departed
           FROM unnest($4::uuid[], $5::int[], $6::int[]) AS c (book_id, joined, departed)
          WHERE t.book_id = c.book_id
         RETURNING t.book_id
       ) SELECT (SELECT count(*)::int FROM reserved) AS holdings, (SELECT count(*)::int FROM queued) AS titles`,
      [
        reserved.map(({ bookId }) => bookId),
        reserved.map(({ libraryId }) => libraryId),
        reserved.map(({ by }) => by),
        queues.map(({ bookId }) => bookId),
        queues.map(({ joined }) => joined),
        queues.map(({ left }) => left),
      ],
    );
    if (settled?.holdings !== reserved.length || settled.titles !== queues.length) {
      throw new Error('holdings or titles are not as they were read under the lock');
    }
  }

  holdings(bookIds: readonly string[]): Promise<Holding[]> {
    return this.database.query<Holding>(
      `SELECT h.book_id AS "bookId", h.library_id AS "libraryId", l.name AS library, h.units, h.reserved
         FROM inventory.holdings h JOIN inventory.libraries l ON l.id = h.library_id
        WHERE h.book_id = ANY ($1::uuid[]) ORDER BY h.book_id, h.library_id`,
      [bookIds],
    );
  }

  async writeUnits(wanted: readonly UnitsWanted[]): Promise<void> {
    const { written } = await unlessRefused(() =>
      this.database.one<{ written: number }>(
        `WITH wanted AS (
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS wanted (book_id, library_id, units)
         ), ended AS (
           DELETE FROM inventory.holdings h USING wanted w
            WHERE h.book_id = w.book_id AND h.library_id = w.library_id AND w.units = 0 AND h.reserved = 0
           RETURNING h.book_id
         ), kept AS (
           INSERT INTO inventory.holdings (book_id, library_id, units)
           SELECT book_id, library_id, units FROM wanted WHERE units > 0
           ON CONFLICT (book_id, library_id) DO UPDATE SET units = EXCLUDED.units
           RETURNING book_id
         ) SELECT (SELECT count(*)::int FROM ended) + (SELECT count(*)::int FROM kept) AS written`,
        columnsOf(wanted),
      ),
    );
    if (written < wanted.length) throw fewerThanReserved();
  }

  async remove(bookId: string): Promise<void> {
    const { reserved } = await this.database.one<{ reserved: number }>(
      `SELECT coalesce(sum(reserved), 0)::int AS reserved
         FROM (SELECT reserved FROM inventory.holdings WHERE book_id = $1 ORDER BY library_id FOR UPDATE) AS held`,
      [bookId],
    );
    if (reserved > 0) {
      throw new InventoryError('copies-reserved', `${reserved} ${reserved === 1 ? 'copy is' : 'copies are'} reserved.`);
    }
    await this.database.execute('DELETE FROM inventory.titles WHERE book_id = $1', [bookId]);
  }
}

const fewerThanReserved = (): InventoryError =>
  new InventoryError('fewer-than-reserved', 'More copies than that are reserved at a library.');

const columnsOf = (holdings: readonly { bookId: string; libraryId: string | null; units: number }[]): unknown[] => [
  holdings.map(({ bookId }) => bookId),
  holdings.map(({ libraryId }) => libraryId),
  holdings.map(({ units }) => units),
];

/** The constraints decide, whatever the caller has looked at before. */
async function unlessRefused<T>(statement: () => Promise<T>): Promise<T> {
  try {
    return await statement();
  } catch (error) {
    if (violatedConstraint(error) === 'never_oversold') throw fewerThanReserved();
    if (sqlState(error) === '23503') throw new InventoryError('library-not-found', 'There is no such library.');
    throw error;
  }
}
