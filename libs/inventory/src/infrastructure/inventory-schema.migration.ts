import { newId } from '@holdfast/kernel';
import type { MigrationClass } from '@holdfast/platform';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class InventorySchema1763769800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA inventory;

      CREATE TABLE inventory.libraries (
        id         uuid PRIMARY KEY,
        name       text NOT NULL CHECK (name <> ''),
        address    text,
        status_url text,
        is_default boolean NOT NULL DEFAULT false,
        version    integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX libraries_name ON inventory.libraries (platform.fold(name));
      CREATE UNIQUE INDEX libraries_default ON inventory.libraries (is_default) WHERE is_default;

      -- One row for every book: the lock that orders what happens to its copies and its queue.
      -- waiting is the number of pending reservations; it moves under that lock only.
      CREATE TABLE inventory.titles (
        book_id     uuid PRIMARY KEY,
        last_ticket bigint NOT NULL DEFAULT 0,
        waiting     integer NOT NULL DEFAULT 0 CHECK (waiting >= 0)
      );

      CREATE TABLE inventory.holdings (
        book_id    uuid NOT NULL REFERENCES inventory.titles ON DELETE CASCADE,
        library_id uuid NOT NULL REFERENCES inventory.libraries,
        units      integer NOT NULL CHECK (units BETWEEN 0 AND 100000),
        reserved   integer NOT NULL DEFAULT 0,
        PRIMARY KEY (book_id, library_id),
        CONSTRAINT never_oversold CHECK (reserved BETWEEN 0 AND units)
      );
      CREATE INDEX holdings_library ON inventory.holdings (library_id);
    `);
    await runner.query(`INSERT INTO inventory.libraries (id, name, is_default) VALUES ($1, 'Main Library', true)`, [
      newId(),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA inventory CASCADE');
  }
}

export const inventoryMigrations: MigrationClass[] = [InventorySchema1763769800000];
