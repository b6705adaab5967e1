// An example of a consumer of Holdfast's events, in plain amqplib: it keeps a list of the copies that readers took and gave
// back, for a display at the shelf. What each part is for is in README.md.
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'amqplib';
import { Shelf } from './shelf.mjs';

const RABBITMQ = new URL(process.env.RABBITMQ_URL ?? 'amqp://guest:guest@127.0.0.1:5672');
// A server that is gone without a word is noticed after two heartbeats that do not come.
if (!RABBITMQ.searchParams.has('heartbeat')) RABBITMQ.searchParams.set('heartbeat', '10');
const FILE = process.env.SHELF_FILE ?? 'shelf/changes.ndjson';
/** Before the second attempt at a message, or at a connection; each later pause is twice as long, up to the longest. */
const FIRST_PAUSE_MS = Number(process.env.FIRST_PAUSE_MS ?? 1_000);
const LONGEST_PAUSE_MS = 60_000;
const ATTEMPTS = 10;

const EVENTS = ['reservation_created', 'reservation_activated', 'reservation_completed', 'reservation_cancelled'];
/** Queues and exchanges are named after the system that they belong to; `holdfast.…` is Holdfast's. */
const QUEUE = 'acme.shelf-display';
const DEAD = 'acme.shelf-display.dead';

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopping.abort());

const pauseAfter = (failures) => Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);

/** Ends early when the signal comes. */
const pause = (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => undefined);

/** All of it may be declared again and again, as long as it is the same. */
async function declare(channel) {
  await channel.assertExchange('holdfast.events', 'topic', { durable: true });
  await channel.assertExchange(DEAD, 'fanout', { durable: true });
  await channel.assertQueue(DEAD, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue(DEAD, DEAD, '');
  await channel.assertQueue(QUEUE, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': ATTEMPTS - 1, 'x-dead-letter-exchange': DEAD },
  });
  for (const name of EVENTS) await channel.bindQueue(QUEUE, 'holdfast.events', name);
}

/** Handles one message and settles it: done, again after a pause, or set aside. */
async function take(channel, message, shelf, over) {
  let event;
  try {
    event = JSON.parse(message.content.toString('utf8'));
    if (!event?.id || !event.subject || !event.sequence || !event.data) throw new Error('no event of Holdfast');
  } catch (error) {
    console.error(`set aside, for no further attempt can help: ${error.message}`);
    return channel.nack(message, false, false);
  }
  let outcome;
  try {
    outcome = await shelf.apply(event);
  } catch (error) {
    // RabbitMQ counts, so that the count outlives this process; after the last attempt it moves the message to `DEAD`.
    const failures = Number(message.properties.headers?.['x-delivery-count'] ?? 0);
    console.error(`attempt ${failures + 1} at ${event.id} failed: ${error.message}`);
    await pause(pauseAfter(failures), over);
    return channel.nack(message);
  }
  console.log(`${event.sequence} ${event.type} ${event.subject}: ${outcome}`);
  channel.ack(message); // only now: what is lost before this comes again
}

/** Consumes until the connection or its channel is lost, or the program is to end. `connected` is called in between. */
async function consume(shelf, connected) {
  const connection = await connect(RABBITMQ.href, { timeout: 10_000 });
  const lost = new AbortController();
  const over = AbortSignal.any([lost.signal, stopping.signal]);
  connection.on('error', (error) => console.error(error.message)).once('close', () => lost.abort());
  try {
    const channel = await connection.createChannel();
    channel.on('error', (error) => console.error(error.message)).once('close', () => lost.abort());
    await declare(channel);
    await channel.prefetch(1); // one message at a time keeps the order of a subject
    let current = Promise.resolve();
    const { consumerTag } = await channel.consume(QUEUE, (message) => {
      if (!message) return lost.abort(); // the queue was deleted: it is declared again
      // The channel may be lost meanwhile: the message comes again then, and its id is known.
      current = take(channel, message, shelf, over).catch((error) => console.error(error.message));
    });
    connected();
    console.log(`consumes ${QUEUE}`);
    if (!over.aborted) await once(over, 'abort');
    if (!lost.signal.aborted) await channel.cancel(consumerTag);
    await current;
  } finally {
    await connection.close().catch(() => undefined);
  }
}

await mkdir(dirname(FILE), { recursive: true });
const shelf = await Shelf.open(FILE);
for (let failures = 0; !stopping.signal.aborted; failures++) {
  await consume(shelf, () => (failures = 0)).catch((error) => console.error(error.message));
  if (stopping.signal.aborted) break;
  console.error(`RabbitMQ is lost; it is tried again in ${pauseAfter(failures)} ms`);
  await pause(pauseAfter(failures), stopping.signal);
}
