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

export interface UnitsStep {
  libraryId: string;
  from: number;
  to: number;
}

interface Holding {
  bookId: string;
  libraryId: string;
  library: string;
  units: number;
  reserved: number;
}

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
    const ids = await this.idsOf(new Set(saying.flatMap(({ row }) => namesIn(row))));
    const main = (await this.libraries.defaultLibrary()).id;
    for (const { line, row } of saying) {
      const entries = row.holdings ? Object.entries(row.holdings) : [[row.library, row.units ?? 0] as const];
      const resolved = entries.map(([name, units]) => [name === null ? main : ids.get(name), units] as const);
      const unknown = resolved.findIndex(([id]) => id === undefined);
      const units = new Map(resolved.flatMap(([id, count]) => (id === undefined ? [] : [[id, count] as const])));
      const column = row.holdings ? 'holdings' : 'library';
      if (unknown !== -1) failed.set(line, finding(column, entries[unknown]?.[0] ?? '', 'There is no such library.'));
      else if (units.size < entries.length) failed.set(line, finding(column, '', 'A library is named twice.'));
      else wanted.set(line, { complete: row.holdings !== undefined, units });
    }
    return { wanted, failed };
  }

  /** The holdings of the books, by book. */
  async present(bookIds: readonly string[]): Promise<Map<string, Holding[]>> {
    const byBook = new Map<string, Holding[]>();
    if (bookIds.length === 0) return byBook;
    const rows = await this.database.query<Holding>(
      `SELECT h.book_id AS "bookId", h.library_id AS "libraryId", l.name AS library, h.units, h.reserved
         FROM inventory.holdings h JOIN inventory.libraries l ON l.id = h.library_id
        WHERE h.book_id = ANY ($1::uuid[]) ORDER BY h.book_id, h.library_id`,
      [bookIds],
    );
    for (const row of rows) byBook.set(row.bookId, [...(byBook.get(row.bookId) ?? []), row]);
    return byBook;
  }

  private async idsOf(names: ReadonlySet<string>): Promise<Map<string, string>> {
    const rows = await this.database.query<{ name: string; id: string }>(
      `SELECT given.name, l.id
         FROM unnest($1::text[]) AS given (name)
         JOIN inventory.libraries l ON platform.fold(l.name) = platform.fold(given.name) OR l.id::text = lower(given.name)`,
      [[...names]],
    );
    return new Map(rows.map(({ name, id }) => [name, id]));
  }
}

/** The steps from what is there to what is wanted; additions first, so that moved copies serve the queue. */
export function stepsTo({ complete, units }: WantedUnits, present: readonly Holding[]): UnitsStep[] {
  const held = new Map(present.map((holding) => [holding.libraryId, holding.units]));
  const libraryIds = new Set([...units.keys(), ...(complete ? held.keys() : [])]);
  return [...libraryIds]
    .map((libraryId) => ({ libraryId, from: held.get(libraryId) ?? 0, to: units.get(libraryId) ?? 0 }))
    .filter(({ from, to }) => from !== to)
    .sort((a, b) => b.to - b.from - (a.to - a.from));
}

/** Why a step cannot be taken; null when it can, as far as one can see without the title's lock. */
export function reasonAgainstSteps(steps: readonly UnitsStep[], present: readonly Holding[]): Finding | null {
  for (const { libraryId, to } of steps) {
    const holding = present.find((one) => one.libraryId === libraryId);
    if (holding && to < holding.reserved) {
      return finding('units', String(to), `${holding.reserved} are reserved at ${holding.library}.`);
    }
  }
  return null;
}

const namesIn = ({ holdings, library }: CatalogRow): string[] =>
  holdings ? Object.keys(holdings) : library === null ? [] : [library];
