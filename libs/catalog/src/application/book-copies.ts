import { Injectable } from '@nestjs/common';
import { type FirstHolding, InventoryError, Libraries, Titles } from '@holdfast/inventory';
import { Database, InvalidInput } from '@holdfast/platform';
import type { WantedCopies, WantedHolding } from '../domain/book.js';
import { CatalogError } from '../domain/errors.js';

/** Brings the holdings of a book to what an editor wants. Joins the transaction that has locked the book. */
@Injectable()
export class BookCopies {
  constructor(
    private readonly titles: Titles,
    private readonly libraries: Libraries,
    private readonly database: Database,
  ) {}

  /**
   * Opens the title of a new book with its first copies: one statement, and one more where libraries are named.
   * @throws InventoryError `library-not-found`; InvalidInput for a library named twice
   */
  async open(bookId: string, wanted: WantedCopies): Promise<void> {
    await this.titles.open([{ bookId, holdings: await this.first(wanted) }]);
  }

  /**
   * Tells whether anything changed.
   * @throws InventoryError `library-not-found`, `fewer-than-reserved`; CatalogError `units-held-elsewhere`;
   * InvalidInput for a library named twice
   */
  async set(bookId: string, wanted: WantedCopies): Promise<boolean> {
    const present = await this.present(bookId);
    const target = 'holdings' in wanted ? await this.listed(wanted.holdings) : await this.summed(wanted.units, present);
    const libraryIds = [...new Set([...present.keys(), ...target.keys()])];
    const changed = libraryIds.filter((id) => (present.get(id) ?? 0) !== (target.get(id) ?? 0));
    return this.titles.setUnits(changed.map((libraryId) => ({ bookId, libraryId, units: target.get(libraryId) ?? 0 })));
  }

  /** Ends the title. @throws InventoryError `copies-reserved` */
  close(bookId: string): Promise<void> {
    return this.titles.close(bookId);
  }

  /** They stay as they are under the book's lock, whatever is reserved of them. */
  private async present(bookId: string): Promise<Map<string, number>> {
    const rows = await this.database.query<{ libraryId: string; units: number }>(
      'SELECT library_id AS "libraryId", units FROM inventory.holdings WHERE book_id = $1 ORDER BY library_id',
      [bookId],
    );
    return new Map(rows.map(({ libraryId, units }) => [libraryId, units]));
  }

  private async first(wanted: WantedCopies): Promise<FirstHolding[]> {
    if ('units' in wanted) return [{ libraryId: null, units: wanted.units }];
    return [...(await this.listed(wanted.holdings))].map(([libraryId, units]) => ({ libraryId, units }));
  }

  private async listed(holdings: readonly WantedHolding[]): Promise<Map<string, number>> {
    const target = new Map<string, number>();
    if (holdings.length === 0) return target;
    const libraries = await this.libraries.resolveAll(holdings.map(({ library }) => library));
    for (const [place, { library, units }] of holdings.entries()) {
      const id = libraries.get(library)?.id;
      if (!id) throw new InventoryError('library-not-found', `There is no library "${library}".`);
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
