// What becomes of the API when twice as many requests come as it can answer? Every kind of them; reads of books and reservations,
// half and half; and single routes: the peak in a closed loop, then twice that in an open one, and the peak again, several
// times, of which the median is shown; and half reads without shedding. Good is a 2xx within two seconds. Who refuses on the
// thread that serves keeps no more of the peak than refusing leaves: for reservations, which cost little more than some refusals,
// it is also told what a bare node:http server would keep, by the processor time that it needs to refuse the same flood.
// `node bench/overload.mjs [server url] [rounds]`, after `npm run build`; makes a database of its own on the server and removes it.
// Exits with 1 when less than a floor is left, or a promise is broken.
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { cpuOf, end, onServer, seed, signIn, start } from './lib/lending-house.mjs';
import { median } from './lib/load.mjs';

const [server = 'postgres://postgres@127.0.0.1:5432/postgres', rounds = '3'] = process.argv.slice(2);
/** Of the peak. */
const FLOOR = 0.85;
/** Of its own part of the peak, for each of every kind: the whole can hide that one of them is starved. */
const FLOOR_OF_EACH = 0.5;
/** As readers use a library: most of them look at books, some look through them, at what they have, or take one. */
const EVERY_KIND = [...Array(6).fill('reads'), 'pages', 'lists', 'reservations', 'reservations'];
const WORKLOADS = {
  'every kind': EVERY_KIND,
  'half reads': ['reads', 'reservations'],
  'pages of books': ['pages'],
  'lists of a reader': ['lists'],
  'reservations alone': ['reservations'],
  'new books': ['newBooks'],
};
/** The least work that may be refused: hardly more than to refuse it. */
const CHEAPEST = 'reservations alone';
const PEAK = { connections: 512, ms: 4000 };
const WARM_UP = { connections: 256, ms: 4000 };
/** A crowd of a thousand is let in for six seconds; by then it is served, at two hundred a second too. */
const FLOOD = { ms: 18_000, warmMs: 12_000 };
const SHORT_MS = 4000;

const name = `holdfast_bench_overload_${process.pid}`;
const databaseUrl = Object.assign(new URL(server), { pathname: `/${name}` }).href;
const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
await onServer(server, `CREATE DATABASE ${name}`);
let database;
let app;
let bare;
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
  const seen = {};
  for (const [title, kinds] of Object.entries(WORKLOADS)) {
    await generate({ ...WARM_UP, kinds });
    seen[title] = await overload(kinds, headers);
    print(title, seen[title]);
    const isStarved =
      kinds === EVERY_KIND && seen[title].ofEach.some(([, rate, before]) => rate < FLOOR_OF_EACH * before);
    if (seen[title].kept < FLOOR || isStarved) process.exitCode = 1;
  }
  const { 'half reads': mixture, [CHEAPEST]: alone } = seen;
  // Nothing is served while somebody else has the tables, so what is spent is spent for refusing.
  await database.query('BEGIN; LOCK TABLE inventory.titles, inventory.holdings IN ACCESS EXCLUSIVE MODE');
  const ours = await microsOfRefusal(app, alone.offered);
  await database.query('ROLLBACK');
  await end(app);
  app = undefined;
  bare = await start('bare-refusals.mjs', databaseUrl, folder);
  const refusal = await microsOfRefusal(bare, alone.offered);
  await end(bare);
  bare = undefined;
  const limit = keptAtBest(refusal / alone.micros);
  print('the same, bare', { ...alone, good: limit * alone.peak, kept: limit });
  process.stdout.write(
    `a reservation ${alone.micros.toFixed(0)} µs at the peak, a refusal ${ours.toFixed(0)}, bare ${refusal.toFixed(0)}; ` +
      `kept of what bare node:http would keep: ${(alone.kept / limit).toFixed(2)}\n`,
  );
  app = await start('app.mjs', databaseUrl, folder, { SHED_DELAY_MS: '0' });
  const kinds = WORKLOADS['half reads'];
  await generate({ ...WARM_UP, kinds });
  const without = await generate({ ...FLOOD, kinds, rate: mixture.offered });
  print('half reads, without', figures(without, mixture.peakOfEach));
} finally {
  generator?.disconnect();
  await Promise.all([end(app), end(bare), database?.end()]);
  await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
  await rm(folder, { recursive: true, force: true });
}

/** The round whose kept share of the peak is the median; `micros` of the processor for each good answer at the peak. */
async function overload(kinds, headers) {
  const seen = [];
  for (let round = 0; round < Number(rounds); round++) {
    const before = await peakOf(kinds);
    const flood = await generate({ ...FLOOD, kinds, rate: 2 * before.good });
    await checkPromises(headers);
    // What the machine can do moves: the mean of both sides is the measure.
    const after = await peakOf(kinds);
    const peakOfEach = Object.fromEntries(
      Object.keys(flood.good).map((kind) => [kind, (before.each[kind] + after.each[kind]) / 2]),
    );
    seen.push({ ...figures(flood, peakOfEach), micros: (before.micros + after.micros) / 2 });
  }
  const middle = median(seen.map(({ kept }) => kept));
  return seen.find(({ kept }) => kept === middle);
}

async function peakOf(kinds) {
  const before = await cpuOf(app);
  const { good: each, answers } = await generate({ ...PEAK, kinds });
  return { each, good: sum(each), micros: ((await cpuOf(app)) - before) / answers };
}

/** Of the processor, for each refusal of a flood, where all are refused; the difference of two, for those who come in cost as well. */
async function microsOfRefusal(program, rate) {
  const spent = [];
  for (const ms of [SHORT_MS, FLOOD.ms]) {
    const before = await cpuOf(program);
    await generate({ port: program.port, kinds: WORKLOADS[CHEAPEST], rate, ms, warmMs: 0 });
    spent.push((await cpuOf(program)) - before);
  }
  return (spent[1] - spent[0]) / ((rate * (FLOOD.ms - SHORT_MS)) / 1000);
}

/** Of the peak, at twice of it, where a refusal costs this share of an answer: what is not refused is served. */
function keptAtBest(share) {
  return Math.max(0, (1 - 2 * share) / (1 - share));
}

function generate(what) {
  return new Promise((resolve) => {
    generator.once('message', resolve);
    generator.send({ port: app?.port, ...what });
  });
}

function sum(rates) {
  return Object.values(rates).reduce((all, rate) => all + rate, 0);
}

/** What is kept of all, and of each kind: of its own part of the peak. */
function figures({ offered, good: each, shed, late, unsent, failed, seconds, p99 }, peakOfEach) {
  const shares = [shed, late, unsent, failed].map((count) => `${((100 * count) / offered).toFixed(0)} %`);
  const [good, peak] = [sum(each), sum(peakOfEach)];
  const ofEach = Object.entries(each).map(([kind, rate]) => [kind, rate, peakOfEach[kind]]);
  return { offered: offered / seconds, good, peak, peakOfEach, kept: good / peak, ofEach, shares, p99 };
}

function print(title, seen) {
  const heads = ['peak', 'offered', 'good', 'of peak', 'shed', 'late', 'unsent', 'failed', 'p99 ms'];
  const line = (cells) =>
    process.stdout.write(`${title.padEnd(20)}${cells.map((cell) => cell.padStart(9)).join('')}\n`);
  if (!seen) {
    line(heads);
    return;
  }
  const { peak, offered, good, kept, ofEach = [], shares, p99 } = seen;
  const rates = [peak, offered, good].map((rate) => rate.toFixed(0));
  line([...rates, kept.toFixed(2), ...shares, p99.toFixed(0)]);
  if (ofEach.length < 2) return;
  const parts = ofEach.map(([kind, rate, before]) => `${kind} ${rate.toFixed(0)} of ${before.toFixed(0)}`);
  process.stdout.write(`${''.padEnd(20)}  ${parts.join(', ')}\n`);
}

async function checkPromises(headers) {
  const answer = await fetch(`http://127.0.0.1:${app.port}/api/lending/audit`, { headers });
  const { violations } = await answer.json();
  if (answer.status === 200 && violations.length === 0) return;
  process.exitCode = 1;
  process.stdout.write(`BROKEN: ${answer.status} ${JSON.stringify(violations)}\n`);
}
