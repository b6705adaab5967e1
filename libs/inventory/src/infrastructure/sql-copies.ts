import { Injectable } from '@nestjs/common';
import { Database, sqlState, violatedConstraint } from '@holdfast/platform';
import { Copies } from '../application/copies.js';
import { InventoryError } from '../domain/errors.js';

@Injectable()
export class SqlCopies extends Copies {
  constructor(private readonly database: Database) {
    super();
  }

  async open(...bookIds: string[]): Promise<void> {
    await this.database.execute(
      'INSERT INTO inventory.titles (book_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING',
      [bookIds],
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

  async unitsAt(bookId: string, libraryId: string): Promise<number> {
    const holding = await this.database.maybeOne<{ units: number }>(
      'SELECT units FROM inventory.holdings WHERE book_id = $1 AND library_id = $2',
      [bookId, libraryId],
    );
    return holding?.units ?? 0;
  }

  async writeUnits(bookId: string, libraryId: string, units: number): Promise<void> {
    if (units === 0) return this.endHolding(bookId, libraryId);
    try {
      await this.database.execute(
        `INSERT INTO inventory.holdings (book_id, library_id, units) VALUES ($1, $2, $3)
         ON CONFLICT (book_id, library_id) DO UPDATE SET units = EXCLUDED.units`,
        [bookId, libraryId, units],
      );
    } catch (error) {
      if (violatedConstraint(error) === 'never_oversold') throw fewerThanReserved();
      if (sqlState(error) === '23503') throw new InventoryError('library-not-found', 'There is no such library.');
      throw error;
    }
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

  private async endHolding(bookId: string, libraryId: string): Promise<void> {
    const ended = await this.database.execute(
      'DELETE FROM inventory.holdings WHERE book_id = $1 AND library_id = $2 AND reserved = 0',
      [bookId, libraryId],
    );
    if (ended === 0) throw fewerThanReserved();
  }
}

const fewerThanReserved = (): InventoryError =>
  new InventoryError('fewer-than-reserved', 'More copies than that are reserved at this library.');
