// What do reservations cost over HTTP, everything on, against pgbench, and against bare node:http and pg, with one transaction
// for each request under the title's lock? (a) spread over 10,000 titles, (b) everybody the same title: 100 copies, 500
// customers; turn and turn about, medians of the rounds, the promises checked after each. And the designs for one title
// against each other, by pgbench alone.
// `node bench/lending.mjs [server url] [rounds]`, after `npm run build`; makes a database of its own on the server and
// removes it. Exits with 1 when a floor is missed or a promise is broken.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import pg from 'pg';
import { cpuOf, end, onServer, seed, signIn, start } from './lib/lending-house.mjs';
import { bytesOf, crowd, load, median } from './lib/load.mjs';
import { designs, rowLock, TOGETHER } from './lib/lending-scripts.mjs';

const [server = 'postgres://postgres@127.0.0.1:5432/postgres', rounds = '5'] = process.argv.slice(2);
const SPREAD = { side: 'pgbench', floor: 0.8 };
const STORM = { side: 'pgbench', floor: 3 };
const OURS = 'Holdfast';
const [COPIES, CUSTOMERS] = [100, 500];
const CONNECTIONS = 64;
const ROUND_MS = 3000;

const run = promisify(execFile);
const name = `holdfast_bench_lending_${process.pid}`;
const databaseUrl = Object.assign(new URL(server), { pathname: `/${name}` }).href;
const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
await onServer(server, `CREATE DATABASE ${name}`);
let app;
let bare;
let database;
let failed = false;
try {
  app = await start('app.mjs', databaseUrl, folder);
  bare = await start('bare-lending.mjs', databaseUrl, folder);
  database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  await prepare();
  const token = await signIn(app);
  const headers = { Authorization: `Bearer ${token}` };
  const books = (await database.query('SELECT book_id FROM bench.books ORDER BY n')).rows.map((row) => row.book_id);
  const customers = (await database.query('SELECT id FROM bench.customers ORDER BY n')).rows.map(({ id }) => id);
  const reservedUntil = new Date(Date.now() + 10 * 86_400_000).toISOString();
  let turn = 0;
  const ask = (bookId, customerId) =>
    bytesOf('POST', '/api/reservations', headers, { bookId, customerId, reservedUntil });

  const spread = async () => {
    const request = () => ask(books[(turn * 7919) % books.length], customers[turn++ % customers.length]);
    return load({ port: app.port, connections: CONNECTIONS, ms: ROUND_MS, request, status: 201 });
  };
  const storm = async () => {
    const request = (n) => ask(books[0], customers[n]);
    const rate = await crowd({ port: app.port, connections: CONNECTIONS, count: CUSTOMERS, request, status: 201 });
    const { rows } = await database.query(
      `SELECT status, count(*)::int AS n, count(DISTINCT ticket)::int AS tickets, coalesce(max(ticket), 0)::int AS last
         FROM lending.reservations GROUP BY status ORDER BY status`,
    );
    const waiting = CUSTOMERS - COPIES;
    expect(rows, [
      { status: 'active', n: COPIES, tickets: 0, last: 0 },
      { status: 'pending', n: waiting, tickets: waiting, last: waiting },
    ]);
    return rate;
  };
  const bareSpread = () => {
    const request = () => ask(books[(turn * 7919) % books.length], customers[turn++ % customers.length]);
    return load({ port: bare.port, connections: CONNECTIONS, ms: ROUND_MS, request, status: 201 });
  };
  await compare('spread over 10,000 titles', SPREAD, 1_000_000, {
    pgbench: () => pgbench(rowLock('any'), ['-T', String(ROUND_MS / 1000)]),
    'bare HTTP': bareSpread,
    [OURS]: spread,
  });
  await compare(`one title, ${COPIES} copies, ${CUSTOMERS} customers`, STORM, COPIES, {
    pgbench: () => pgbench(rowLock('one'), ['-t', String(CUSTOMERS / 10)], 10),
    [OURS]: storm,
  });
  await compareDesigns();

  /** Turn and turn about, from empty shelves each time; `side`: the ratio to which must reach the floor. */
  async function compare(title, wanted, units, sides) {
    const results = [];
    for (let round = -1; round < Number(rounds); round++) {
      const rates = {};
      const order = Object.entries(sides);
      for (const [side, measure] of round % 2 ? order.toReversed() : order) {
        await empty(units);
        const before = side === OURS ? await cpuOf(app) : 0;
        const begun = performance.now();
        rates[side] = await measure();
        if (side !== OURS) continue;
        rates.cpu = ((await cpuOf(app)) - before) / (rates[OURS] * ((performance.now() - begun) / 1000));
        await checkPromises(headers);
      }
      if (round >= 0) results.push(rates);
    }
    const of = (pick) => median(results.map(pick));
    for (const side of Object.keys(sides).filter((one) => one !== OURS)) {
      const ratio = of((rates) => rates[OURS] / rates[side]);
      const cells = [of((rates) => rates[side]), of((rates) => rates[OURS]), of(({ cpu: us }) => us)];
      const floor = side === wanted.side ? wanted.floor.toFixed(2) : '';
      print(`${title}, ${side}`, ...cells.map((cell) => cell.toFixed(0)), ratio.toFixed(2), floor);
      if (side === wanted.side) failed ||= ratio < wanted.floor;
    }
  }
} finally {
  await Promise.all([end(app), end(bare), database?.end()]);
  await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

async function compareDesigns() {
  const rates = new Map(Object.keys(designs).map((design) => [design, []]));
  for (let round = 0; round < Number(rounds); round++) {
    for (const [design, script] of Object.entries(designs)) {
      await empty(1_000_000);
      const tps = await pgbench(script, ['-T', '2', '--max-tries=1000'], 16);
      rates.get(design).push(design.startsWith(String(TOGETHER)) ? tps * TOGETHER : tps);
    }
  }
  process.stdout.write('\none title by design, pgbench alone, copies for all\n');
  const base = rates.get('row lock');
  for (const [design, own] of rates) {
    const ratio = median(own.map((rate, round) => rate / base[round]));
    process.stdout.write(
      `${design.padEnd(44)}${median(own).toFixed(0).padStart(10)}${ratio.toFixed(2).padStart(10)}\n`,
    );
  }
}

function print(title, ...cells) {
  if (print.isFirst !== false) {
    const heads = ['limit', 'Holdfast', 'CPU µs', 'ratio', 'floor'];
    process.stdout.write(`${''.padEnd(54)}${heads.map((head) => head.padStart(10)).join('')}\n`);
    print.isFirst = false;
  }
  process.stdout.write(`${title.padEnd(54)}${cells.map((cell) => cell.padStart(10)).join('')}\n`);
}

/** Transactions a second. */
async function pgbench(script, options, clients = 8) {
  const file = join(folder, 'script.sql');
  await writeFile(file, script);
  const { stdout } = await run('pgbench', [
    '-n',
    '-M',
    'prepared',
    '-c',
    String(clients),
    '-j',
    '2',
    ...options,
    '-f',
    file,
    databaseUrl,
  ]);
  const tps = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  if (!tps) throw new Error(`pgbench said: ${stdout}`);
  return tps;
}

async function checkPromises(headers) {
  const answer = await fetch(`http://127.0.0.1:${app.port}/api/lending/audit`, { headers });
  const { violations } = await answer.json();
  if (answer.status === 200 && violations.length === 0) return;
  failed = true;
  process.stdout.write(`BROKEN: ${answer.status} ${JSON.stringify(violations)}\n`);
}

function expect(found, wanted) {
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  failed = true;
  process.stdout.write(`BROKEN: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}\n`);
}

/** Nobody has anything, nobody waits; so many copies of each book (100,000 are the most that there may be). */
async function empty(units) {
  await database.query('TRUNCATE lending.reservations, lending.reminders, platform.outbox');
  await database.query('UPDATE inventory.holdings SET reserved = 0, units = $1', [Math.min(units, 100_000)]);
  await database.query('UPDATE inventory.titles SET last_ticket = 0, waiting = 0 WHERE last_ticket > 0');
  await database.query(`UPDATE bench.copies SET taken = false WHERE taken; SELECT setval('bench.turn', 1)`);
  await database.query('VACUUM inventory.holdings, inventory.titles, bench.copies, identity.users, catalog.books');
}

async function prepare() {
  await seed(database);
  await database.query(`
    CREATE TABLE bench.hot AS SELECT book_id FROM bench.books WHERE n = 1;
    CREATE TABLE bench.copies (n int PRIMARY KEY, taken boolean NOT NULL DEFAULT false);
    CREATE INDEX ON bench.copies (n) WHERE NOT taken;
    INSERT INTO bench.copies SELECT generate_series(1, 100000);
    CREATE SEQUENCE bench.turn;`);
  await database.query('ANALYZE');
}
