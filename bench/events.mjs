// What do the relay and the consumers cost against bare amqplib, and how long is an event on its way? The drain of a full
// outbox against confirms with 200 in flight; a consumer with its inbox against consume and ack with a prefetch of 200; turn
// and turn about, medians of the ratios. Then the time from commit to consumer at 200 events a second.
// `node bench/events.mjs [server url] [rounds]`, after `npm run build`. Makes a database of its own, and with `rabbitmqctl` a
// virtual host of its own on RABBITMQ_URL, or the RabbitMQ on 127.0.0.1; removes both. Exits with 1 when a floor is missed.
import { Buffer } from 'node:buffer';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { Logger } from '@nestjs/common';
import { connect } from 'amqplib';
import pg from 'pg';
import { z } from 'zod';
import { median } from './lib/load.mjs';

const [server = 'postgres://postgres@127.0.0.1:5432/postgres', rounds = '5'] = process.argv.slice(2);
const FLOORS = { drain: 0.4, consume: 0.15, p99: 250 };
const [DRAINED, CONSUMED, IN_FLIGHT] = [20_000, 5000, 200];
const [PER_SECOND, SECONDS] = [200, 10];
const PREFETCH = 200;

Logger.overrideLogger(['error']);
const dist = (path) => import(new URL(`../dist/libs/platform/src/${path}`, import.meta.url).href);
const { createDataSource, Database, EventRegistry, migrate, Outbox, RabbitMqBroker, Relay, UnitOfWork } =
  await dist('index.js');
const { ConsumerRunner } = await dist('messaging/consuming/consumer-runner.js');
const { Inbox } = await dist('messaging/consuming/inbox.js');
const { RelaySignal } = await dist('messaging/relay-signal.js');

const run = promisify(execFile);
const name = `holdfast_bench_events_${process.pid}`;
const databaseUrl = Object.assign(new URL(server), { pathname: `/${name}` }).href;
const rabbit = new URL(process.env.RABBITMQ_URL || 'amqp://guest:guest@127.0.0.1:5672');
const type = {
  exchange: 'holdfast.events',
  source: '/holdfast/bench',
  subject: 'books/{id}',
  schema: 'Bench',
  description: 'Measured.',
  data: z.looseObject({}),
  example: {},
};
const registry = new EventRegistry({ book_updated: type });
/** As large as a book. */
const DATA = { title: 'Emma', description: 'x'.repeat(500), authors: ['Jane Austen'], price: 7.5 };

await onServer(`CREATE DATABASE ${name}`);
await run('rabbitmqctl', ['add_vhost', name]);
await run('rabbitmqctl', ['set_permissions', '-p', name, rabbit.username || 'guest', '.*', '.*', '.*']);
rabbit.pathname = `/${name}`;
let failed = false;
const opened = [];
try {
  const source = createDataSource({ url: databaseUrl, poolSize: 10, schemas: [], migrations: [] });
  await source.initialize();
  opened.push(() => source.destroy());
  await migrate(source);
  const database = new Database(source);
  const unitOfWork = new UnitOfWork(database);
  const bare = await connect(rabbit.href);
  opened.push(() => bare.close());
  const confirming = await bare.createConfirmChannel();
  const outbox = new Outbox(database, unitOfWork, registry, new RelaySignal(database));
  const inbox = new Inbox(database, unitOfWork);

  /** Starts broker and consumer, and gives back what ends them. */
  async function consume(handle) {
    const consumer = { name: 'bench', events: ['book_updated'], prefetch: PREFETCH, handle };
    const broker = new RabbitMqBroker({ url: rabbit.href });
    await broker.start(new ConsumerRunner([consumer], registry, inbox).subscriptions());
    return { broker, end: async () => (await broker.stopConsuming(), await broker.close()) };
  }
  const fill = (count) =>
    database.query(
      `INSERT INTO platform.outbox (id, type, subject, data)
       SELECT gen_random_uuid(), 'book_updated', 'books/' || n % 5000, $2::jsonb FROM generate_series(1, $1::int) AS n`,
      [count, DATA],
    );

  async function drainOutbox() {
    await database.query('TRUNCATE platform.outbox');
    await fill(DRAINED);
    await database.query('VACUUM ANALYZE platform.outbox');
    const broker = new RabbitMqBroker({ url: rabbit.href });
    await broker.start([]);
    const relay = new Relay(database, broker, registry);
    const began = performance.now();
    relay.start();
    await until(() => relay.status().published === DRAINED);
    const rate = perSecond(DRAINED, began);
    await relay.stop();
    await broker.close();
    const { n } = await database.one('SELECT count(*)::int AS n FROM platform.outbox WHERE published_at IS NULL');
    if (n !== 0) throw new Error(`${n} events were not marked`);
    return rate;
  }
  const bodies = (count) => Array.from({ length: count }, (_, n) => bodyOf(n));
  async function publishBare(exchange, key, all) {
    let next = 0;
    const began = performance.now();
    const lane = async () => {
      while (next < all.length) {
        const { id, body } = all[next++];
        const options = {
          persistent: true,
          mandatory: true,
          messageId: id,
          contentType: 'application/cloudevents+json',
        };
        await new Promise((resolve, reject) =>
          confirming.publish(exchange, key, body, options, (error) => (error ? reject(error) : resolve())),
        );
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    return perSecond(all.length, began);
  }
  /** Acknowledgements that a quorum queue has not written yet when the channel closes are lost, and their messages are back. */
  async function fillQueue() {
    await confirming.purgeQueue('holdfast.bench');
    await publishBare('', 'holdfast.bench', bodies(CONSUMED));
  }
  async function consumeWithInbox() {
    await fillQueue();
    await database.query('TRUNCATE platform.inbox');
    const began = performance.now();
    let handled = 0;
    const { end } = await consume(() => Promise.resolve(void handled++));
    await until(() => handled >= CONSUMED);
    const rate = perSecond(CONSUMED, began);
    await end();
    const { n } = await database.one('SELECT count(*)::int AS n FROM platform.inbox');
    if (n !== CONSUMED) throw new Error(`${n} of ${CONSUMED} are in the inbox`);
    return rate;
  }
  async function consumeBare() {
    await fillQueue();
    const channel = await bare.createChannel();
    await channel.prefetch(IN_FLIGHT);
    let handled = 0;
    const began = performance.now();
    await channel.consume('holdfast.bench', (message) => {
      JSON.parse(message.content.toString());
      handled++;
      channel.ack(message);
    });
    await until(() => handled >= CONSUMED);
    const rate = perSecond(CONSUMED, began);
    await channel.close();
    return rate;
  }

  // The queue is declared by a first start, and is not bound while the outbox is drained.
  await (await consume(() => Promise.resolve())).end();
  await bare.createChannel().then(async (channel) => {
    await channel.unbindQueue('holdfast.bench', type.exchange, 'book_updated');
    await channel.close();
  });
  await compare(`drain of ${DRAINED}`, FLOORS.drain, drainOutbox, () =>
    publishBare(type.exchange, 'book_updated', bodies(DRAINED)),
  );
  await compare(`consumer of ${CONSUMED}`, FLOORS.consume, consumeWithInbox, consumeBare);

  await confirming.purgeQueue('holdfast.bench');
  const committed = new Map();
  const times = [];
  const { broker, end } = await consume(({ data }) => {
    times.push(performance.now() - committed.get(data.n));
    return Promise.resolve();
  });
  await database.query('TRUNCATE platform.outbox');
  const relay = new Relay(database, broker, registry);
  relay.start();
  await until(() => relay.status().active);
  const total = PER_SECOND * SECONDS;
  const began = performance.now();
  for (let n = 0; n < total; n++) {
    await sleep(began + (n * 1000) / PER_SECOND - performance.now());
    // From the moment before the commit is asked for: it counts as well.
    void unitOfWork.run(async () => {
      await outbox.append({ type: 'book_updated', subject: `books/${n}`, data: { ...DATA, n } });
      committed.set(n, performance.now());
    });
  }
  await until(() => times.length >= total);
  await relay.stop();
  await end();
  times.sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((part) => times[Math.floor(part * times.length)]);
  if (p99 > FLOORS.p99) failed = true;
  say(
    `commit to consumer at ${PER_SECOND} a second: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (floor ${FLOORS.p99})`,
  );
} finally {
  for (const close of opened.reverse()) await close().catch(() => undefined);
  await run('rabbitmqctl', ['delete_vhost', name]);
  await onServer(`DROP DATABASE ${name} WITH (FORCE)`);
}
process.exit(failed ? 1 : 0);

async function compare(title, floor, ours, limit) {
  const [rates, limits] = [[], []];
  for (let round = 0; round < Number(rounds); round++) {
    const sides = [async () => rates.push(await ours()), async () => limits.push(await limit())];
    for (const side of round % 2 ? sides.reverse() : sides) await side();
  }
  const ratio = median(rates.map((rate, round) => rate / limits[round]));
  if (ratio < floor) failed = true;
  const [bareRate, rate] = [limits, rates].map((all) => Math.round(median(all)).toLocaleString('en'));
  say(`${title}: bare ${bareRate}, Holdfast ${rate} a second, ratio ${ratio.toFixed(2)} (floor ${floor})`);
}

function bodyOf(n) {
  const id = randomUUID();
  const event = {
    specversion: '1.0',
    id,
    source: type.source,
    type: 'book_updated',
    subject: `books/${n % 5000}`,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    dataschema: '/api/events/schema#/components/schemas/Bench',
    sequence: String(n).padStart(15, '0'),
    data: DATA,
  };
  return { id, body: Buffer.from(JSON.stringify(event)) };
}

async function onServer(statement) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(statement);
  await client.end();
}

function perSecond(count, began) {
  return (count / (performance.now() - began)) * 1000;
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}

async function until(isSo) {
  for (const end = performance.now() + 60_000; !isSo(); await sleep(2)) {
    if (performance.now() > end) throw new Error('it took longer than a minute');
  }
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
