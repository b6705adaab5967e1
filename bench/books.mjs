// What do the books cost over HTTP, against bare node:http with the same SQL and JSON in the same run? Book by id (from
// PostgreSQL, Redis and memory, and 304), first page, deep page, a new book; turn and turn about, medians of the rounds.
// `node bench/books.mjs [database url] [redis url] [rounds]`, after `npm run build` and bench/seed-books.mjs; the database
// gets some thousand books more. Exits with 1 when a floor is missed.
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { AS_DELIVERED, bytesOf, load, median } from './lib/load.mjs';

const [
  databaseUrl = 'postgres://postgres@127.0.0.1:5432/holdfast_bench',
  redisUrl = 'redis://127.0.0.1:6379/9',
  rounds = '7',
] = process.argv.slice(2);
const ROUND_MS = 1500;
const CONNECTIONS = 16;
/** Of each workload: what stands against it, and the floor and the target of their ratio. */
const FLOORS = {
  'book from PostgreSQL': [0.75, 1],
  'book from Redis': [0.5, 0.65],
  'hot book, with Redis': [0.4, 0.55],
  'book from memory': [0.4, 0.55],
  'not modified': [0, 0],
  'first page of 20': [0.8, 1.5],
  'new book': [0.55, 0.8],
};

const database = new pg.Client({ connectionString: databaseUrl });
await database.connect();
const some = await database.query('SELECT id FROM catalog.books ORDER BY id LIMIT 60000');
const all = some.rows.map(({ id }) => id);
/** More than any cache of the process holds, so each read misses; fewer, so none does, and too many to be hot. */
const cold = all.slice(2000);
const warm = all.slice(0, 1500);
const hot = all.slice(0, 1);

const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
const admin = {
  ADMIN_USERNAME: 'bench-admin',
  ADMIN_EMAIL: 'bench-admin@example.org',
  ADMIN_PASSWORD: 'a password of the bench',
};
const settings = { DATABASE_URL: databaseUrl, HOLDFAST_DATA_DIR: folder, ...admin };
const children = await Promise.all([
  start('lib/bare.mjs', { databaseUrl, redisUrl, kept: warm.length }),
  start('lib/app.mjs', settings),
  start('lib/app.mjs', { ...settings, REDIS_URL: redisUrl, REDIS_PREFIX: `bench-${process.pid}` }),
]);
const [bare, app, appWithRedis] = children;

try {
  const token = await signIn();
  const get = (path, headers) => bytesOf('GET', path, headers);
  const pages = await deepPage();
  const workloads = {
    'book from PostgreSQL': [reads(bare, cold, '/joined/'), reads(app, cold, '/api/books/')],
    'book from Redis': [reads(bare, warm, '/redis/'), reads(appWithRedis, warm, '/api/books/')],
    'hot book, with Redis': [reads(bare, hot, '/memory/'), reads(appWithRedis, hot, '/api/books/')],
    'book from memory': [reads(bare, warm, '/memory/'), reads(app, warm, '/api/books/')],
    'not modified': [
      { ...reads(bare, hot, '/memory/', { 'If-None-Match': '"1"' }), status: 304 },
      { ...reads(app, hot, '/api/books/', { 'If-None-Match': await etagOf(hot[0]) }), status: 304 },
    ],
    'first page of 20': [
      { child: bare, request: () => get('/page') },
      { child: app, request: () => get('/api/books') },
    ],
    'page by cursor at the middle / first page': [
      { child: app, request: () => get(pages.first) },
      { child: app, request: () => get(pages.deep) },
    ],
    'new book': [
      { child: bare, request: (n) => bytesOf('POST', '/create', {}, newBook(n)), status: 201 },
      {
        child: app,
        request: (n) => bytesOf('POST', '/api/books', { Authorization: `Bearer ${token}` }, newBook(n)),
        status: 201,
      },
    ],
  };
  process.stdout.write(
    `${rounds} rounds of ${ROUND_MS} ms, ${CONNECTIONS} connections; requests a second, µs of processor time of the server a request\n\n`,
  );
  print('', 'bare', 'CPU', 'Holdfast', 'CPU', 'ratio', 'floor', 'target');
  let missed = 0;
  for (const [name, sides] of Object.entries(workloads)) missed += (await compare(name, sides)) ? 0 : 1;
  process.exitCode = missed === 0 ? 0 : 1;
} finally {
  for (const { process: child } of children) child.disconnect();
  await database.end();
  await rm(folder, { recursive: true, force: true });
}

async function compare(name, sides) {
  const runs = sides.map(() => []);
  for (let round = -1; round < Number(rounds); round++) {
    for (const side of round % 2 ? [0, 1] : [1, 0]) {
      const { child, request, status = 200 } = sides[side];
      const before = await cpuOf(child);
      const rate = await load({ port: child.port, connections: CONNECTIONS, ms: ROUND_MS, request, status });
      const cpu = ((await cpuOf(child)) - before) / (rate * (ROUND_MS / 1000));
      if (round >= 0) runs[side].push({ rate, cpu });
    }
  }
  const of = (side, what) => median(runs[side].map((run) => run[what]));
  const ratio = median(runs[0].map(({ rate }, round) => runs[1][round].rate / rate));
  const [floor = 1 / 1.5, target = 1 / 1.2] = FLOORS[name] ?? [];
  const numbers = [of(0, 'rate'), of(0, 'cpu'), of(1, 'rate'), of(1, 'cpu')].map((value) => value.toFixed(0));
  print(name, ...numbers, ratio.toFixed(2), floor.toFixed(2), target.toFixed(2));
  return ratio >= floor;
}

/** Each connection its own way through the books. */
function reads(child, ids, path, headers = {}) {
  const requests = ids.map((id) => bytesOf('GET', path + id, headers));
  return { child, request: (n) => requests[(n * 7919) % requests.length] };
}

function newBook(n) {
  return { title: `Bench of ${process.pid} and ${n}`, price: 9.99, authors: [`Author ${n % 500}`], units: 1 };
}

async function start(script, options) {
  const child = fork(new URL(script, import.meta.url), [JSON.stringify(options)], AS_DELIVERED);
  const port = await new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message.port));
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
  });
  return { process: child, port };
}

function cpuOf({ process: child }) {
  return new Promise((resolve) => {
    child.once('message', ({ cpu }) => resolve(cpu));
    child.send('cpu');
  });
}

async function signIn() {
  const response = await fetch(`http://127.0.0.1:${app.port}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ login: admin.ADMIN_USERNAME, password: admin.ADMIN_PASSWORD }),
  });
  return (await response.json()).accessToken;
}

async function etagOf(id) {
  return (await fetch(`http://127.0.0.1:${app.port}/api/books/${id}`)).headers.get('etag');
}

async function deepPage() {
  const { rows } = await database.query(
    "SELECT reltuples::int AS books FROM pg_class WHERE oid = 'catalog.books'::regclass",
  );
  const offset = Math.floor(rows[0].books / 2);
  const { nextCursor } = await (
    await fetch(`http://127.0.0.1:${app.port}/api/books?sort=title&offset=${offset}`)
  ).json();
  return { first: '/api/books?sort=title', deep: `/api/books?sort=title&cursor=${nextCursor}` };
}

function print(name, ...cells) {
  process.stdout.write(`${name.padEnd(44)}${cells.map((cell) => cell.padStart(10)).join('')}\n`);
}
