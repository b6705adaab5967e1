import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Documents are composed of the rows that a statement wrote, and of what they name, found by indexes. Before, the planner
 * looked for the rows among all books when there were some thousand of them: then every chunk of an import read all books.
 * Beside the document stands the key of a book without an ISBN, so that an import finds it by an index.
 */
export class Composition1763770500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE catalog.book_documents ADD title_key uuid');
    await runner.query(`CREATE OR REPLACE VIEW catalog.composed_books AS ${composition('catalog.books')}`);
    await runner.query(`
      UPDATE catalog.book_documents d SET title_key = c.title_key
        FROM catalog.composed_books c WHERE c.id = d.book_id AND c.title_key IS NOT NULL`);
    await runner.query(
      'CREATE INDEX book_documents_title_key ON catalog.book_documents (title_key) WHERE title_key IS NOT NULL',
    );
    await runner.query(composing('compose_added', 'added'));
    await runner.query(composing('compose_changed', 'changed', REPLACING));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name, rows, otherwise] of [
      ['compose_added', 'added', ''],
      [
        'compose_changed',
        'changed',
        'ON CONFLICT (book_id) DO UPDATE SET version = excluded.version, json = excluded.json',
      ],
    ]) {
      await runner.query(`
        CREATE OR REPLACE FUNCTION catalog.${name}() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
          BEGIN
            INSERT INTO catalog.book_documents (book_id, version, json)
            SELECT c.id, c.version, c.json FROM ${rows} JOIN catalog.composed_books c USING (id) ${otherwise};
            RETURN NULL;
          END
        $$`);
    }
    await runner.query('ALTER TABLE catalog.book_documents DROP title_key');
  }
}

/** The one source of the documents: of each row of `books`, named so or as a trigger names the rows of its statement. */
const composition = (books: string): string => `
  SELECT b.id, b.version, left(row_to_json(shown)::text, -1) AS json,
         CASE WHEN b.isbn IS NULL THEN catalog.title_key(b.title, authors.first) END AS title_key
    FROM ${books} b
    LEFT JOIN catalog.genres g ON g.id = b.genre_id
   CROSS JOIN LATERAL (
     SELECT coalesce(array_to_json(array_agg(named ORDER BY ba.place)), '[]') AS json,
            (array_agg(a.name ORDER BY ba.place))[1] AS first
       FROM catalog.book_authors ba
       JOIN catalog.authors a ON a.id = ba.author_id
      CROSS JOIN LATERAL (SELECT a.id, a.name) AS named
      WHERE ba.book_id = b.id) AS authors
   CROSS JOIN LATERAL (
     SELECT b.id, b.title, b.isbn, authors.json AS authors,
            CASE WHEN g.id IS NOT NULL THEN (SELECT row_to_json(named) FROM (SELECT g.id, g.name) AS named) END AS genre,
            trim_scale(b.price_cents / 100.0) AS price, b.description, b.publication_date AS "publicationDate", b.language,
            b.version, b.created_by AS "createdBy", platform.rfc3339(b.created_at) AS "createdAt",
            platform.rfc3339(b.updated_at) AS "updatedAt") AS shown`;

const REPLACING = `ON CONFLICT (book_id)
  DO UPDATE SET version = excluded.version, json = excluded.json, title_key = excluded.title_key`;

/** Planned once for many statements, perhaps while the tables were small: nested loops over indexes, whatever is there. */
const composing = (name: string, rows: string, otherwise = ''): string => `
  CREATE OR REPLACE FUNCTION catalog.${name}() RETURNS trigger LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    BEGIN
      INSERT INTO catalog.book_documents (book_id, version, json, title_key) ${composition(rows)} ${otherwise};
      RETURN NULL;
    END
  $$`;
