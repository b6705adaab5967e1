import { Injectable } from '@nestjs/common';
import { Libraries } from '@holdfast/inventory';
import { Database } from '@holdfast/platform';
import { type Finding, finding } from '../../domain/csv-columns.js';
import type { CatalogRow } from '../../domain/catalog-row.js';
import type { UploadRow } from '../../domain/upload-rows.js';

/** The units that a row wants, by library id. `complete`: libraries that are not named shall have none. */
export interface WantedUnits {
  complete: boolean;
  units: ReadonlyMap<string, number>;
}

/** Units that a row wants and that are not so yet. */
export interface UnitsStep {
  libraryId: string;
  units: number;
}

/** The units of a book, by library id. */
type PresentUnits = ReadonlyMap<string, number>;

/** What rows say of copies, and what is there. Reads only; inventory's own face writes. */
@Injectable()
export class WantedCopies {
  constructor(
    private readonly libraries: Libraries,
    private readonly database: Database,
  ) {}

  /** Resolves the libraries of all rows: what each row wants (absent: says nothing), or why it cannot be had. */
  async of(rows: readonly UploadRow[]): Promise<{ wanted: Map<number, WantedUnits>; failed: Map<number, Finding> }> {
    const wanted = new Map<number, WantedUnits>();
    const failed = new Map<number, Finding>();
    const saying = rows.filter(({ row }) => row.units !== null || row.holdings);
    if (saying.length === 0) return { wanted, failed };
    const libraries = await this.libraries.resolveAll([...new Set(saying.flatMap(({ row }) => namesIn(row)))]);
    const main = (await this.libraries.defaultLibrary()).id;
    for (const { line, row } of saying) {
      const entries = row.holdings ? Object.entries(row.holdings) : [[row.library, row.units ?? 0] as const];
      const resolved = entries.map(([name, units]) => [name === null ? main : libraries.get(name)?.id, units] as const);
      const unknown = resolved.findIndex(([id]) => id === undefined);
      const units = new Map(resolved.flatMap(([id, count]) => (id === undefined ? [] : [[id, count] as const])));
      const column = row.holdings ? 'holdings' : 'library';
      if (unknown !== -1) failed.set(line, finding(column, entries[unknown]?.[0] ?? '', 'There is no such library.'));
      else if (units.size < entries.length) failed.set(line, finding(column, '', 'A library is named twice.'));
      else wanted.set(line, { complete: row.holdings !== undefined, units });
    }
    return { wanted, failed };
  }

  /** The units of the books. They stay as they are under the books' locks. */
  async present(bookIds: readonly string[]): Promise<Map<string, PresentUnits>> {
    if (bookIds.length === 0) return new Map();
    const rows = await this.database.query<{ bookId: string; units: Record<string, number> }>(
      `SELECT book_id AS "bookId", json_object_agg(library_id, units) AS units
         FROM inventory.holdings WHERE book_id = ANY ($1::uuid[]) GROUP BY book_id`,
      [bookIds],
    );
    return new Map(rows.map(({ bookId, units }) => [bookId, new Map(Object.entries(units))]));
  }
}

/** The steps from what is there to what is wanted. */
export function stepsTo({ complete, units }: WantedUnits, present: PresentUnits): UnitsStep[] {
  const libraryIds = [...new Set([...units.keys(), ...(complete ? present.keys() : [])])];
  return libraryIds
    .filter((libraryId) => (units.get(libraryId) ?? 0) !== (present.get(libraryId) ?? 0))
    .map((libraryId) => ({ libraryId, units: units.get(libraryId) ?? 0 }));
}

const namesIn = ({ holdings, library }: CatalogRow): string[] =>
  holdings ? Object.keys(holdings) : library === null ? [] : [library];
