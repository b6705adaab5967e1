import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Database, decodeCursor, encodeCursor, type Page } from '@holdfast/platform';
import { InventoryError } from '../domain/errors.js';
import type { LibraryView, VersionedAvailability } from './libraries.view.js';
import { TitleChanges } from './title-changes.js';

const LIBRARY = `
  id, name, address, status_url AS "statusUrl", is_default AS "isDefault", version,
  platform.rfc3339(created_at) AS "createdAt", platform.rfc3339(updated_at) AS "updatedAt"`;

/** Binds cursors to the list of libraries. */
const LIST = 'libraries by name';

export class GetLibrary extends Query<LibraryView> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(GetLibrary)
export class GetLibraryHandler implements IQueryHandler<GetLibrary> {
  constructor(private readonly database: Database) {}

  async execute({ id }: GetLibrary): Promise<LibraryView> {
    const library = await this.database.maybeOne<LibraryView>(
      `SELECT ${LIBRARY} FROM inventory.libraries WHERE id = $1`,
      [id],
    );
    if (!library) throw new InventoryError('library-not-found', 'There is no such library.');
    return library;
  }
}

/** Libraries in the order of their names. */
export class ListLibraries extends Query<Page<LibraryView>> {
  constructor(
    readonly limit: number,
    readonly offset: number,
    readonly cursor?: string,
  ) {
    super();
  }
}

@QueryHandler(ListLibraries)
export class ListLibrariesHandler implements IQueryHandler<ListLibraries> {
  constructor(private readonly database: Database) {}

  async execute({ limit, offset, cursor }: ListLibraries): Promise<Page<LibraryView>> {
    const [name, id] = cursor ? decodeCursor(cursor, LIST, ['text', 'id']) : [null, null];
    const rows = await this.database.query<LibraryView & { total: number; fold: string }>(
      `SELECT ${LIBRARY}, platform.fold(name) AS fold, (SELECT count(*)::int FROM inventory.libraries) AS total
         FROM inventory.libraries
        WHERE $1::text IS NULL OR (platform.fold(name), id) > ($1, $2::uuid)
        ORDER BY platform.fold(name), id LIMIT $3 OFFSET $4`,
      [name, id, limit + 1, cursor ? 0 : offset],
    );
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return {
      items: items.map(({ total: _total, fold: _fold, ...library }) => library),
      total: rows[0]?.total ?? (await this.count()),
      limit,
      offset: cursor ? 0 : offset,
      nextCursor: last ? encodeCursor(LIST, [last.fold, last.id]) : null,
    };
  }

  private async count(): Promise<number> {
    return (await this.database.one<{ n: number }>('SELECT count(*)::int AS n FROM inventory.libraries')).n;
  }
}

/** Where the copies of a book are, with the version of the book. @throws a 404 when there is no such book */
export class GetAvailability extends Query<VersionedAvailability> {
  constructor(readonly bookId: string) {
    super();
  }
}

@QueryHandler(GetAvailability)
export class GetAvailabilityHandler implements IQueryHandler<GetAvailability> {
  constructor(
    private readonly database: Database,
    private readonly titleChanges: TitleChanges,
  ) {}

  async execute({ bookId }: GetAvailability): Promise<VersionedAvailability> {
    // The version first: what changes in between makes an editor's If-Match fail, never pass.
    const version = await this.titleChanges.versionOf(bookId);
    const availability = await this.database.maybeOne<VersionedAvailability['availability']>(
      `SELECT t.book_id AS "bookId",
              coalesce(sum(h.units), 0)::int AS units,
              coalesce(sum(h.units - h.reserved), 0)::int AS "availableUnits",
              coalesce(jsonb_agg(jsonb_build_object(
                  'library', jsonb_build_object('id', l.id, 'name', l.name),
                  'units', h.units, 'availableUnits', h.units - h.reserved) ORDER BY l.name, l.id)
                FILTER (WHERE l.id IS NOT NULL), '[]') AS libraries
         FROM inventory.titles t
         LEFT JOIN inventory.holdings h ON h.book_id = t.book_id
         LEFT JOIN inventory.libraries l ON l.id = h.library_id
        WHERE t.book_id = $1
        GROUP BY t.book_id`,
      [bookId],
    );
    if (!availability) throw new InventoryError('title-not-found', 'There is no such book.');
    return { version, availability };
  }
}
