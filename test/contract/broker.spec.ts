import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@holdfast/kernel';
import {
  type Broker,
  BrokerUnavailable,
  type CloudEvent,
  type Database,
  DeadLetterTable,
  type Delivery,
  EmbeddedBroker,
  type Outcome,
  RabbitMqBroker,
  type Subscription,
} from '@holdfast/platform';
import { describeWith, eventually, FaultProxy, testDatabase, type TestDatabase } from '@holdfast/platform/testing';
import { Logger } from '@nestjs/common';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { Pool } from 'pg';
import { ownVirtualHost } from '../e2e/support/installation.js';

Logger.overrideLogger(false);

const run = randomBytes(4).toString('hex');
// No other run on the same server has these, so none shares its retry queues with this one.
const delays = [0, 1, 2].map((step) => 40 + step * 40 + Math.floor(Math.random() * 40));

/** What the suite needs of an adapter. */
interface Harness {
  make(): Broker;
  database: Database;
  close(): Promise<void>;
}

const names: string[] = [];
const unique = (word: string): string => {
  const name = `${word}-${run}-${names.length}`;
  names.push(name);
  return name;
};

const eventOf = (type: string, data: unknown = {}): CloudEvent => ({
  specversion: '1.0',
  id: newId(),
  source: '/holdfast/test',
  type,
  subject: 'tests/1',
  time: '2026-11-22T10:00:00.000Z',
  datacontenttype: 'application/json',
  dataschema: '/api/events/schema#/components/schemas/Test',
  sequence: '000000000000001',
  data,
});

const send = (
  broker: Broker,
  type: string,
  data?: unknown,
  exchange = 'holdfast.events',
  traceparent: string | null = null,
) => broker.publish({ exchange, event: eventOf(type, data), traceparent });

const dataOf = (delivery: Delivery) => (JSON.parse(delivery.body.toString()) as CloudEvent<string | number>).data;

function subscriptionTo(
  event: string,
  handle: (delivery: Delivery) => Outcome | Promise<Outcome>,
  exchange = 'holdfast.events',
): Subscription {
  return {
    name: unique('contract'),
    bindings: [{ exchange, event }],
    prefetch: 1,
    handle: async (delivery) => handle(delivery),
  };
}

interface Letter {
  id: string;
  consumer: string;
  body: Buffer;
  traceparent: string | null;
  reason: string;
  attempts: number;
  firstFailedAt: Date;
  lastFailedAt: Date;
  dataKept: boolean;
}

const readLetters = (database: Database, consumer: string): Promise<Letter[]> =>
  database.query<Letter & Record<string, unknown>>(
    `SELECT id, consumer, body, traceparent, reason, attempts, first_failed_at AS "firstFailedAt",
            last_failed_at AS "lastFailedAt", data_kept AS "dataKept"
       FROM platform.dead_letters WHERE consumer = $1`,
    [consumer],
  );

/** The only dead letter, once it is there. */
const theLetter = (read: () => Promise<Letter[]>): Promise<Letter> =>
  eventually(async () => {
    const letters = await read();
    expect(letters).toHaveLength(1);
    return letters[0]!;
  }, 10_000);

function brokerContract(makeHarness: () => Promise<Harness>): void {
  let harness: Harness;
  const open: Broker[] = [];

  const started = async (...subscriptions: Subscription[]): Promise<Broker> => {
    const broker = harness.make();
    open.push(broker);
    await broker.start(subscriptions);
    return broker;
  };

  const lettersOf = ({ name }: Subscription): Promise<Letter[]> => readLetters(harness.database, name);

  beforeAll(async () => {
    harness = await makeHarness();
  });
  afterEach(async () => {
    for (const broker of open.splice(0)) {
      await broker.stopConsuming();
      await broker.close();
    }
  });
  afterAll(() => harness.close());

  it('delivers what one publisher sends in its order, with the trace context', async () => {
    const type = unique('event');
    const seen: unknown[] = [];
    const traces = new Set<string | undefined>();
    const broker = await started(
      subscriptionTo(type, (delivery) => {
        seen.push(dataOf(delivery));
        traces.add(delivery.traceparent);
        return { kind: 'done' };
      }),
    );
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await Promise.all(Array.from({ length: 50 }, (_, i) => send(broker, type, i, 'holdfast.events', trace)));
    await eventually(() => expect(seen).toHaveLength(50));
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect([...traces]).toEqual([trace]);
  });

  it('tells the id of the request with every attempt, and none where there was none', async () => {
    const type = unique('event');
    const seen: (string | undefined)[] = [];
    const broker = await started(
      subscriptionTo(type, ({ requestId, previousAttempts }) => {
        seen.push(requestId);
        return previousAttempts === 0 ? { kind: 'retry', reason: 'once more' } : { kind: 'done' };
      }),
    );
    await broker.publish({ exchange: 'holdfast.events', event: eventOf(type), traceparent: null, requestId: 'r-1' });
    await eventually(() => expect(seen).toEqual(['r-1', 'r-1']));
    await broker.publish({ exchange: 'holdfast.events', event: eventOf(type), traceparent: null });
    await eventually(() => expect(seen.slice(2)).toEqual([undefined, undefined]));
  });

  it('gives each consumer its own copy, and only of the events it asked for, on the exchange it asked for', async () => {
    const [wanted, other] = [unique('event'), unique('event')];
    const seen: string[] = [];
    const broker = await started(
      subscriptionTo(wanted, (d) => (seen.push(`a ${dataOf(d)}`), { kind: 'done' })),
      subscriptionTo(wanted, (d) => (seen.push(`b ${dataOf(d)}`), { kind: 'done' })),
      subscriptionTo(other, (d) => (seen.push(`private ${dataOf(d)}`), { kind: 'done' }), 'holdfast.private'),
    );
    await send(broker, other, 1);
    await send(broker, wanted, 2);
    await send(broker, other, 3, 'holdfast.private');
    await eventually(() => expect(seen).toHaveLength(3));
    expect(seen.sort()).toEqual(['a 2', 'b 2', 'private 3']);
  });

  it('keeps what was published while the consumer was stopped', async () => {
    const type = unique('event');
    const seen: unknown[] = [];
    const subscription = subscriptionTo(type, (d) => (seen.push(dataOf(d)), { kind: 'done' }));
    const first = await started(subscription);
    await first.stopConsuming();
    await send(first, type, 'kept');
    await first.close();
    expect(seen).toEqual([]);
    await started(subscription);
    await eventually(() => expect(seen).toEqual(['kept']));
  });

  it('delivers again, after a growing pause each, what asks for it or throws, and lets others pass meanwhile', async () => {
    const type = unique('event');
    const tries: { attempt: number; at: number }[] = [];
    const others: unknown[] = [];
    const broker = await started(
      subscriptionTo(type, (delivery) => {
        if (dataOf(delivery) !== 'stubborn') return (others.push(tries.length), { kind: 'done' });
        tries.push({ attempt: delivery.previousAttempts, at: Date.now() });
        if (delivery.previousAttempts === 0) return { kind: 'retry', reason: 'not yet' };
        if (delivery.previousAttempts === 1) throw new Error('still not');
        return { kind: 'done' };
      }),
    );
    await send(broker, type, 'stubborn');
    await send(broker, type, 'other');
    await eventually(() => expect(tries).toHaveLength(3));
    expect(tries.map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
    expect(others).toEqual([1]);
    const [first, second, third] = tries.map(({ at }) => at) as [number, number, number];
    // Timers of both sides may be a few milliseconds early.
    expect(second - first).toBeGreaterThan(delays[0]! - 10);
    expect(third - second).toBeGreaterThan(delays[1]! - 10);
  });

  it('sets a message aside with its last reason once its deliveries are used up', async () => {
    const type = unique('event');
    let deliveries = 0;
    const subscription = subscriptionTo(type, () => ({ kind: 'retry', reason: `failure ${++deliveries}` }));
    const broker = await started(subscription);
    await send(broker, type, 'hopeless');
    const letter = await theLetter(() => lettersOf(subscription));
    expect(deliveries).toBe(delays.length + 1);
    expect(letter).toMatchObject({ reason: `failure ${deliveries}`, attempts: deliveries, dataKept: true });
    expect(JSON.parse(letter.body.toString())).toMatchObject({ type, data: 'hopeless' });
    // From its first failure to its last lie the pauses.
    expect(letter.lastFailedAt.getTime() - letter.firstFailedAt.getTime()).toBeGreaterThan(delays[0]!);
  });

  it('sets a message aside at once when it can never be handled, and leaves it there to be looked at', async () => {
    const type = unique('event');
    let deliveries = 0;
    const subscription = subscriptionTo(type, () => (deliveries++, { kind: 'dead', reason: 'no sense in it' }));
    const broker = await started(subscription);
    await send(broker, type);
    expect(await theLetter(() => lettersOf(subscription))).toMatchObject({ reason: 'no sense in it', attempts: 1 });
    expect(deliveries).toBe(1);
  });

  it('gives a dead letter to its own consumer again, byte for byte, for one attempt, and to no other', async () => {
    const type = unique('event');
    const outcomes: Outcome[] = [
      { kind: 'dead', reason: 'first' },
      { kind: 'retry', reason: 'second' },
      { kind: 'done' },
    ];
    const tries: { attempts: number; body: string; trace: string | undefined }[] = [];
    const mine = subscriptionTo(type, ({ previousAttempts: attempts, body, traceparent: trace }) => {
      tries.push({ attempts, body: body.toString(), trace });
      return outcomes.shift()!;
    });
    const others: unknown[] = [];
    const other = subscriptionTo(type, (d) => (others.push(dataOf(d)), { kind: 'done' }));
    const broker = await started(mine, other);
    await send(broker, type, 'Ünïcode', 'holdfast.events', '00-trace');
    const first = await theLetter(() => lettersOf(mine));
    await broker.redeliver(first);
    const second = await eventually(async () => {
      const letter = await theLetter(() => lettersOf(mine));
      expect(letter.attempts).toBe(2);
      return letter;
    });
    // No retry: who asked for it wants to see what became of it.
    expect(tries).toHaveLength(2);
    expect(second).toMatchObject({ id: first.id, reason: 'second', traceparent: '00-trace' });
    expect(second.firstFailedAt).toEqual(first.firstFailedAt);
    expect(second.lastFailedAt.getTime()).toBeGreaterThanOrEqual(first.lastFailedAt.getTime());
    await broker.redeliver(second);
    await eventually(() => expect(tries).toHaveLength(3));
    expect(tries.map(({ attempts }) => attempts)).toEqual([0, 1, 2]);
    expect(new Set(tries.map(({ body }) => body)).size).toBe(1);
    expect(new Set(tries.map(({ trace }) => trace))).toEqual(new Set(['00-trace']));
    expect(others).toEqual(['Ünïcode']);
  });

  it('refuses to give a message to a consumer that is not there, and blames nothing on the connection', async () => {
    const broker = await started();
    const letter = {
      consumer: unique('gone'),
      body: Buffer.from('{}'),
      traceparent: null,
      attempts: 1,
      firstFailedAt: new Date(),
    };
    const refusal = await broker.redeliver(letter).catch((error: Error) => error);
    expect(refusal).toBeInstanceOf(Error);
    expect(refusal).not.toBeInstanceOf(BrokerUnavailable);
  });

  it.each([
    ['could not be handled', { kind: 'dead', reason: 'refused' }],
    ['failed to the last', { kind: 'retry', reason: 'not now' }],
  ] as const)('keeps of a private event that %s no data, so no secret, but what it was', async (_, outcome) => {
    const type = unique('event');
    const subscription = subscriptionTo(type, () => outcome, 'holdfast.private');
    const broker = await started(subscription);
    const event = eventOf(type, { otp: '042117' });
    await broker.publish({ exchange: 'holdfast.private', event, traceparent: null });
    const letter = await theLetter(() => lettersOf(subscription));
    expect(letter.dataKept).toBe(false);
    expect(JSON.parse(letter.body.toString())).toEqual({ ...event, data: {} });
  });

  it('handles as many at once as the prefetch says, and no more', async () => {
    const type = unique('event');
    let [now, most, done] = [0, 0, 0];
    const release: (() => void)[] = [];
    const subscription = subscriptionTo(type, async () => {
      most = Math.max(most, ++now);
      await new Promise<void>((resolve) => release.push(resolve));
      now--;
      done++;
      return { kind: 'done' };
    });
    const broker = await started({ ...subscription, prefetch: 3 });
    for (let i = 0; i < 7; i++) await send(broker, type, i);
    await eventually(() => expect(now).toBe(3));
    await eventually(() => {
      release.splice(0).forEach((resume) => resume());
      expect(done).toBe(7);
    });
    expect(most).toBe(3);
  });

  it('waits for the delivery under way when it stops, and does not deliver that one again', async () => {
    const type = unique('event');
    const seen: unknown[] = [];
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const subscription = subscriptionTo(type, async (d) => {
      seen.push(dataOf(d));
      await finished;
      return { kind: 'done' };
    });
    const broker = await started(subscription);
    await send(broker, type, 1);
    await eventually(() => expect(seen).toEqual([1]));
    const stopped = broker.stopConsuming();
    finish();
    await stopped;
    await broker.close();
    const next = await started(subscription);
    await send(next, type, 2);
    await eventually(() => expect(seen).toEqual([1, 2]));
  });

  it('refuses to publish before it is started and after it is closed', async () => {
    const broker = harness.make();
    await expect(send(broker, 'anything')).rejects.toThrow(BrokerUnavailable);
    expect(broker.isReady()).toBe(false);
    await broker.start([]);
    expect(broker.isReady()).toBe(true);
    await broker.close();
    expect(broker.isReady()).toBe(false);
    await expect(send(broker, 'anything')).rejects.toThrow(BrokerUnavailable);
  });
}

describe('The embedded broker', () => {
  let db: TestDatabase;
  let dataDir: string;

  const setUp = async (): Promise<Harness> => {
    db = await testDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'holdfast-broker-'));
    return {
      make: () => new EmbeddedBroker(db.database, { dataDir, retryDelaysMs: delays }),
      database: db.database,
      close: async () => {
        await db.close();
        await rm(dataDir, { recursive: true });
      },
    };
  };
  brokerContract(setUp);

  it('shares its queues between two processes without delivering anything twice', async () => {
    const type = unique('event');
    const seen: unknown[] = [];
    const subscription = { ...subscriptionTo(type, (d) => (seen.push(dataOf(d)), { kind: 'done' })), prefetch: 5 };
    const brokers = [1, 2].map(() => new EmbeddedBroker(db.database, { dataDir, retryDelaysMs: delays }));
    for (const broker of brokers) await broker.start([subscription]);
    await Promise.all(Array.from({ length: 200 }, (_, i) => send(brokers[i % 2]!, type, i)));
    await eventually(() => expect(seen.length).toBeGreaterThanOrEqual(200));
    for (const broker of brokers) await broker.close();
    expect(new Set(seen).size).toBe(200);
    expect(seen).toHaveLength(200);
  });

  it('writes public events, and never private ones, as lines of a file', async () => {
    const type = unique('event');
    const broker = new EmbeddedBroker(db.database, { dataDir });
    await broker.start([]);
    await send(broker, type, 'for all');
    await send(broker, type, 'secret', 'holdfast.private');
    await broker.close();
    const lines = (await readFile(join(dataDir, 'events.ndjson'), 'utf8')).trimEnd().split('\n');
    const ours = lines.map((line) => JSON.parse(line) as CloudEvent).filter((event) => event.type === type);
    expect(ours.map((event) => event.data)).toEqual(['for all']);
  });
});

describeWith('rabbitmq', 'RabbitMQ', () => {
  let proxy: FaultProxy;
  let db: TestDatabase;
  let corner: { url: string; remove(): Promise<void> };
  let toPostgres: FaultProxy;
  let control: ChannelModel;
  let channel: Channel;

  const opened: RabbitMqBroker[] = [];

  const rabbit = (publishLimitMs = 10_000): RabbitMqBroker => {
    const url = new URL(corner.url);
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const deadLetters = new DeadLetterTable(db.database.pool);
    const broker = new RabbitMqBroker({ url: url.toString(), retryDelaysMs: delays, publishLimitMs, deadLetters });
    opened.push(broker);
    return broker;
  };
  afterEach(async () => {
    proxy.heal();
    await Promise.all(opened.splice(0).map((broker) => broker.close()));
  });

  const setUp = async (): Promise<Harness> => {
    db = await testDatabase();
    const postgres = new URL(db.url);
    toPostgres = await FaultProxy.to(postgres.hostname, Number(postgres.port || 5432));
    corner = await ownVirtualHost();
    const url = new URL(corner.url);
    proxy = await FaultProxy.to(url.hostname, Number(url.port || 5672));
    control = await connect(url.toString());
    channel = await control.createChannel();
    return { make: () => rabbit(), database: db.database, close: cleanUp };
  };

  /** Everything of this run goes, also where it has no virtual host of its own; what every Holdfast has stays. */
  const cleanUp = async (): Promise<void> => {
    for (const name of names) await channel.deleteQueue(`holdfast.${name}`);
    for (const delay of delays) {
      await channel.deleteExchange(`holdfast.retry.${delay}`);
      await channel.deleteQueue(`holdfast.retry.${delay}`);
    }
    await channel.close();
    await control.close();
    await proxy.close();
    await toPostgres.close();
    await corner.remove();
    await db.close();
  };
  brokerContract(setUp);

  it('rejects what no queue takes: a private event without its consumer', async () => {
    const broker = rabbit();
    await broker.start([]);
    await expect(send(broker, unique('event'), {}, 'holdfast.private')).rejects.toThrow(/NO_ROUTE/);
  });

  it('confirms a public event that nobody subscribed to, for the queue of recent events takes it', async () => {
    const broker = rabbit();
    await broker.start([]);
    await expect(send(broker, unique('event'))).resolves.toBeUndefined();
  });

  it('lets an outside client declare the exchange as topic and durable, bind by name, and read a CloudEvent', async () => {
    const type = unique('event');
    await channel.assertExchange('holdfast.events', 'topic', { durable: true });
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'holdfast.events', type);
    const broker = rabbit();
    await broker.start([]);
    const event = eventOf(type, { title: 'Ünïcode' });
    await broker.publish({ exchange: 'holdfast.events', event, traceparent: '00-trace' });
    const message = await channel.get(queue, { noAck: true });
    if (!message) throw new Error('the client got nothing');
    expect(message.properties).toMatchObject({
      contentType: 'application/cloudevents+json',
      deliveryMode: 2,
      messageId: event.id,
      type,
      timestamp: Date.parse(event.time) / 1000,
      headers: { traceparent: '00-trace' },
    });
    expect(JSON.parse(message.content.toString())).toEqual(event);
  });

  it('rejects at once while it is away, and takes everything up again when it is back', async () => {
    const type = unique('event');
    const seen: unknown[] = [];
    const broker = rabbit();
    await broker.start([subscriptionTo(type, (d) => (seen.push(dataOf(d)), { kind: 'done' }))]);
    await send(broker, type, 'before');
    proxy.refuse();
    await eventually(() => expect(broker.isReady()).toBe(false));
    await expect(send(broker, type, 'lost')).rejects.toThrow(BrokerUnavailable);
    proxy.heal();
    await eventually(() => expect(broker.isReady()).toBe(true), 20_000);
    await send(broker, type, 'after');
    // Once more, when the connection was lost before the broker had the first acknowledgement.
    await eventually(() => expect([...new Set(seen)]).toEqual(['before', 'after']));
  });

  it('starts while the broker is away, and delivers once it is there', async () => {
    const type = unique('event');
    const seen: unknown[] = [];
    proxy.refuse();
    const broker = rabbit();
    await broker.start([subscriptionTo(type, (d) => (seen.push(dataOf(d)), { kind: 'done' }))]);
    expect(broker.isReady()).toBe(false);
    proxy.heal();
    await eventually(() => send(broker, type, 1), 20_000);
    await eventually(() => expect(seen).toEqual([1]));
  });

  it('gives a connection up that does not confirm, and makes another', async () => {
    const type = unique('event');
    const broker = rabbit(300);
    await broker.start([]);
    await send(broker, type);
    proxy.freeze();
    await expect(send(broker, type)).rejects.toThrow('did not confirm in time');
    await eventually(() => expect(broker.isReady()).toBe(false));
    proxy.heal();
    await eventually(() => send(broker, type), 20_000);
  });

  it('rejects what is in flight when the connection is cut, so that nothing counts as published that may be lost', async () => {
    const type = unique('event');
    const broker = rabbit();
    await broker.start([]);
    const sent = Array.from({ length: 500 }, (_, i) => send(broker, type, i));
    proxy.cut();
    const outcomes = await Promise.allSettled(sent);
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failures.length).toBeGreaterThan(0);
    for (const { reason } of failures) expect(reason).toBeInstanceOf(BrokerUnavailable);
  });

  it('makes queue and consumer anew when the queue is deleted under it', async () => {
    const type = unique('event');
    const seen: unknown[] = [];
    const subscription = subscriptionTo(type, (d) => (seen.push(dataOf(d)), { kind: 'done' }));
    const broker = rabbit();
    await broker.start([subscription]);
    await channel.deleteQueue(`holdfast.${subscription.name}`);
    await eventually(async () => {
      await send(broker, type, 'again');
      expect(seen).toContain('again');
    }, 20_000);
  });

  it('puts off a message that makes the server close the channel, and blames nothing on the connection', async () => {
    const broker = rabbit();
    await broker.start([]);
    const refused = await send(broker, unique('event'), {}, 'no-such-exchange').catch((error: Error) => error);
    expect(refused).toBeInstanceOf(Error);
    expect(refused).not.toBeInstanceOf(BrokerUnavailable);
    await eventually(() => send(broker, unique('event')), 20_000);
  });

  it('works with a queue that exists with other arguments, and with the consumers beside it', async () => {
    const [odd, fine] = [unique('event'), unique('event')];
    const seen: string[] = [];
    const mismatched = subscriptionTo(odd, () => (seen.push('odd'), { kind: 'done' }));
    await channel.assertQueue(`holdfast.${mismatched.name}`, { durable: true });
    const broker = rabbit();
    await broker.start([mismatched, subscriptionTo(fine, () => (seen.push('fine'), { kind: 'done' }))]);
    await send(broker, odd);
    await send(broker, fine);
    await eventually(() => expect(seen.sort()).toEqual(['fine', 'odd']));
  });

  it('sets a message aside by itself when its consumer dies again and again without an answer', async () => {
    const type = unique('event');
    let deliveries = 0;
    const subscription = subscriptionTo(type, () => new Promise(() => void deliveries++), 'holdfast.private');
    const publisher = rabbit();
    await publisher.start([]);
    for (let i = 0; i < 30; i++) {
      const broker = rabbit();
      await broker.start([subscription]);
      if (i === 0) await send(publisher, type, 'killer', 'holdfast.private');
      const arrived = await eventually(() => expect(deliveries).toBe(i + 1), 1500).then(
        () => true,
        () => false,
      );
      await broker.close();
      if (!arrived) break;
    }
    expect(deliveries).toBe(21);
    // RabbitMQ knows no secrets: what it sets aside is kept without data where any event of the consumer is private.
    const letter = await theLetter(() => readLetters(db.database, subscription.name));
    expect(letter).toMatchObject({ reason: 'delivery_limit', attempts: 1, dataKept: false });
    expect(letter.body.toString()).not.toContain('killer');
  }, 60_000);

  it('brings dead letters to the table once it can be reached again, each once, also what is no event at all', async () => {
    const consumer = unique('late');
    const place = new URL(db.url);
    [place.hostname, place.port] = ['127.0.0.1', String(toPostgres.port)];
    const lost = new Pool({ connectionString: place.href, max: 2 });
    lost.on('error', () => undefined);
    try {
      toPostgres.refuse();
      const url = new URL(corner.url);
      const broker = new RabbitMqBroker({
        url: url.toString(),
        retryDelaysMs: delays,
        deadLetters: new DeadLetterTable(lost),
      });
      opened.push(broker);
      await broker.start([]);
      const bodies = [
        Buffer.from('no JSON \0'),
        Buffer.from([0xff, 0xfe, 0x00]),
        Buffer.from(JSON.stringify(eventOf('x'))),
      ];
      for (const body of bodies) {
        for (const reason of ['as it was', 'as it \0 was']) {
          channel.publish('holdfast.dead', consumer, body, {
            headers: { 'x-holdfast-reason': reason, 'x-holdfast-attempts': 3 },
          });
        }
      }
      await eventually(async () => expect((await channel.checkQueue('holdfast.dead')).messageCount).toBe(0));
      expect(await readLetters(db.database, consumer)).toEqual([]);
      toPostgres.heal();
      await eventually(async () => expect(await readLetters(db.database, consumer)).toHaveLength(3), 20_000);
      const letters = await readLetters(db.database, consumer);
      expect(new Set(letters.map(({ body }) => body.toString('hex')))).toEqual(
        new Set(bodies.map((b) => b.toString('hex'))),
      );
      for (const { attempts, dataKept } of letters) expect([attempts, dataKept]).toEqual([3, true]);
    } finally {
      await lost.end();
    }
  });
});
