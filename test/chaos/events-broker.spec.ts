import {
  describeWithPrivateRabbitMq,
  eventually,
  FaultProxy,
  type FreshDatabase,
  freshDatabase,
  PrivateRabbitMq,
} from '@holdfast/platform/testing';
import { Logger } from '@nestjs/common';
import { EventsHouse, type Station } from './support/events-house.js';
import { Ledger } from './support/events-ledger.js';

Logger.overrideLogger(false);
jest.setTimeout(180_000);

/** The broker takes no larger message, until it is told to. */
const LARGEST_MESSAGE = 50_000;

describeWithPrivateRabbitMq('Events, when RabbitMQ or the way to it fails', () => {
  let rabbit: PrivateRabbitMq;
  let toRabbit: FaultProxy;
  let database: FreshDatabase;
  let house: EventsHouse;
  let station: Station;

  beforeAll(async () => {
    rabbit = await PrivateRabbitMq.create(`max_message_size = ${LARGEST_MESSAGE}`);
    await rabbit.start();
    toRabbit = await FaultProxy.to('127.0.0.1', Number(new URL(rabbit.url).port));
    database = await freshDatabase();
    house = await EventsHouse.open(database.url, rabbit.url);
    const throughProxy = new URL(rabbit.url);
    throughProxy.port = String(toRabbit.port);
    station = await house.startHere(throughProxy.toString());
    await house.expectPromisesKept();
  });
  afterEach(() => toRabbit?.heal());
  afterAll(async () => {
    await house?.close();
    await toRabbit?.close();
    await rabbit?.dispose();
    await database?.drop();
  });

  const commit = (subject?: string, fileName?: string) => house.ledger.commit(subject, fileName);
  const commitMany = (count: number) => house.ledger.commitMany(count);

  // The first one: with each loss of the connection the way back takes longer.
  it('RabbitMQ closes the channel over one message: it waits with its subject, and all others get through', async () => {
    const refused = station.broker.refused;
    const subject = Ledger.subject();
    const tooLarge = [await commit(subject, 'x'.repeat(2 * LARGEST_MESSAGE)), await commit(subject)];
    const changes = house.ledger.keepCommitting();
    await eventually(() => expect(station.broker.refused).toBeGreaterThan(refused), 30_000);
    const others = await commitMany(50);
    await eventually(async () => expect(await house.tap.toldOf(others)).not.toHaveLength(0), 30_000);
    await changes.stop();
    await eventually(async () => expect((await house.waiting()).pending).toBe(2), 60_000);
    expect(await house.tap.toldOf(tooLarge)).toEqual([]);
    await rabbit.control('eval', 'application:set_env(rabbit, max_message_size, 134217728).');
    toRabbit.cut();
    await house.expectPromisesKept();
  });

  it('a slow way: everything arrives, later', async () => {
    toRabbit.delay(300);
    const changes = house.ledger.keepCommitting();
    await eventually(() => expect(station.broker.slowestMs).toBeGreaterThan(550), 30_000);
    await changes.stop();
    await house.expectPromisesKept();
  });

  const cuts: [string, (proxy: FaultProxy) => void][] = [
    ['cut', (proxy) => proxy.cut()],
    ['reset', (proxy) => proxy.reset()],
    ['half-closed by the broker', (proxy) => proxy.halfClose()],
  ];
  for (const [how, end] of cuts) {
    it(`the connection is ${how} with confirms in flight: what was not confirmed is published again`, async () => {
      const before = { away: station.broker.away, duplicates: await house.duplicates() };
      // The broker has the messages, and its confirms do not come back.
      toRabbit.swallow('to client');
      const changes = await commitMany(100);
      await eventually(async () => expect(await house.tap.toldOf(changes)).toHaveLength(100), 30_000);
      end(toRabbit);
      await eventually(() => expect(station.broker.away).toBeGreaterThan(before.away), 30_000);
      toRabbit.heal();
      await house.expectPromisesKept();
      expect(await house.duplicates()).toBeGreaterThan(before.duplicates);
    });
  }

  it('the connection is cut amid a message: the half that came counts for nothing', async () => {
    const away = station.broker.away;
    toRabbit.cutAfter(20_123);
    const changes = house.ledger.keepCommitting();
    await eventually(() => expect(station.broker.away).toBeGreaterThan(away), 30_000);
    await changes.stop();
    await house.expectPromisesKept();
  });

  it('a black hole that swallows the confirms: the connection is given up, and all is published again', async () => {
    const before = { swallowed: toRabbit.swallowed, duplicates: await house.duplicates() };
    toRabbit.swallow('to client');
    const changes = await commitMany(50);
    await eventually(async () => expect(await house.tap.toldOf(changes)).toHaveLength(50), 30_000);
    // Nobody ended the connection: the relay's own limit does.
    await eventually(() => expect(station.broker.isReady()).toBe(false), 30_000);
    expect((await house.waiting()).pending).toBeGreaterThanOrEqual(50);
    expect(toRabbit.swallowed).toBeGreaterThan(before.swallowed);
    toRabbit.heal();
    await house.expectPromisesKept();
    expect(await house.duplicates()).toBeGreaterThanOrEqual(before.duplicates + 50);
  });

  it('a black hole that swallows the messages: nothing counts as published', async () => {
    const away = station.broker.away;
    toRabbit.swallow('to server');
    const changes = await commitMany(50);
    await eventually(() => expect(station.broker.away).toBeGreaterThan(away), 30_000);
    expect(await house.tap.toldOf(changes)).toEqual([]);
    expect((await house.waiting()).pending).toBeGreaterThanOrEqual(50);
    toRabbit.heal();
    await house.expectPromisesKept();
  });

  it('RabbitMQ runs out of memory and blocks: events wait, none is blamed, and all go when it has room', async () => {
    await rabbit.control('set_vm_memory_high_watermark', '0.00001');
    const changes = house.ledger.keepCommitting();
    await eventually(() => expect(station.broker.isReady()).toBe(false), 30_000);
    await eventually(async () => expect((await house.waiting()).pending).toBeGreaterThan(100), 30_000);
    expect((await house.waiting()).refused).toBe(0);
    await rabbit.control('set_vm_memory_high_watermark', 'absolute', '1024MB');
    await eventually(() => expect(station.broker.isReady()).toBe(true), 60_000);
    await changes.stop();
    await house.expectPromisesKept();
  });

  it('RabbitMQ stops before, during and after commits: commits go on, and their events follow when it is back', async () => {
    const duplicates = await house.duplicates();
    const [during, after] = [await house.ledger.begin(), await house.ledger.begin()];
    toRabbit.delay(400);
    const inFlight = await commitMany(100);
    await eventually(async () => expect(await house.tap.toldOf(inFlight)).toHaveLength(100), 30_000);
    await rabbit.stop();
    toRabbit.heal();
    await during.end('commit');
    await house.ledger.rollBack();
    for (let n = 0; n < 50; n++) await commit();
    await eventually(() => expect(station.broker.isReady()).toBe(false), 30_000);
    expect((await house.waiting()).pending).toBeGreaterThan(50);
    await rabbit.start();
    await after.end('commit');
    await house.expectPromisesKept();
    expect(await house.duplicates()).toBeGreaterThan(duplicates);
  });
});
