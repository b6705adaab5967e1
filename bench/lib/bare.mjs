// A child of bench/books.mjs: the limit. node:http and pg (or Redis, or a Map) with nothing between, the same SQL and JSON.
import http from 'node:http';
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';

const { databaseUrl, redisUrl, kept } = JSON.parse(process.argv[2]);
const pool = new pg.Pool({
  connectionString: databaseUrl,
  max: 10,
  options: '-c jit=off -c max_parallel_workers_per_gather=0',
});
const redis = new Redis(redisUrl, { keyPrefix: `bare:${process.pid}:` });

const SHOWN = `c.json || ',"units":' || n.units || ',"reservedUnits":' || n.reserved || ',"availableUnits":' || n.units - n.reserved
  || ',"queueLength":' || (SELECT t.waiting FROM inventory.titles t WHERE t.book_id = c.id)`;
const COPIES = `CROSS JOIN LATERAL (SELECT coalesce(sum(units), 0) AS units, coalesce(sum(reserved), 0) AS reserved
  FROM inventory.holdings h WHERE h.book_id = c.id) n`;
/** Authors, genre, copies, queue and metadata joined as they are asked for. */
const BOOK = {
  name: 'book',
  text: `SELECT ${SHOWN} || ',"metadata":' || coalesce((SELECT data::text FROM catalog.book_metadata m WHERE m.book_id = c.id), '{}') || '}' AS json
           FROM catalog.composed_books c ${COPIES} WHERE c.id = $1`,
};
const PAGE = {
  name: 'page',
  text: `SELECT ${SHOWN} || '}' AS json
           FROM (SELECT id, title_sort FROM catalog.books ORDER BY title_sort, id LIMIT 20) p
           JOIN catalog.composed_books c USING (id) ${COPIES} ORDER BY p.title_sort, p.id`,
};
const COUNT = {
  name: 'count',
  text: 'SELECT count(*)::int AS n FROM (SELECT FROM catalog.books LIMIT 10001) AS counted',
};

const CREATE = {
  authors: `SELECT wanted.name, a.id FROM unnest($1::text[]) AS wanted (name)
              JOIN catalog.authors a ON a.folded = platform.fold(wanted.name) ORDER BY a.folded FOR KEY SHARE OF a`,
  add: `WITH book AS (
          INSERT INTO catalog.books (id, title, price_cents, search_text)
          VALUES ($1, $2, $3, catalog.search_text($2, NULL, $4)))
        INSERT INTO catalog.book_authors (book_id, author_id, place)
        SELECT $1, author_id, place FROM unnest($4::uuid[]) WITH ORDINALITY AS listed (author_id, place)`,
  open: `WITH titles AS (INSERT INTO inventory.titles (book_id) SELECT unnest($1::uuid[]))
         INSERT INTO inventory.holdings (book_id, library_id, units)
         SELECT book_id, coalesce(library_id, (SELECT id FROM inventory.libraries WHERE is_default)), units
           FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS held (book_id, library_id, units)`,
  read: 'SELECT id, version, json FROM catalog.shown_books WHERE id = $1',
  event: `INSERT INTO platform.outbox (id, type, subject, data, traceparent)
          SELECT id, type, subject, data, traceparent
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::text[])
                 WITH ORDINALITY AS event (id, type, subject, data, traceparent, place)
           ORDER BY place`,
};

const joined = async (id) => (await pool.query({ ...BOOK, values: [id] })).rows[0].json;
const memory = new Map();
const ids = (await pool.query('SELECT id FROM catalog.books ORDER BY id LIMIT $1', [kept])).rows.map(({ id }) => id);
for (const id of ids) {
  const json = await joined(id);
  memory.set(id, json);
  await redis.set(id, json, 'EX', 600);
}

const routes = {
  joined,
  redis: (id) => redis.get(id),
  memory: (id) => memory.get(id),
  page: async () => {
    const [books, count] = await Promise.all([pool.query(PAGE), pool.query(COUNT)]);
    return `{"items":[${books.rows.map(({ json }) => json).join(',')}],"total":${count.rows[0].n}}`;
  },
  create: async (_, request) => {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    return create(JSON.parse(body));
  },
};

const server = http.createServer((request, response) => {
  const [, route, id] = request.url.split('/');
  if (request.headers['if-none-match'] && memory.has(id)) return void response.writeHead(304).end();
  Promise.resolve(routes[route](id, request)).then(
    (json) => {
      const bytes = Buffer.from(json);
      const head = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': bytes.length, ETag: '"1"' };
      response.writeHead(route === 'create' ? 201 : 200, head).end(bytes);
    },
    (error) => response.writeHead(500).end(String(error)),
  );
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system });
});
process.on('disconnect', async () => {
  await redis.unlink(...ids);
  process.exit(0);
});

/** The statements of POST /books with known authors, in the order of the command, without what checks and decides. */
async function create({ title, price, authors, units }) {
  const client = await pool.connect();
  const run = (name, values) => client.query({ name, text: CREATE[name], values });
  const id = randomUUID();
  try {
    await client.query('BEGIN');
    const known = await run('authors', [authors]);
    const authorIds = known.rows.map((author) => author.id);
    await run('add', [id, title, Math.round(price * 100), authorIds]);
    await run('open', [[id], [id], [null], [units]]);
    const book = (await run('read', [id])).rows[0].json;
    await run('event', [[randomUUID()], ['book_created'], [`books/${id}`], [book], [null]]);
    await client.query('COMMIT');
    return `${book.slice(0, -1)},"metadata":{}}`;
  } finally {
    client.release();
  }
}
