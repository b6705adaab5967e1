import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every book as finished JSON (docs/adr/0012), so that a read joins no authors and no genre. */
export class BookDocuments1763770300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DOCUMENTS);
    await runner.query(TRIGGERS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER documents_added ON catalog.books;
      DROP TRIGGER documents_changed ON catalog.books;
      DROP FUNCTION catalog.compose_added, catalog.compose_changed;
      DROP VIEW catalog.composed_books;
      DROP TABLE catalog.book_documents;
    `);
  }
}

/**
 * In a transaction of its own, some 40 s for a million books: the triggers are there already, so nothing is missed. Whoever
 * changes a book meanwhile waits for its end.
 */
export class ShownBooks1763770300001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      INSERT INTO catalog.book_documents (book_id, version, json)
      SELECT id, version, json FROM catalog.composed_books ON CONFLICT (book_id) DO NOTHING`);
    await runner.query(SHOWN);
    await runner.query('DROP FUNCTION catalog.book_json');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW catalog.shown_books');
    await runner.query(`
      CREATE FUNCTION catalog.book_json(book catalog.books) RETURNS json LANGUAGE sql STABLE AS $$
        SELECT (c.json || format(',"units":%s,"reservedUnits":%s,"availableUnits":%s,"queueLength":%s}', copies.units,
                  copies.reserved, copies.units - copies.reserved,
                  coalesce((SELECT t.waiting FROM inventory.titles t WHERE t.book_id = book.id), 0)))::json
          FROM catalog.composed_books c,
               (SELECT coalesce(sum(h.units), 0) AS units, coalesce(sum(h.reserved), 0) AS reserved
                  FROM inventory.holdings h WHERE h.book_id = book.id) AS copies
         WHERE c.id = book.id
      $$`);
  }
}

const DOCUMENTS = `
  -- The book as the API shows it, without what moves with every reservation, and so without the closing brace.
  CREATE TABLE catalog.book_documents (
    book_id uuid PRIMARY KEY REFERENCES catalog.books ON DELETE CASCADE,
    version integer NOT NULL,
    json    text NOT NULL
  );

  -- The one source of the documents. row_to_json, for it writes no spaces; array_agg, for json_agg breaks lines.
  CREATE VIEW catalog.composed_books AS
  SELECT b.id, b.version, left(row_to_json(shown)::text, -1) AS json
    FROM catalog.books b
    LEFT JOIN catalog.genres g ON g.id = b.genre_id
   CROSS JOIN LATERAL (
     SELECT coalesce(array_to_json(array_agg(named ORDER BY ba.place)), '[]') AS json
       FROM catalog.book_authors ba
       JOIN catalog.authors a ON a.id = ba.author_id
      CROSS JOIN LATERAL (SELECT a.id, a.name) AS named
      WHERE ba.book_id = b.id) AS authors
   CROSS JOIN LATERAL (
     SELECT b.id, b.title, b.isbn, authors.json AS authors,
            CASE WHEN g.id IS NOT NULL THEN (SELECT row_to_json(named) FROM (SELECT g.id, g.name) AS named) END AS genre,
            trim_scale(b.price_cents / 100.0) AS price, b.description, b.publication_date AS "publicationDate", b.language,
            b.version, b.created_by AS "createdBy", platform.rfc3339(b.created_at) AS "createdAt",
            platform.rfc3339(b.updated_at) AS "updatedAt") AS shown;
`;

const TRIGGERS = `
  -- Whoever changes the authors of a book, or a name that it shows, writes the book's row after that: here it is composed.
  -- Planned once for many statements, perhaps while the tables were small: never by a scan of all authors.
  CREATE FUNCTION catalog.compose_added() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
    BEGIN
      INSERT INTO catalog.book_documents (book_id, version, json)
      SELECT c.id, c.version, c.json FROM added JOIN catalog.composed_books c USING (id);
      RETURN NULL;
    END
  $$;
  CREATE FUNCTION catalog.compose_changed() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
    BEGIN
      INSERT INTO catalog.book_documents (book_id, version, json)
      SELECT c.id, c.version, c.json FROM changed JOIN catalog.composed_books c USING (id)
      ON CONFLICT (book_id) DO UPDATE SET version = excluded.version, json = excluded.json;
      RETURN NULL;
    END
  $$;
  CREATE TRIGGER documents_added AFTER INSERT ON catalog.books REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.compose_added();
  CREATE TRIGGER documents_changed AFTER UPDATE ON catalog.books REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION catalog.compose_changed();
`;

const SHOWN = `
  -- Books as the API shows them, finished: the one source for answers, lists and events.
  CREATE VIEW catalog.shown_books AS
  SELECT d.book_id AS id, d.version,
         d.json || ',"units":' || copies.units || ',"reservedUnits":' || copies.reserved
           || ',"availableUnits":' || copies.units - copies.reserved || ',"queueLength":' || coalesce(t.waiting, 0) || '}' AS json
    FROM catalog.book_documents d
    LEFT JOIN inventory.titles t ON t.book_id = d.book_id
   CROSS JOIN LATERAL (
     SELECT coalesce(sum(h.units), 0) AS units, coalesce(sum(h.reserved), 0) AS reserved
       FROM inventory.holdings h WHERE h.book_id = d.book_id) AS copies;
`;
