// What becomes of the API when twice as many requests come as it can answer? Reads of books and reservations, half and half:
// the peak in a closed loop, then twice that in an open one, with shedding and without. Good is a 2xx within two seconds.
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
const CONNECTIONS = [32, 64, 128];
const PEAK_MS = 4000;
const FLOOD = { ms: 15_000, warmMs: 5000 };

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
  await generate({ connections: 64, ms: 2000 });
  const before = await peakOf();
  const shedding = await generate({ ...FLOOD, rate: 2 * before });
  await checkPromises(headers);
  const after = await peakOf();
  // What the machine can do moves; what it could do on both sides is the measure.
  const peak = Math.max(before, after);
  await end(app);
  app = await start('app.mjs', databaseUrl, folder, { SHED_DELAY_MS: '0' });
  await generate({ connections: 64, ms: 2000 });
  const patient = await generate({ ...FLOOD, rate: 2 * before });
  process.stdout.write(`peak: ${before.toFixed(0)} a second before, ${after.toFixed(0)} after\n`);
  const heads = ['offered', 'good', 'of peak', 'shed', 'late', 'failed', 'unsent', 'p99 ms'];
  process.stdout.write(`${''.padEnd(18)}${heads.map((head) => head.padStart(9)).join('')}\n`);
  print('with shedding', shedding, peak);
  print('without', patient, peak);
  if (shedding.good / shedding.seconds / peak < FLOOR) process.exitCode = 1;
} finally {
  generator?.disconnect();
  await Promise.all([end(app), database?.end()]);
  await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
  await rm(folder, { recursive: true, force: true });
}

async function peakOf() {
  let best = 0;
  for (const connections of CONNECTIONS) best = Math.max(best, (await generate({ connections, ms: PEAK_MS })).good);
  return best;
}

function generate(what) {
  return new Promise((resolve) => {
    generator.once('message', resolve);
    generator.send({ port: app.port, ...what });
  });
}

function print(title, seen, peak) {
  const { offered, good, shed, late, failed, unsent, seconds, p99 } = seen;
  const share = (count) => `${((100 * count) / offered).toFixed(0)} %`;
  const cells = [(offered / seconds).toFixed(0), (good / seconds).toFixed(0), (good / seconds / peak).toFixed(2)];
  cells.push(...[shed, late, failed, unsent].map(share), p99.toFixed(0));
  process.stdout.write(`${title.padEnd(18)}${cells.map((cell) => cell.padStart(9)).join('')}\n`);
}

async function checkPromises(headers) {
  const answer = await fetch(`http://127.0.0.1:${app.port}/api/lending/audit`, { headers });
  const { violations } = await answer.json();
  if (answer.status === 200 && violations.length === 0) return;
  process.exitCode = 1;
  process.stdout.write(`BROKEN: ${answer.status} ${JSON.stringify(violations)}\n`);
}
