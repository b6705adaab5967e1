// The limit of an import: the best SQL that we know for the same rows, authors, copies, documents and events, with nothing
// read, checked, matched or reported. The file comes in by one COPY; then set by set, in transactions of `CHUNK` rows.
import { createReadStream } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Of 1,000, 2,000, 5,000, 10,000 and all at once this was the quickest. */
const CHUNK = 5000;

const STAGING = `
  CREATE UNLOGGED TABLE staged (n integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text, authors text, isbn text,
    price numeric, published text, genre text, language text, units integer, library text, publisher text)`;
const COLUMNS = 'title, authors, isbn, price, published, genre, language, units, library, publisher';
/** In the order of the rows, as ids made by time are. */
const ID = `('0190a000-0000-7000-8000-' || lpad(to_hex(s.n), 12, '0'))::uuid`;
const STATEMENTS = {
  named: `INSERT INTO named
          SELECT s.n, a.place, a.name, platform.fold(a.name)
            FROM staged s, string_to_table(trim(TRAILING ';' FROM s.authors), ';') WITH ORDINALITY AS a (name, place)
           WHERE s.n > $1 AND s.n <= $2 AND s.authors IS NOT NULL`,
  authors: `INSERT INTO catalog.authors (id, name)
            SELECT gen_random_uuid(), name FROM (SELECT DISTINCT ON (folded) name, folded FROM named ORDER BY folded) AS new
            ON CONFLICT (folded) DO NOTHING`,
  genres: `INSERT INTO catalog.genres (id, name)
           SELECT gen_random_uuid(), genre FROM (SELECT DISTINCT genre FROM staged s
                                                  WHERE s.n > $1 AND s.n <= $2 AND genre IS NOT NULL) AS new
           ON CONFLICT (folded) DO NOTHING`,
  books: `WITH linked AS MATERIALIZED (
            SELECT m.n, m.place, a.id, a.name FROM named m JOIN catalog.authors a ON a.folded = m.folded),
          written AS (
            INSERT INTO catalog.books (id, title, isbn, genre_id, price_cents, publication_date, publication_sort, language,
                                       search_text)
            SELECT ${ID}, s.title, s.isbn, g.id, s.price * 100, s.published,
                   CASE WHEN s.published IS NOT NULL THEN 20000000 + s.n % 10000 END, s.language,
                   platform.fold(concat_ws(' ', s.title, s.isbn, names.names))
              FROM staged s
              LEFT JOIN catalog.genres g ON g.name = s.genre
              LEFT JOIN (SELECT n, string_agg(name, ' ' ORDER BY place) AS names FROM linked GROUP BY n) AS names USING (n)
             WHERE s.n > $1 AND s.n <= $2)
          INSERT INTO catalog.book_authors (book_id, author_id, place)
          SELECT DISTINCT ON (s.n, s.id) ${ID}, s.id, s.place FROM linked s`,
  titles: `INSERT INTO inventory.titles (book_id) SELECT ${ID} FROM staged s WHERE s.n > $1 AND s.n <= $2`,
  holdings: `INSERT INTO inventory.holdings (book_id, library_id, units)
             SELECT ${ID}, l.id, s.units FROM staged s JOIN inventory.libraries l ON coalesce(s.library = l.name, l.is_default)
              WHERE s.n > $1 AND s.n <= $2 AND s.units > 0`,
  metadata: `INSERT INTO catalog.book_metadata (book_id, version, data)
             SELECT ${ID}, 1, jsonb_build_object('publisher', publisher) FROM staged s
              WHERE s.n > $1 AND s.n <= $2 AND publisher IS NOT NULL`,
  events: `INSERT INTO platform.outbox (id, type, subject, data)
           SELECT gen_random_uuid(), 'book_created', 'books/' || b.id, b.json::jsonb
             FROM staged s JOIN catalog.shown_books b ON b.id = ${ID} WHERE s.n > $1 AND s.n <= $2 ORDER BY s.n`,
};

/** Brings the file into a migrated database without books; gives milliseconds. */
export async function importAtTheLimit(url, file) {
  const client = new pg.Client({
    connectionString: url,
    options: '-c jit=off -c max_parallel_workers_per_gather=0',
  });
  await client.connect();
  try {
    const begun = performance.now();
    await client.query(STAGING);
    await client.query(
      'CREATE TEMPORARY TABLE named (n integer, place bigint, name text, folded text) ON COMMIT DELETE ROWS',
    );
    await pipeline(
      createReadStream(file),
      client.query(copyFrom(`COPY staged (${COLUMNS}) FROM STDIN (FORMAT csv, HEADER)`)),
    );
    await client.query('ANALYZE staged');
    const { rows } = await client.query('SELECT max(n) AS last FROM staged');
    for (let from = 0; from < rows[0].last; from += CHUNK) {
      await client.query('BEGIN');
      for (const [name, text] of Object.entries(STATEMENTS))
        await client.query({ text, values: text.includes('$1') ? [from, from + CHUNK] : [], name });
      await client.query('COMMIT');
    }
    return performance.now() - begun;
  } finally {
    await client.end();
  }
}
