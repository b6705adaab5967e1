// What does the import of a large catalogue cost, against the best SQL for the same rows in the same run, how much memory does
// its worker take, and how do readers of books fare meanwhile? `node bench/import.mjs [server] [books] [rounds]`, after
// `npm run build`; makes databases of its own there and drops them. A million books take some five minutes a round.
// Exits with 1 when a floor is missed.
import { fork } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { importAtTheLimit } from './lib/import-limit.mjs';
import { median } from './lib/load.mjs';
import { booksOf, LIBRARIES, makeDatabase } from './seed-books.mjs';

const [server = 'postgres://postgres@127.0.0.1:5432', books = '100000', rounds = '3'] = process.argv.slice(2);
const FLOOR = 0.65;
const AIM = 0.85;
const MOST_GROWTH_MB = 150;
const MOST_SLOWER = 2;
/** Reads of books a second, by their ids, none of which is asked for twice in a while: each goes to PostgreSQL. */
const READS_A_SECOND = 50;
const IDLE_MS = 15_000;
/** Books that come in while others are read. */
const READ_DURING = 20_000;

const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
const file = join(folder, 'books.csv');
const admin = new pg.Client({ connectionString: `${server}/postgres` });
const admission = {
  ADMIN_USERNAME: 'bench-admin',
  ADMIN_EMAIL: 'bench-admin@example.org',
  ADMIN_PASSWORD: 'a password of the bench',
};

await admin.connect();
try {
  await pipeline(Readable.from(lines(Number(books))), createWriteStream(file));
  const runs = [];
  for (let round = 0; round < Number(rounds); round++) {
    const sides = round % 2 ? [ours, limit] : [limit, ours];
    const run = {};
    for (const side of sides) Object.assign(run, await side());
    runs.push(run);
    print(`round ${round + 1}`, run);
  }
  const of = (what) => median(runs.map((run) => run[what]));
  const ratio = median(runs.map((run) => run.limitMs / run.importMs));
  const verdict = {
    ratio: [ratio, ratio >= FLOOR, `floor ${FLOOR}, aim ${AIM}`],
    growthMB: [of('growthMB'), of('growthMB') < MOST_GROWTH_MB, `below ${MOST_GROWTH_MB}`],
    slower: [of('slower'), of('slower') <= MOST_SLOWER, `p99 of reads, at most ${MOST_SLOWER} of the idle one`],
  };
  for (const [name, [value, isRight, wanted]] of Object.entries(verdict))
    process.stdout.write(
      `${name.padEnd(10)} ${value.toFixed(2).padStart(8)}   ${wanted}${isRight ? '' : '   MISSED'}\n`,
    );
  process.exitCode = Object.values(verdict).every(([, isRight]) => isRight) ? 0 : 1;
} finally {
  await admin.end();
  await rm(folder, { recursive: true, force: true });
}

/** The catalogue of the other benchmarks as a file, as a library system would write it. */
function* lines(count, seed = 1, hasIsbns = true) {
  const book = booksOf(seed, count);
  yield 'title,authors,isbn,price,publication_date,genre,language,units,library,publisher\n';
  for (let place = 0; place < count; place++) {
    const { title, authors, isbn, price, published, genre, language, units, library } = book(place);
    // A `;` at the end keeps the comma of a single author together.
    const names = authors.join(';') + (authors.length === 1 && authors[0].includes(',') ? ';' : '');
    const publisher = place % 3 ? null : `Publisher ${place % 200}`;
    const cells = [
      title,
      names,
      hasIsbns ? isbn : null,
      (price / 100).toFixed(2),
      published,
      genre,
      language,
      units,
      library,
      publisher,
    ];
    yield `${cells.map(cell).join()}\n`;
  }
}

function cell(value) {
  const text = value === null ? '' : String(value);
  return /[",;\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function limit() {
  return withDatabase('limit', async (url, client) => {
    await makeDatabase(url);
    await addLibraries(client);
    return { limitMs: await importAtTheLimit(url, file) };
  });
}

async function ours() {
  return withDatabase('import', async (url, client) => {
    const settings = {
      DATABASE_URL: url,
      HOLDFAST_DATA_DIR: folder,
      UPLOAD_MAX_BYTES: String(1024 ** 3),
      ...admission,
    };
    const api = await start('lib/app.mjs', settings);
    const worker = await start('lib/import-worker.mjs', settings);
    try {
      await addLibraries(client);
      const token = await signIn(api);
      // What is read while the others come in.
      await upload(api, token, ['title\n', ...Array.from({ length: 2000 }, (_, n) => `Read meanwhile ${n}\n`)]);
      await ended(client);
      const { rows } = await client.query('SELECT id FROM catalog.books');
      const ids = rows.map(({ id }) => id);
      const before = worker.rss;
      worker.peak = before;
      await upload(api, token, createReadStream(file));
      const { ms: importMs } = await ended(client);
      const againMs = await importAgain(api, token, client);
      const idle = await readBooks(api, ids, sleep(IDLE_MS));
      await upload(api, token, lines(READ_DURING, 2, false));
      const busy = await readBooks(api, ids, ended(client));
      return {
        importMs,
        againMs,
        idleMB: before / 1e6,
        growthMB: (worker.peak - before) / 1e6,
        idleP99: idle.p99,
        busyP99: busy.p99,
        slower: busy.p99 / idle.p99,
        reads: busy.count,
        failedReads: busy.failed,
      };
    } finally {
      for (const child of [api, worker]) child.process.disconnect();
      await sleep(1500);
    }
  });
}

/** The same file once more changes nothing. */
async function importAgain(api, token, client) {
  await upload(api, token, createReadStream(file));
  const again = await ended(client);
  if (again.unchanged_rows < 0.99 * Number(books)) throw new Error(`not the same again: ${JSON.stringify(again)}`);
  return again.ms;
}

async function withDatabase(name, work) {
  const database = `holdfast_bench_${name}_${process.pid}`;
  await admin.query(`CREATE DATABASE ${database}`);
  const url = `${server}/${database}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(url, client);
  } finally {
    await client.end();
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
  }
}

async function addLibraries(client) {
  await client.query('INSERT INTO inventory.libraries (id, name) SELECT gen_random_uuid(), unnest($1::text[])', [
    LIBRARIES,
  ]);
}

async function start(script, options) {
  const child = fork(new URL(script, import.meta.url), [JSON.stringify(options)]);
  const started = { process: child, rss: 0, peak: 0 };
  await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
    child.on('message', ({ port, rss }) => {
      if (port !== undefined) resolve(Object.assign(started, { port }));
      if (rss === undefined) return;
      started.rss = rss;
      started.peak = Math.max(started.peak, rss);
    });
  });
  return started;
}

async function signIn({ port }) {
  const response = await fetch(`http://127.0.0.1:${port}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ login: admission.ADMIN_USERNAME, password: admission.ADMIN_PASSWORD }),
  });
  return (await response.json()).accessToken;
}

async function upload({ port }, token, content) {
  const boundary = 'bench-of-imports';
  const form = async function* () {
    yield `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="books.csv"\r\n\r\n`;
    yield* content;
    yield `\r\n--${boundary}--\r\n`;
  };
  const response = await fetch(`http://127.0.0.1:${port}/api/books/upload`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: Readable.toWeb(Readable.from(form())),
    duplex: 'half',
  });
  if (response.status !== 202)
    throw new Error(`the upload was answered with ${response.status}: ${await response.text()}`);
}

/** Waits for the newest upload; gives its row and the time from its first to its last statement. */
async function ended(client) {
  for (;;) {
    const { rows } = await client.query(
      `SELECT *, extract(epoch FROM finished_at - started_at)::float8 * 1000 AS ms
         FROM catalog.uploads ORDER BY id DESC LIMIT 1`,
    );
    if (rows[0].status === 'completed') return rows[0];
    if (rows[0].finished_at) throw new Error(`the import ended: ${JSON.stringify(rows[0])}`);
    await sleep(200);
  }
}

/** At an even pace, whatever the answers take, until the promise is fulfilled. */
async function readBooks({ port }, ids, until) {
  let isOver = false;
  until.finally(() => (isOver = true)).catch(() => undefined);
  const times = [];
  let failed = 0;
  const reads = [];
  for (let n = 0; !isOver; n++) {
    const id = ids[(n * 7919) % ids.length];
    reads.push(
      (async () => {
        const begun = performance.now();
        const response = await fetch(`http://127.0.0.1:${port}/api/books/${id}`);
        await response.arrayBuffer();
        if (response.status !== 200) failed++;
        times.push(performance.now() - begun);
      })(),
    );
    await sleep(1000 / READS_A_SECOND);
  }
  await Promise.all(reads);
  times.sort((a, b) => a - b);
  return { p99: times[Math.floor(times.length * 0.99)], count: times.length, failed };
}

function print(name, run) {
  const numbers = Object.entries(run).map(([what, value]) => `${what} ${value.toFixed(1)}`);
  process.stdout.write(`${name}: ${numbers.join(', ')}, ratio ${(run.limitMs / run.importMs).toFixed(2)}\n`);
}
