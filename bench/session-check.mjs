// What does it spare to remember sessions for less than a second (docs/adr/0010)? Serves the same requests with the memory
// and without it, turn and turn about, and prints the medians and the median of the ratios.
// `node bench/session-check.mjs [rounds]`, after `npm run build`. Needs a PostgreSQL server: DATABASE_URL, or the one on
// 127.0.0.1; it makes a database of its own there and removes it.
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const ROUNDS = Number(process.argv[2] ?? 15);
const TURN_MS = 700;
const CONNECTIONS = 16;

if (isMainThread) await bench();
else parentPort.postMessage(await load(workerData));

/** Requests a second over connections that stay open. Runs in a thread of its own, beside the server. */
async function load({ url, token, status }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const get = () =>
    new Promise((resolve, reject) => {
      const options = { agent, headers: { authorization: `Bearer ${token}` } };
      const request = http.get(url, options, (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === status) resolve();
          else reject(new Error(`${url} answered ${response.statusCode}, not ${status}: the times would say nothing`));
        });
      });
      request.on('error', reject);
    });
  const begun = performance.now();
  let answered = 0;
  const connection = async () => {
    for (; performance.now() - begun < TURN_MS; answered++) await get();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  agent.destroy();
  return (answered / (performance.now() - begun)) * 1000;
}

async function bench() {
  const { Client } = (await import('pg')).default;
  const dist = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
  const { createHttpApp, createPino, HoldfastLogger, readSettings } = await dist('libs/platform/src/index.js');
  const { FirstAdmin, SessionAuthenticator } = await dist('libs/identity/src/index.js');
  const { ApiModule } = await dist('apps/api/src/api.module.js');

  const server = new URL(process.env.DATABASE_URL || 'postgres://postgres@127.0.0.1:5432/postgres');
  const name = `holdfast_bench_${process.pid}`;
  const onServer = async (sql) => {
    const client = new Client({ connectionString: server.href });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await onServer(`CREATE DATABASE ${name}`);
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const settings = readSettings({
    DATABASE_URL: Object.assign(new URL(server), { pathname: `/${name}` }).href,
    HOLDFAST_DATA_DIR: dataDir,
    ADMIN_PASSWORD: 'correct horse battery staple',
  });
  const app = await createHttpApp(
    ApiModule.forRoot(settings),
    settings,
    new HoldfastLogger(createPino('silent', 'api')),
  );
  try {
    await app.listen(0, '127.0.0.1');
    await app.get(FirstAdmin).ensure();
    await compare(app.get(SessionAuthenticator), await app.getUrl());
  } finally {
    await app.close();
    await onServer(`DROP DATABASE ${name} WITH (FORCE)`);
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function compare(authenticator, base) {
  const token = await signedIn(base);
  const remember = authenticator.authenticate.bind(authenticator);
  const ask = (accessToken) => {
    authenticator.verified.clear();
    authenticator.sessions.words.clear();
    return remember(accessToken);
  };
  const serve = (path, status) => () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { url: `${base}${path}`, token, status } });
      worker.once('message', resolve).once('error', reject);
    });
  const alone = async () => {
    const begun = performance.now();
    let count = 0;
    for (; performance.now() - begun < TURN_MS; count++) await authenticator.authenticate(token);
    return (count / (performance.now() - begun)) * 1000;
  };
  const subjects = [
    ['the check alone, one after the other', alone],
    ['GET /api/users, refused (the check and no more)', serve('/api/users', 403)],
    ['GET /api/auth/me (and one query)', serve('/api/auth/me', 200)],
  ];
  print(['', 'with', 'without', 'ratio']);
  for (const [title, measure] of subjects) {
    const rates = { with: [], without: [] };
    for (let round = -2; round < ROUNDS; round++) {
      for (const side of round % 2 === 0 ? ['with', 'without'] : ['without', 'with']) {
        authenticator.authenticate = side === 'with' ? remember : ask;
        const rate = await measure();
        if (round >= 0) rates[side].push(rate);
      }
    }
    const ratios = rates.with.map((rate, round) => rate / rates.without[round]);
    print([title, ...[rates.with, rates.without].map((all) => median(all).toFixed(0)), median(ratios).toFixed(2)]);
  }
  process.stdout.write(`\nA second, ${CONNECTIONS} connections; medians of ${ROUNDS} turns each.\n`);
}

async function signedIn(base) {
  const post = async (path, body) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${base}/api/auth/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return response.json();
  };
  const account = { username: 'reader', email: 'reader@example.org', password: 'notes on the engine' };
  await post('register', account);
  return (await post('login', { login: account.username, password: account.password })).accessToken;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
function print([title, ...cells]) {
  process.stdout.write(`${title.padEnd(50)}${cells.map((cell) => cell.padStart(10)).join('')}\n`);
}
