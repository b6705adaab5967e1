import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What lets searches for metadata and the sweep of the intents come from indexes at any time. */
export class MetadataIndexes1763770320000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // After hours without MongoDB the intents can be millions: the next of them are found without sorting all.
    await runner.query(
      'CREATE INDEX metadata_intents_next ON catalog.metadata_intents (tried_at NULLS FIRST, book_id)',
    );
    // New entries of the index wait in a list that every search reads, and for which the planner leaves the index: not
    // to have it costs 20 µs for each book written.
    await runner.query('ALTER INDEX catalog.book_metadata_search SET (fastupdate = off)');
    await runner.query(`SELECT gin_clean_pending_list('catalog.book_metadata_search')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER INDEX catalog.book_metadata_search RESET (fastupdate)');
    await runner.query('DROP INDEX catalog.metadata_intents_next');
  }
}
