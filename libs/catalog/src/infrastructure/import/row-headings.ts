import { Injectable } from '@nestjs/common';
import { newId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { RowsOutdated } from '../../application/import/book-import.js';
import type { HeadingKind } from '../../application/headings.js';
import type { UploadRow } from '../../domain/upload-rows.js';

const TABLE: Record<HeadingKind, string> = { author: 'catalog.authors', genre: 'catalog.genres' };

/** The ids of one row's authors, each once and in order, and of its genre. */
export interface RowHeadings {
  authorIds: string[];
  genreId: string | null;
}

/** Names of authors and genres become ids, for all rows at once. */
@Injectable()
export class RowHeadingIds {
  constructor(private readonly database: Database) {}

  /** New names become authors and genres. None of them can be renamed or deleted until the end of the transaction. */
  async of(rows: readonly UploadRow[]): Promise<(row: UploadRow) => RowHeadings> {
    const authors = await this.idsOf('author', new Set(rows.flatMap(({ row }) => row.authors)));
    const genres = await this.idsOf(
      'genre',
      new Set(rows.flatMap(({ row: { genre } }) => (genre === null ? [] : [genre]))),
    );
    return ({ row }) => ({
      authorIds: [...new Set(row.authors.map((name) => authors.get(name) ?? ''))],
      genreId: row.genre === null ? null : (genres.get(row.genre) ?? null),
    });
  }

  private async idsOf(kind: HeadingKind, names: ReadonlySet<string>): Promise<Map<string, string>> {
    const known = await this.find(kind, [...names]);
    const missing = [...names].filter((name) => !known.has(name));
    if (missing.length === 0) return known;
    // In the order of the index, as everybody does it, so that two imports do not wait for each other in a circle.
    await this.database.execute(
      `INSERT INTO ${TABLE[kind]} (id, name)
       SELECT id, name FROM unnest($1::uuid[], $2::text[]) AS made (id, name) ORDER BY platform.fold(name) COLLATE "C", name
       ON CONFLICT (folded) DO NOTHING`,
      [missing.map(() => newId()), missing],
    );
    const all = new Map([...known, ...(await this.find(kind, missing))]);
    if (all.size < names.size) throw new RowsOutdated('a name was deleted while it was made');
    return all;
  }

  private async find(kind: HeadingKind, names: readonly string[]): Promise<Map<string, string>> {
    if (names.length === 0) return new Map();
    const rows = await this.database.query<{ name: string; id: string }>(
      `SELECT wanted.name, h.id
         FROM unnest($1::text[]) AS wanted (name) JOIN ${TABLE[kind]} h ON h.folded = platform.fold(wanted.name)
        ORDER BY h.folded FOR KEY SHARE OF h`,
      [names],
    );
    return new Map(rows.map(({ name, id }) => [name, id]));
  }
}
