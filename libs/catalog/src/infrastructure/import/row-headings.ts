import { Injectable } from '@nestjs/common';
import { newId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { RowsOutdated } from '../../application/import/book-import.js';
import type { HeadingKind } from '../../application/headings.js';
import type { UploadRow } from '../../domain/upload-rows.js';

const TABLE: Record<HeadingKind, string> = { author: 'catalog.authors', genre: 'catalog.genres' };

interface Heading {
  id: string;
  /** As the catalogue writes it. */
  name: string;
}

/** One row's authors, each once and in order, and its genre. */
export interface RowHeadings {
  authors: readonly Heading[];
  genreId: string | null;
}

/** Names of authors and genres become ids, for all rows at once. */
@Injectable()
export class RowHeadingIds {
  constructor(private readonly database: Database) {}

  /**
   * New names become authors and genres, but for a rehearsal, which only gives them ids. None of them can be renamed or
   * deleted until the end of the transaction.
   */
  async of(rows: readonly UploadRow[], isRehearsal: boolean): Promise<(row: UploadRow) => RowHeadings> {
    const authors = await this.named('author', new Set(rows.flatMap(({ row }) => row.authors)), isRehearsal);
    const genreNames = rows.flatMap(({ row: { genre } }) => (genre === null ? [] : [genre]));
    const genres = await this.named('genre', new Set(genreNames), isRehearsal);
    return ({ row }) => ({
      authors: distinct(row.authors.flatMap((name) => authors.get(name) ?? [])),
      genreId: row.genre === null ? null : (genres.get(row.genre)?.id ?? null),
    });
  }

  private async named(
    kind: HeadingKind,
    names: ReadonlySet<string>,
    isRehearsal: boolean,
  ): Promise<Map<string, Heading>> {
    const known = await this.find(kind, [...names]);
    const missing = [...names].filter((name) => !known.has(name));
    if (missing.length === 0) return known;
    const made = isRehearsal ? missing.map((name) => ({ id: newId(), name })) : await this.make(kind, missing);
    for (const heading of made) known.set(heading.name, heading);
    // What folds like another new name, or was made by somebody else meanwhile.
    const others = await this.find(
      kind,
      missing.filter((name) => !known.has(name)),
    );
    if (known.size + others.size < names.size) throw new RowsOutdated('a name was deleted while it was made');
    return new Map([...known, ...others]);
  }

  private make(kind: HeadingKind, names: readonly string[]): Promise<Heading[]> {
    // In the order of the index, as everybody does it, so that two imports do not wait for each other in a circle.
    return this.database.query<Heading>(
      `INSERT INTO ${TABLE[kind]} (id, name)
       SELECT id, name FROM unnest($1::uuid[], $2::text[]) AS made (id, name) ORDER BY platform.fold(name) COLLATE "C", name
       ON CONFLICT (folded) DO NOTHING RETURNING id, name`,
      [names.map(() => newId()), names],
    );
  }

  private async find(kind: HeadingKind, names: readonly string[]): Promise<Map<string, Heading>> {
    if (names.length === 0) return new Map();
    const rows = await this.database.query<Heading & { wanted: string }>(
      `SELECT wanted.name AS wanted, h.id, h.name
         FROM (SELECT name, platform.fold(name) AS folded FROM unnest($1::text[]) AS given (name) OFFSET 0) AS wanted
         JOIN ${TABLE[kind]} h ON h.folded = wanted.folded
        ORDER BY h.folded FOR KEY SHARE OF h`,
      [names],
    );
    return new Map(rows.map(({ wanted, id, name }) => [wanted, { id, name }]));
  }
}

const distinct = (headings: readonly Heading[]): Heading[] =>
  headings.length < 2 ? [...headings] : [...new Map(headings.map((heading) => [heading.id, heading])).values()];
