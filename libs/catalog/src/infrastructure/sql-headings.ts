import { Injectable } from '@nestjs/common';
import { newId } from '@holdfast/kernel';
import { currentContext, Database, sqlState } from '@holdfast/platform';
import { type HeadingKind, Headings } from '../application/headings.js';
import type { HeadingView } from '../application/headings.view.js';
import type { AuthorReference } from '../domain/book.js';
import { CatalogError } from '../domain/errors.js';

/** The columns of an author or a genre as the API shows them. */
const HEADING = `id, name, version, platform.rfc3339(created_at) AS "createdAt", platform.rfc3339(updated_at) AS "updatedAt"`;

const headingTable: Record<HeadingKind, string> = { author: 'catalog.authors', genre: 'catalog.genres' };

/** Between the two looks for a name another transaction can delete the one that was found; more often it cannot be. */
const MAX_ROUNDS = 3;

@Injectable()
export class SqlHeadings extends Headings {
  constructor(private readonly database: Database) {
    super();
  }

  async load(kind: HeadingKind, id: string): Promise<HeadingView> {
    // FOR UPDATE, for a book that takes the name over holds the row by its foreign key.
    const heading = await this.database.maybeOne<HeadingView>(
      `SELECT ${HEADING} FROM ${headingTable[kind]} WHERE id = $1 FOR UPDATE`,
      [id],
    );
    if (!heading) throw new CatalogError(`${kind}-not-found`, `There is no such ${kind}.`);
    return heading;
  }

  async add(kind: HeadingKind, id: string, name: string): Promise<void> {
    await unlessNameTaken(kind, () =>
      this.database.execute(`INSERT INTO ${headingTable[kind]} (id, name) VALUES ($1, $2)`, [id, name]),
    );
  }

  async rename(kind: HeadingKind, id: string, name: string): Promise<string[]> {
    await unlessNameTaken(kind, () =>
      this.database.execute(
        `UPDATE ${headingTable[kind]} SET name = $2, version = version + 1, updated_at = now() WHERE id = $1`,
        [id, name],
      ),
    );
    // A statement of its own: what the next one reads of a book is then as whoever changed it last has left it.
    const held = await this.database.query<{ id: string }>(
      `SELECT id FROM catalog.books WHERE ${namedBy[kind]} ORDER BY id FOR NO KEY UPDATE`,
      [id],
    );
    const books = await this.database.query<{ id: string }>(
      `UPDATE catalog.books b
          SET version = version + 1, updated_at = now(),
              search_text = catalog.search_text(title, isbn,
                ARRAY(SELECT author_id FROM catalog.book_authors WHERE book_id = b.id ORDER BY place))
        WHERE id = ANY ($2::uuid[]) AND ${namedBy[kind]}
      RETURNING id`,
      [id, held.map((book) => book.id)],
    );
    const ids = books.map((book) => book.id);
    const { traceparent, requestId } = currentContext() ?? {};
    // A statement of its own: the JSON must see the new versions.
    await this.database.execute(
      `INSERT INTO platform.outbox (id, type, subject, data, traceparent, request_id)
       SELECT event_id, 'book_updated', 'books/' || b.id,
              b.json::jsonb || jsonb_build_object('changed', jsonb_build_array($3::text)), $4, $5
         FROM unnest($1::uuid[], $2::uuid[]) AS told (book_id, event_id) JOIN catalog.shown_books b ON b.id = told.book_id`,
      [ids, ids.map(() => newId()), kind === 'author' ? 'authors' : 'genre', traceparent ?? null, requestId ?? null],
    );
    return ids;
  }

  async remove(kind: HeadingKind, id: string): Promise<void> {
    try {
      await this.database.execute(`DELETE FROM ${headingTable[kind]} WHERE id = $1`, [id]);
    } catch (error) {
      if (sqlState(error) !== '23503') throw error;
      throw new CatalogError(`${kind}-in-use`, `The ${kind} has books.`);
    }
  }

  /**
   * The authors' ids in order, each once; a name that nobody has yet becomes an author. They cannot be renamed or
   * deleted until the end of the transaction.
   * @throws CatalogError `author-not-found`
   */
  async authors(references: readonly AuthorReference[]): Promise<string[]> {
    const names = references.filter((reference) => typeof reference === 'string');
    const byName = await this.named('author', names);
    const known = references.flatMap((reference) =>
      typeof reference === 'string' ? [] : [reference.id.toLowerCase()],
    );
    await this.requireAuthors(known);
    const ids = references.map((reference) =>
      typeof reference === 'string' ? (byName.get(reference) ?? '') : reference.id.toLowerCase(),
    );
    return [...new Set(ids)];
  }

  /** The genre's id; as with `authors`. */
  async genre(name: string): Promise<string> {
    return (await this.named('genre', [name])).get(name) ?? '';
  }

  private async named(kind: HeadingKind, names: readonly string[]): Promise<Map<string, string>> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const found = await this.find(kind, names);
      const missing = names.filter((name) => !found.has(name));
      if (missing.length === 0) return found;
      // In the order of the index, so that two transactions with the same new names do not wait for each other.
      await this.database.execute(
        `INSERT INTO ${headingTable[kind]} (id, name)
         SELECT id, name FROM unnest($1::uuid[], $2::text[]) AS made (id, name) ORDER BY platform.fold(name) COLLATE "C"
         ON CONFLICT (folded) DO NOTHING`,
        [missing.map(() => newId()), missing],
      );
    }
    const found = await this.find(kind, names);
    if (names.every((name) => found.has(name))) return found;
    throw new Error(`a name of ${headingTable[kind]} was deleted as often as it was made`);
  }

  private async find(kind: HeadingKind, names: readonly string[]): Promise<Map<string, string>> {
    if (names.length === 0) return new Map();
    const rows = await this.database.query<{ name: string; id: string }>(
      `SELECT wanted.name, h.id
         FROM unnest($1::text[]) AS wanted (name)
         JOIN ${headingTable[kind]} h ON h.folded = platform.fold(wanted.name)
        ORDER BY h.folded FOR KEY SHARE OF h`,
      [names],
    );
    return new Map(rows.map(({ name, id }) => [name, id]));
  }

  private async requireAuthors(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const rows = await this.database.query<{ id: string }>(
      'SELECT id FROM catalog.authors WHERE id = ANY ($1::uuid[]) ORDER BY id FOR KEY SHARE',
      [ids],
    );
    const found = new Set(rows.map(({ id }) => id));
    const missing = ids.find((id) => !found.has(id));
    if (missing !== undefined) throw new CatalogError('author-not-found', `There is no author ${missing}.`);
  }
}

const namedBy: Record<HeadingKind, string> = {
  author: 'id IN (SELECT book_id FROM catalog.book_authors WHERE author_id = $1)',
  genre: 'genre_id = $1',
};

async function unlessNameTaken(kind: HeadingKind, statement: () => Promise<unknown>): Promise<void> {
  try {
    await statement();
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    throw new CatalogError(`${kind}-name-taken`, `Another ${kind} has this name.`);
  }
}
