import { Injectable } from '@nestjs/common';
import { Copies, Libraries, Titles } from '@holdfast/inventory';
import { Database, InvalidInput } from '@holdfast/platform';
import type { WantedCopies, WantedHolding } from '../domain/book.js';
import { CatalogError } from '../domain/errors.js';

/** Brings the holdings of a book to what an editor wants. Joins the transaction that has locked the book. */
@Injectable()
export class BookCopies {
  constructor(
    private readonly titles: Titles,
    private readonly copies: Copies,
    private readonly libraries: Libraries,
    private readonly database: Database,
  ) {}

  /** Opens the title of a new book with its first copies. @throws InventoryError `library-not-found` */
  async open(bookId: string, wanted: WantedCopies): Promise<void> {
    await this.titles.open(bookId);
    await this.set(bookId, wanted);
  }

  /**
   * Tells whether anything changed. Additions come first, so that moved copies serve the queue.
   * @throws InventoryError `library-not-found`, `fewer-than-reserved`; CatalogError `units-held-elsewhere`;
   * InvalidInput for a library named twice
   */
  async set(bookId: string, wanted: WantedCopies): Promise<boolean> {
    await this.copies.lock(bookId);
    const present = await this.present(bookId);
    const target = 'holdings' in wanted ? await this.listed(wanted.holdings) : await this.summed(wanted.units, present);
    const steps = [...new Set([...present.keys(), ...target.keys()])]
      .map((libraryId) => ({ libraryId, from: present.get(libraryId) ?? 0, to: target.get(libraryId) ?? 0 }))
      .filter(({ from, to }) => from !== to)
      .sort((a, b) => b.to - b.from - (a.to - a.from));
    for (const { libraryId, to } of steps) await this.titles.setUnits(bookId, libraryId, to);
    return steps.length > 0;
  }

  /** Ends the title. @throws InventoryError `copies-reserved` */
  close(bookId: string): Promise<void> {
    return this.titles.close(bookId);
  }

  private async present(bookId: string): Promise<Map<string, number>> {
    const rows = await this.database.query<{ libraryId: string; units: number }>(
      'SELECT library_id AS "libraryId", units FROM inventory.holdings WHERE book_id = $1 ORDER BY library_id',
      [bookId],
    );
    return new Map(rows.map(({ libraryId, units }) => [libraryId, units]));
  }

  private async listed(holdings: readonly WantedHolding[]): Promise<Map<string, number>> {
    const target = new Map<string, number>();
    for (const [place, { library, units }] of holdings.entries()) {
      const { id } = await this.libraries.resolve(library);
      if (target.has(id)) throw new InvalidInput([{ pointer: `/holdings/${place}/library`, detail: 'is named twice' }]);
      target.set(id, units);
    }
    return target;
  }

  private async summed(units: number, present: Map<string, number>): Promise<Map<string, number>> {
    const main = await this.libraries.defaultLibrary();
    const elsewhere = [...present].reduce((sum, [id, held]) => (id === main.id ? sum : sum + held), 0);
    if (units < elsewhere) {
      throw new CatalogError('units-held-elsewhere', `Other libraries than ${main.name} hold ${elsewhere} units.`);
    }
    return new Map([...present, [main.id, units - elsewhere]]);
  }
}
