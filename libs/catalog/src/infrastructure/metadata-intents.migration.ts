import type { MigrationInterface, QueryRunner } from 'typeorm';

/** After hours without MongoDB the intents can be millions: the next of them are found without sorting all. */
export class MetadataIntents1763770320000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX metadata_intents_next ON catalog.metadata_intents (tried_at NULLS FIRST, book_id)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX catalog.metadata_intents_next');
  }
}
