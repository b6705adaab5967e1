// What becomes of the API when twice as many requests come as it can answer? Reads of books and reservations, half and half,
// and reservations alone: the peak in a closed loop, then twice that in an open one; and the former without shedding. Good is
// a 2xx within two seconds.
// `node bench/overload.mjs [server url]`, after `npm run build`; makes a database of its own on the server and removes it.
// Exits with 1 when less than FLOOR of the peak is left, or a promise is broken.
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { end, onServer, seed, signIn, start } from './lib/lending-house.mjs';

const [server = 'postgres://postgres@127.0.0.1:5432/postgres'] = process.argv.slice(2);
const FLOOR = 0.85;
const CONNECTIONS = [128, 512];
const PEAK_MS = 2000;
const WARM_UP = { connections: 256, ms: 4000 };
const FLOOD = { ms: 9000, warmMs: 3000 };

const name = `holdfast_bench_overload_${process.pid}`;
const databaseUrl = Object.assign(new URL(server), { pathname: `/${name}` }).href;
const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
await onServer(server, `CREATE DATABASE ${name}`);
let database;
let app;
let generator;
try {
  app = await start('app.mjs', databaseUrl, folder);
  database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  await seed(database);
  await database.query('UPDATE inventory.holdings SET units = 100000; ANALYZE');
  generator = fork(new URL('lib/flood.mjs', import.meta.url));
  const headers = { Authorization: `Bearer ${await signIn(app)}` };
  generator.send({
    house: {
      books: (await database.query('SELECT book_id FROM bench.books ORDER BY n')).rows.map((row) => row.book_id),
      customers: (await database.query('SELECT id FROM bench.customers ORDER BY n')).rows.map(({ id }) => id),
      headers,
      reservedUntil: new Date(Date.now() + 10 * 86_400_000).toISOString(),
    },
  });
  print('');
  await generate({ ...WARM_UP, mixed: true });
  let mixture;
  for (const mixed of [true, false]) {
    const before = await peakOf(mixed);
    const seen = await generate({ ...FLOOD, mixed, rate: 2 * before });
    await checkPromises(headers);
    // What the machine can do moves: the mean of both sides is the measure.
    const peak = (before + (await peakOf(mixed))) / 2;
    mixture ??= { peak, rate: 2 * before };
    print(mixed ? 'half reads' : 'reservations alone', seen, peak);
    if (goodOf(seen) / peak < FLOOR) process.exitCode = 1;
  }
  await end(app);
  app = await start('app.mjs', databaseUrl, folder, { SHED_DELAY_MS: '0' });
  await generate({ ...WARM_UP, mixed: true });
  print('half reads, without', await generate({ ...FLOOD, mixed: true, rate: mixture.rate }), mixture.peak);
} finally {
  generator?.disconnect();
  await Promise.all([end(app), database?.end()]);
  await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
  await rm(folder, { recursive: true, force: true });
}

async function peakOf(mixed) {
  let best = 0;
  for (const connections of CONNECTIONS) {
    best = Math.max(best, (await generate({ connections, ms: PEAK_MS, mixed })).good);
  }
  return best;
}

function generate(what) {
  return new Promise((resolve) => {
    generator.once('message', resolve);
    generator.send({ port: app.port, ...what });
  });
}

function goodOf({ reads, reservations, seconds }) {
  return (reads + reservations) / seconds;
}

function print(title, seen, peak) {
  const heads = ['peak', 'offered', 'reads', 'reserv.', 'of peak', 'shed', 'late', 'unsent', 'failed', 'p99 ms'];
  const line = (cells) =>
    process.stdout.write(`${title.padEnd(20)}${cells.map((cell) => cell.padStart(9)).join('')}\n`);
  if (!seen) return line(heads);
  const { offered, reads, reservations, shed, late, failed, unsent, seconds, p99 } = seen;
  const share = (count) => `${((100 * count) / offered).toFixed(0)} %`;
  const rates = [peak, ...[offered, reads, reservations].map((count) => count / seconds)];
  const ratio = (goodOf(seen) / peak).toFixed(2);
  return line([
    ...rates.map((rate) => rate.toFixed(0)),
    ratio,
    ...[shed, late, unsent, failed].map(share),
    p99.toFixed(0),
  ]);
}

async function checkPromises(headers) {
  const answer = await fetch(`http://127.0.0.1:${app.port}/api/lending/audit`, { headers });
  const { violations } = await answer.json();
  if (answer.status === 200 && violations.length === 0) return;
  process.exitCode = 1;
  process.stdout.write(`BROKEN: ${answer.status} ${JSON.stringify(violations)}\n`);
}
