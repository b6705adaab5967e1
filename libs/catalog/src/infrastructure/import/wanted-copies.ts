import { Injectable } from '@nestjs/common';
import { Libraries, reasonAgainst } from '@holdfast/inventory';
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

/** What libraries have of a book, by library id. */
export type PresentUnits = ReadonlyMap<string, { units: number; reserved: number; library: string }>;

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

  /** The units of the books. They stay as they are under the books' locks; what is reserved of them may move. */
  async present(bookIds: readonly string[]): Promise<Map<string, PresentUnits>> {
    if (bookIds.length === 0) return new Map();
    const rows = await this.database.query<{ bookId: string; held: [string, number, number, string][] }>(
      `SELECT h.book_id AS "bookId", json_agg(json_build_array(h.library_id, h.units, h.reserved, l.name)) AS held
         FROM inventory.holdings h JOIN inventory.libraries l ON l.id = h.library_id
        WHERE h.book_id = ANY ($1::uuid[]) GROUP BY h.book_id`,
      [bookIds],
    );
    return new Map(
      rows.map(({ bookId, held }) => [
        bookId,
        new Map(held.map(([id, units, reserved, library]) => [id, { units, reserved, library }])),
      ]),
    );
  }
}

/** The steps from what is there to what is wanted, or why that cannot be. */
export function stepsTo({ complete, units }: WantedUnits, present: PresentUnits): UnitsStep[] | Finding {
  const libraryIds = [...new Set([...units.keys(), ...(complete ? present.keys() : [])])];
  const steps = libraryIds
    .filter((libraryId) => (units.get(libraryId) ?? 0) !== (present.get(libraryId)?.units ?? 0))
    .map((libraryId) => ({ libraryId, units: units.get(libraryId) ?? 0 }));
  for (const { libraryId, units: to } of steps) {
    const { reserved = 0, library = '' } = present.get(libraryId) ?? {};
    if (to < reserved) return finding('units', String(to), reasonAgainst({ library, reserved }));
  }
  return steps;
}

const namesIn = ({ holdings, library }: CatalogRow): string[] =>
  holdings ? Object.keys(holdings) : library === null ? [] : [library];
