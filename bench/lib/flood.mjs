// A child of bench/overload.mjs: requests of some kinds in turn, as fast as the answers come, or so many a second whatever
// becomes of those before (an open loop). Told what to do by messages; the answer to each is one message.
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { connect } from 'node:net';
import { bytesOf, lengthOfAnswer } from './load.mjs';

/** Who has no answer by then has gone away. */
const IN_TIME_MS = 2000;
const STEP_MS = 2;
/** As many clients as there are; when all of them wait, the request that is due is one that nobody could send. */
const CLIENTS = 12_000;
/** They come one after the other: what is measured is not the queue of new connections. */
const COMING_AT_ONCE = 100;

const PAGE = 20;

let house;
let kinds = [];
let turn = 0;
process.on('message', async (message) => {
  if (message.house) house = message.house;
  else {
    kinds = message.kinds;
    process.send(await (message.rate ? flood(message) : saturate(message)));
  }
});
process.on('disconnect', () => process.exit(0));

const requestOf = {
  reads: (place) => bytesOf('GET', `/api/books/${bookAt(place)}`),
  pages: (place) => bytesOf('GET', `/api/books?limit=${PAGE}&offset=${(place * PAGE) % (house.books.length - PAGE)}`),
  lists: (place) =>
    bytesOf('GET', `/api/reservations?customerId=${customerAt(place * 7919)}&limit=${PAGE}`, house.headers),
  newBooks: (place) => bytesOf('POST', '/api/books', house.headers, newBook(place)),
  /** Never the same book for the same customer again. */
  reservations(place) {
    const { customers, headers, reservedUntil } = house;
    const customerId = customerAt(place + Math.floor(place / customers.length));
    return bytesOf('POST', '/api/reservations', headers, { bookId: bookAt(place), customerId, reservedUntil });
  },
};

const customerAt = (place) => house.customers[place % house.customers.length];
const newBook = (place) => ({
  title: `Flood ${process.pid} and ${place}`,
  price: 9.99,
  authors: [`Author ${place % 500}`],
  units: 1,
});
const bookAt = (place) => house.books[(place * 7919) % house.books.length];

class Client {
  received = Buffer.alloc(0);

  constructor(port, answered) {
    this.answered = answered;
    this.socket = connect(port, '127.0.0.1').setNoDelay(true);
    this.socket.on('data', (piece) => this.hear(piece));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => this.answered(this, 0));
  }

  ask() {
    this.since = performance.now();
    this.kind = kinds[turn % kinds.length];
    this.socket.write(requestOf[this.kind](turn++));
  }

  hear(piece) {
    this.received = this.received.length === 0 ? piece : Buffer.concat([this.received, piece]);
    const length = lengthOfAnswer(this.received);
    if (length === null || this.received.length < length) return;
    const status = Number(this.received.toString('latin1', 9, 12));
    this.received = this.received.subarray(length);
    this.answered(this, status);
  }
}

/** Good answers a second of each kind, of so many clients who ask as soon as they are answered. */
function saturate({ port, connections, ms }) {
  const good = noneOf(kinds);
  let answers = 0;
  let open = connections;
  const begun = performance.now();
  return new Promise((resolve) => {
    const answered = (client, status) => {
      if (status >= 200 && status < 300) good[client.kind]++;
      answers++;
      if (status !== 0 && performance.now() - begun < ms) return client.ask();
      if (status !== 0) return client.socket.destroy();
      if (--open > 0) return;
      const seconds = (performance.now() - begun) / 1000;
      for (const kind of Object.keys(good)) good[kind] /= seconds;
      resolve({ good, answers });
    };
    for (let n = 0; n < connections; n++) new Client(port, answered).ask();
  });
}

const noneOf = (all) => Object.fromEntries(all.map((kind) => [kind, 0]));

/** `rate` a second for `ms`, of which the first `warmMs` do not count. */
async function flood({ port, rate, ms, warmMs }) {
  const idle = [];
  const seen = { good: noneOf(kinds), offered: 0, late: 0, shed: 0, failed: 0, unsent: 0 };
  const waits = [];
  const clients = await comeIn(port, (client, status) => answered(client, status));
  idle.push(...clients);
  const begun = performance.now();
  const counts = (since) => since - begun >= warmMs && since - begun < ms;
  const answered = (client, status) => {
    const { since } = client;
    client.since = undefined;
    if (status === 0) return comeAgain(client, since);
    // Who has not asked is told that it took too long, and then the connection ends.
    if (since === undefined) return;
    idle.push(client);
    if (!counts(since)) return;
    const waited = performance.now() - since;
    if (status >= 200 && status < 300) {
      waits.push(waited);
      if (waited <= IN_TIME_MS) seen.good[client.kind]++;
      else seen.late++;
    } else seen[status === 503 ? 'shed' : 'failed']++;
  };
  const comeAgain = (client, since) => {
    client.isGone = true;
    if (since !== undefined && counts(since)) seen.failed++;
    const next = new Client(port, answered);
    clients.push(next);
    next.socket.once('connect', () => idle.push(next));
  };
  const free = () => {
    let client = idle.pop();
    while (client?.isGone) client = idle.pop();
    return client;
  };
  const arrive = () => {
    const now = performance.now();
    if (counts(now)) seen.offered++;
    const client = free();
    if (client) client.ask();
    else if (counts(now)) seen.unsent++;
  };
  let sent = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const passed = performance.now() - begun;
      for (; sent < (Math.min(passed, ms) * rate) / 1000; sent++) arrive();
      if (passed < ms + IN_TIME_MS) return;
      clearInterval(timer);
      for (const client of clients) if (client.since !== undefined && counts(client.since)) seen.late++;
      for (const client of clients) client.socket.removeAllListeners('close').destroy();
      waits.sort((a, b) => a - b);
      const seconds = (ms - warmMs) / 1000;
      for (const kind of Object.keys(seen.good)) seen.good[kind] /= seconds;
      resolve({ ...seen, seconds, p99: waits[Math.floor(waits.length * 0.99)] ?? 0 });
    }, STEP_MS);
  });
}

async function comeIn(port, answered) {
  const clients = [];
  while (clients.length < CLIENTS) {
    const coming = Array.from({ length: COMING_AT_ONCE }, () => new Client(port, answered));
    await Promise.all(coming.map(({ socket }) => once(socket, 'connect')));
    clients.push(...coming);
  }
  return clients;
}
