// Fills a database with a catalogue that looks like a large library's: titles of words by Zipf's law in several scripts,
// authors with many books each, ISBNs, prices, dates from antiquity on, genres, languages, copies at some libraries.
// The same seed gives the same books. `node bench/seed-books.mjs <database url> [books] [seed]`, after `npm run build`;
// the database is made when it is not there, and must not hold books. A million takes some minutes and 1.5 GB.
import { performance } from 'node:perf_hooks';
import pg from 'pg';

const LANGUAGES = [
  'en',
  'en',
  'en',
  'en',
  'en-GB',
  'en-US',
  'de',
  'fr',
  'es',
  'es-MX',
  'it',
  'pt-BR',
  'nl',
  'sv',
  'grc',
];
const GENRES =
  'Novel,History,Science fiction,Fantasy,Poetry,Biography,Children,Crime,Travel,Philosophy,Art,Music,Science,Religion,Law,Cookery,Drama,Essays,Comics,Rare maps'.split(
    ',',
  );
export const LIBRARIES = ['Harbour Library', 'Library of the University', 'Library on Wheels', 'Old Town Library'];
const COMMON =
  'the of and in to for a on from with life history war world art new story introduction love house time great book man women guide modern children king city night old dark river sea light sun moon garden road winter summer letters journey science music island stone silver'.split(
    ' ',
  );
const RARER =
  'années soledad château Brontë Übermut señor coração naïve façade Ærø Ångström crème dragonfly lighthouse cartography thermodynamics philosophy Shakespeare Dostoevsky migration archaeology beekeeping Constantinople meteorology handbook dictionary engineering mathematics economy revolution medieval Victorian American English Byzantine'.split(
    ' ',
  );
const SYLLABLES = {
  latin:
    'ba be bo bra ca ce chi co cor da de di dor el en er fa fer gi go gra ha hel in is ka kel la le li lo lun ma me mi mo mon na ne ni nor o on or pa pe per qua ra re ri ro sa se sha si so ta te th ti to tra ul un ur va ve vi wa we wil xe ya zo é ü ñ ö'.split(
      ' ',
    ),
  cyrillic: 'ба ве го да же зи ка ло ми но по ра се ти ву фе хо ша ёл ский на ов ич ра'.split(' '),
  greek: 'αλ βε γο δη εν ζω ηρ θε κα λο μυ νο ξε πο ρα σι τη φω χε ψυ ος ία'.split(' '),
  arabic: 'با تا ثو جم حب خر دا رس زم سل شم صب كت لي من نو ها وا'.split(' '),
  han: [...'红楼梦三国演义水浒传西游记人间词话史记诗经论语山海文学历代大全中华新编图书馆上下春秋战争和平'],
};
const SCRIPTS = [
  ...Array(90).fill('latin'),
  ...Array(4).fill('cyrillic'),
  'greek',
  'greek',
  'arabic',
  'han',
  'han',
  'han',
];
const CHUNK = 10_000;

/** Mulberry32: small, and the same everywhere. */
function chance(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Gives the book at each place, in turn. */
export function booksOf(seed, count) {
  const random = chance(seed);
  const below = (n) => Math.floor(random() * n);
  const oneOf = (list) => list[below(list.length)];
  // By Zipf's law the n-th word comes with a weight of 1/n: a power of the number of words does nearly that.
  const byZipf = (list) => list[Math.floor(list.length ** random()) - 1] ?? list[0];
  const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
  const made = (script, most) => Array.from({ length: 2 + below(most) }, () => oneOf(SYLLABLES[script])).join('');
  const words = Object.fromEntries(
    Object.keys(SYLLABLES).map((script) => [script, Array.from({ length: 30_000 }, () => made(script, 3))]),
  );
  words.latin = [...COMMON, ...RARER, ...words.latin, ...Array.from({ length: 60_000 }, () => made('latin', 4))];
  const title = (script) => {
    const parts = Array.from({ length: 1 + below(4) + below(5) }, () => byZipf(words[script]));
    if (random() < 0.25 && script === 'latin') parts.unshift('the');
    const text = parts.join(script === 'han' ? '' : ' ');
    return capital(text) + (random() < 0.08 ? `, vol. ${1 + below(20)}` : '') + (random() < 0.03 ? ' (2nd ed.)' : '');
  };
  const authors = Array.from({ length: Math.max(20, Math.floor(count / 4)) }, (_, place) => {
    const script = oneOf(SCRIPTS);
    // A number every now and then keeps the names apart, as the years of birth do in real catalogues.
    return `${capital(oneOf(words[script]))} ${capital(oneOf(words[script]))}${place % 3 === 0 ? `, ${1500 + place}` : ''}`;
  });
  authors[0] = 'Stephen King';
  authors[1] = 'Charlotte Brontë';
  authors[2] = 'Fyodor Dostoevsky';
  // A thousand or two of the first authors, few of most.
  const author = () => (random() < 0.03 ? 'Various Authors' : authors[Math.floor(authors.length * random() ** 2)]);
  const isbn = (place) => {
    const digits = `978${String((place * 7919) % 1_000_000_000).padStart(9, '0')}`;
    const sum = [...digits].reduce((total, digit, at) => total + Number(digit) * (at % 2 ? 3 : 1), 0);
    return digits + ((10 - (sum % 10)) % 10);
  };
  const date = () => {
    const kind = random();
    if (kind < 0.07) return [null, null];
    const era = kind < 0.08 ? -1 : 1;
    const year = era < 0 ? 1 + below(900) : 2025 - Math.floor(500 * random() ** 4);
    const month = random() < 0.5 ? 1 + below(12) : 0;
    const day = month && random() < 0.5 ? 1 + below(28) : 0;
    const two = (part) => (part ? `-${String(part).padStart(2, '0')}` : '');
    const text = `${era < 0 ? '-' : ''}${String(year).padStart(4, '0')}${two(month)}${two(day)}`;
    return [text, era * year * 10_000 + month * 100 + day];
  };
  const begun = Date.UTC(2019, 0, 1);
  const hex = (value, digits) => value.toString(16).padStart(digits, '0');
  return (place) => {
    const script = oneOf(SCRIPTS);
    const at = begun + place * 200;
    const [published, publishedSort] = date();
    const names = Array.from({ length: random() < 0.04 ? 0 : random() < 0.85 ? 1 : 2 }, author);
    return {
      id: `${hex(at, 12).slice(0, 8)}-${hex(at, 12).slice(8)}-7${hex(below(4096), 3)}-8${hex(below(4096), 3)}-${hex(place, 12)}`,
      title: title(script),
      isbn: random() < 0.8 ? isbn(place) : null,
      genre: random() < 0.1 ? null : random() < 0.00002 ? GENRES.at(-1) : byZipf(GENRES.slice(0, -1)),
      price: below(60) * 50 + below(2) * 49 + (random() < 0.01 ? below(100_000) : 0),
      published,
      published_sort: publishedSort,
      language:
        random() < 0.05 ? null : script === 'latin' ? (random() < 0.00005 ? 'cy' : oneOf(LANGUAGES)) : SPOKEN[script],
      authors: [...new Set(names)],
      created: new Date(at).toISOString(),
      units: below(4),
      reserved: random() < 0.3 ? 1 : 0,
      library: random() < 0.2 ? LIBRARIES[below(LIBRARIES.length)] : null,
    };
  };
}
const SPOKEN = { cyrillic: 'ru', greek: 'el', arabic: 'ar', han: 'zh-Hans' };

/** Everything that a book of the application has, by a statement for each table. */
const CHUNK_SQL = `
  WITH said AS MATERIALIZED (SELECT * FROM json_to_recordset($1) AS said (id uuid, title text, isbn text, genre text, price int, published text,
         published_sort int, language text, authors text[], created timestamptz, units int, reserved int, library text)),
  book AS (
    INSERT INTO catalog.books (id, title, isbn, genre_id, price_cents, publication_date, publication_sort, language,
                               created_at, updated_at, search_text)
    SELECT s.id, title, isbn, (SELECT g.id FROM catalog.genres g WHERE g.name = s.genre), price, published, published_sort,
           language, created, created, platform.fold(concat_ws(' ', title, isbn, nullif(array_to_string(authors, ' '), ''))) FROM said s),
  written AS (
    INSERT INTO catalog.book_authors (book_id, author_id, place)
    SELECT s.id, a.id, n.place FROM said s, unnest(authors) WITH ORDINALITY AS n (name, place)
      JOIN catalog.authors a ON a.folded = platform.fold(n.name)),
  title AS (INSERT INTO inventory.titles (book_id) SELECT id FROM said RETURNING book_id)
  INSERT INTO inventory.holdings (book_id, library_id, units, reserved)
  SELECT s.id, l.id, s.units, least(s.units, s.reserved)
    FROM said s JOIN title t ON t.book_id = s.id JOIN inventory.libraries l ON l.is_default OR l.name = s.library`;

/** Makes the database and its tables where they are missing, and fills them. */
export async function seedBooks(url, count, seed = 1) {
  await makeDatabase(url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    if ((await client.query('SELECT FROM catalog.books LIMIT 1')).rowCount)
      throw new Error(`${url} holds books already`);
    await client.query('SET synchronous_commit = off; SET maintenance_work_mem = 1000000; SET jit = off');
    await client.query('SET session_replication_role = replica'); // No look-ups of foreign keys: they are right. No triggers.
    for (const [table, names] of [
      ['catalog.genres (id, name)', GENRES],
      ['inventory.libraries (id, name)', LIBRARIES],
    ])
      await client.query(`INSERT INTO ${table} SELECT gen_random_uuid(), unnest($1::text[])`, [names]);
    const book = booksOf(seed, count);
    const { rows: indexes } = await client.query(
      `SELECT indexdef, format('%I.%I', schemaname, indexname) AS name FROM pg_indexes
        WHERE (schemaname, tablename) IN (('catalog', 'books'), ('catalog', 'book_authors'), ('inventory', 'holdings'))
          AND indexname NOT IN (SELECT conname FROM pg_constraint)`,
    );
    for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
    for (let place = 0; place < count; place += CHUNK) {
      const chunk = Array.from({ length: Math.min(CHUNK, count - place) }, (_, at) => book(place + at));
      await client.query(
        `INSERT INTO catalog.authors (id, name) SELECT gen_random_uuid(), name FROM unnest($1::text[]) AS name ON CONFLICT DO NOTHING`,
        [[...new Set(chunk.flatMap(({ authors }) => authors))]],
      );
      await client.query(CHUNK_SQL, [JSON.stringify(chunk)]);
    }
    for (const { indexdef } of indexes) await client.query(indexdef);
    // As the triggers do.
    await client.query('SELECT catalog.learn(array_agg(search_text)) FROM catalog.books');
    await client.query('ANALYZE catalog.books, catalog.authors, catalog.book_authors, catalog.genres');
    await client.query(
      'INSERT INTO catalog.book_documents SELECT id, version, json, title_key FROM catalog.composed_books',
    );
    await client.query('VACUUM ANALYZE');
    const { rows } = await client.query(
      `SELECT count(*)::int AS wrong FROM (SELECT * FROM catalog.books LIMIT 2000) b WHERE search_text <> catalog.search_text(title, isbn,
         ARRAY(SELECT author_id FROM catalog.book_authors WHERE book_id = b.id ORDER BY place))`,
    );
    if (rows[0].wrong)
      throw new Error(`${rows[0].wrong} of 2,000 books have another search_text than the application writes`);
  } finally {
    await client.end();
  }
}

/** Makes the database where there is none, and brings its tables up to date. */
export async function makeDatabase(url) {
  const name = new URL(url).pathname.slice(1);
  const admin = new pg.Client({ connectionString: Object.assign(new URL(url), { pathname: '/postgres' }).href });
  await admin.connect();
  const known = await admin.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (!known.rowCount) await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  await admin.end();
  const dist = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
  const { createDataSource, migrate } = await dist('libs/platform/src/index.js');
  const { inventoryMigrations } = await dist('libs/inventory/src/index.js');
  const { catalogMigrations } = await dist('libs/catalog/src/index.js');
  const migrations = [...inventoryMigrations, ...catalogMigrations];
  const source = createDataSource({ url, poolSize: 2, schemas: [], migrations });
  await source.initialize();
  await migrate(source).finally(() => source.destroy());
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [, , url, count = 1_000_000, seed = 1] = process.argv;
  if (!url) throw new Error('say which database: node bench/seed-books.mjs postgres://…/holdfast_bench [books] [seed]');
  const begun = performance.now();
  await seedBooks(url, Number(count), Number(seed));
  process.stdout.write(`${count} books in ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
}
