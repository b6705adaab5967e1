import { Injectable } from '@nestjs/common';
import { HomeLibraries } from '@holdfast/identity';
import { isId } from '@holdfast/kernel';
import { Database, sqlState } from '@holdfast/platform';
import { Libraries, type LibraryReference } from '../application/libraries.js';
import { InventoryError } from '../domain/errors.js';
import type { Library } from '../domain/library.js';

const COLUMNS = 'id, name, address, status_url AS "statusUrl", is_default AS "isDefault", version';

@Injectable()
export class SqlLibraries extends Libraries {
  constructor(private readonly database: Database) {
    super();
  }

  async resolve(nameOrId: string): Promise<LibraryReference> {
    const library = (await this.resolveAll([nameOrId])).get(nameOrId);
    if (!library) throw new InventoryError('library-not-found', `There is no library "${nameOrId}".`);
    return library;
  }

  async resolveAll(namesOrIds: readonly string[]): Promise<ReadonlyMap<string, LibraryReference>> {
    const lock = this.database.transaction ? 'FOR KEY SHARE OF l' : '';
    const rows = await this.database.query<LibraryReference & { given: string }>(
      `SELECT given.text AS given, l.id, l.name
         FROM unnest($1::text[], $2::uuid[]) AS given (text, id)
         JOIN inventory.libraries l
           ON l.id = given.id OR (given.id IS NULL AND platform.fold(l.name) = platform.fold(given.text)) ${lock}`,
      [namesOrIds, namesOrIds.map((text) => (isId(text) ? text : null))],
    );
    return new Map(rows.map(({ given, ...library }) => [given, library]));
  }

  defaultLibrary(): Promise<LibraryReference> {
    return this.database.one<LibraryReference>('SELECT id, name FROM inventory.libraries WHERE is_default');
  }

  async load(id: string): Promise<Library> {
    const library = await this.database.maybeOne<Library>(
      `SELECT ${COLUMNS} FROM inventory.libraries WHERE id = $1 FOR NO KEY UPDATE`,
      [id],
    );
    if (!library) throw new InventoryError('library-not-found', 'There is no such library.');
    return library;
  }

  async add(library: Library): Promise<void> {
    await unlessNameTaken(() =>
      this.database.execute(
        `INSERT INTO inventory.libraries (id, name, address, status_url, is_default, version)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [library.id, library.name, library.address, library.statusUrl, library.isDefault, library.version],
      ),
    );
  }

  async save(library: Library): Promise<void> {
    await unlessNameTaken(() =>
      this.database.execute(
        `UPDATE inventory.libraries
            SET name = $2, address = $3, status_url = $4, version = version + 1, updated_at = now()
          WHERE id = $1`,
        [library.id, library.name, library.address, library.statusUrl],
      ),
    );
  }

  async remove(id: string): Promise<void> {
    try {
      await this.database.execute('DELETE FROM inventory.libraries WHERE id = $1', [id]);
    } catch (error) {
      if (sqlState(error) === '23503') throw new InventoryError('library-in-use', 'It still holds copies.');
      throw error;
    }
  }
}

/** Identity's question: whether a reader's home library is one of ours. */
@Injectable()
export class SqlHomeLibraries extends HomeLibraries {
  constructor(private readonly database: Database) {
    super();
  }

  async exists(libraryId: string): Promise<boolean> {
    // FOR KEY SHARE: a removal waits for us, or we for it, and only then see that the library is gone.
    const library = await this.database.maybeOne('SELECT FROM inventory.libraries WHERE id = $1 FOR KEY SHARE', [
      libraryId,
    ]);
    return library !== null;
  }
}

async function unlessNameTaken(statement: () => Promise<unknown>): Promise<void> {
  try {
    await statement();
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    throw new InventoryError('library-name-taken', 'Another library has this name.');
  }
}
