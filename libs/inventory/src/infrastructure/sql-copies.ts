import { Injectable } from '@nestjs/common';
import { Database, sqlState, violatedConstraint } from '@holdfast/platform';
import { Copies, type Holding, type NewTitle, type UnitsWanted } from '../application/copies.js';
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

  async take(bookId: string, libraryId: string | null): Promise<string | null> {
    const [taken] = await this.database.prepared<{ library_id: string }>(
      'holding_take',
      `UPDATE inventory.holdings SET reserved = reserved + 1
        WHERE book_id = $1
          AND reserved < units
          AND library_id = (SELECT library_id FROM inventory.holdings
                             WHERE book_id = $1 AND reserved < units AND ($2::uuid IS NULL OR library_id = $2)
                             ORDER BY units - reserved DESC, library_id LIMIT 1)
       RETURNING library_id`,
      [bookId, libraryId],
    );
    return taken?.library_id ?? null;
  }

  async freeLibraries(bookId: string): Promise<string[]> {
    const holdings = await this.database.prepared<{ library_id: string }>(
      'holdings_free',
      'SELECT library_id FROM inventory.holdings WHERE book_id = $1 AND reserved < units ORDER BY library_id',
      [bookId],
    );
    return holdings.map((holding) => holding.library_id);
  }

  async putBack(bookId: string, libraryId: string): Promise<void> {
    await this.database.prepared(
      'holding_put_back',
      'UPDATE inventory.holdings SET reserved = reserved - 1 WHERE book_id = $1 AND library_id = $2',
      [bookId, libraryId],
    );
  }

  async drawTicket(bookId: string): Promise<number> {
    const [row] = await this.database.prepared<{ ticket: string }>(
      'ticket_draw',
      `UPDATE inventory.titles SET last_ticket = last_ticket + 1, waiting = waiting + 1
        WHERE book_id = $1 RETURNING last_ticket AS ticket`,
      [bookId],
    );
    return Number(row?.ticket);
  }

  async leaveQueue(bookId: string): Promise<void> {
    await this.database.prepared(
      'queue_leave',
      'UPDATE inventory.titles SET waiting = waiting - 1 WHERE book_id = $1',
      [bookId],
    );
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
