import { describeWith, eventually, FaultProxy, type FreshDatabase, freshDatabase } from '@holdfast/platform/testing';
import { Logger } from '@nestjs/common';
import { ownVirtualHost } from '../e2e/support/installation.js';
import type { Program } from '../e2e/support/program.js';
import { EventsGate } from './support/events-gate.js';
import { EventsHouse } from './support/events-house.js';

Logger.overrideLogger(false);
jest.setTimeout(180_000);

const ACTIVE = /this process publishes the events now/;

describeWith('redis', 'Events, when workers fail', () =>
  describeWith('rabbitmq', 'between the outbox and a consumer', suite),
);

function suite(): void {
  let corner: { url: string; remove(): Promise<void> };
  let toRabbit: FaultProxy;
  let throughProxy: string;
  let database: FreshDatabase;
  let house: EventsHouse;
  let gate: EventsGate;

  beforeEach(async () => {
    corner = await ownVirtualHost();
    const url = new URL(corner.url);
    toRabbit = await FaultProxy.to(url.hostname, Number(url.port || 5672));
    url.host = `127.0.0.1:${toRabbit.port}`;
    throughProxy = url.toString();
    database = await freshDatabase();
    house = await EventsHouse.open(database.url, corner.url);
    gate = await EventsGate.build(database.url);
  });
  afterEach(async () => {
    await gate?.open('drops them');
    await house?.close();
    await gate?.remove();
    await toRabbit?.close();
    await corner?.remove();
    await database?.drop();
  });

  it('the active one is killed between publishing and marking: the one that stands by publishes the same again', async () => {
    const active = await house.startWorker();
    await active.says(ACTIVE);
    const standby = await house.startWorker();
    await gate.closeAt('mark');
    const changes = await house.ledger.commitMany(50);
    await gate.holds();
    expect(await house.tap.toldOf(changes)).toHaveLength(50);
    await active.stop('SIGKILL');
    await gate.open('drops them');
    await standby.says(ACTIVE);
    await house.expectPromisesKept();
    expect(await house.duplicates()).toBe(50);
  });

  it('one is killed between taking events and publishing them: the next one publishes them, once', async () => {
    const first = await house.startWorker({ RABBITMQ_URL: throughProxy });
    await first.says(ACTIVE);
    toRabbit.swallow('to server');
    const changes = await house.ledger.commitMany(50);
    // Each event is some hundred bytes: it has begun to publish them.
    await eventually(() => expect(toRabbit.swallowed).toBeGreaterThan(5_000), 30_000);
    await first.stop('SIGKILL');
    expect(await house.tap.toldOf(changes)).toEqual([]);
    await house.startWorker();
    await house.expectPromisesKept();
    expect(await house.duplicates()).toBe(0);
  });

  it('a consumer is killed before its commit: nothing of it has happened, and it happens once after', async () => {
    const first = await house.startWorker();
    await gate.closeAt('commit');
    await house.ledger.commitMany(20);
    await gate.holds();
    expect(await house.effects()).toEqual([]);
    await kill(first);
    expect(await house.effects()).toEqual([]);
    await house.startWorker();
    await house.expectPromisesKept();
  });

  it('a consumer is killed between its commit and its acknowledgement: what comes again has no second effect', async () => {
    const first = await house.startWorker({ RABBITMQ_URL: throughProxy });
    await gate.closeAt('commit');
    await house.ledger.commitMany(20);
    await gate.holds();
    toRabbit.swallow('to server');
    await gate.open('lets them go on');
    await eventually(async () => expect(await house.effects()).toHaveLength(20), 30_000);
    expect(await house.redeliveries()).toBe(0);
    await first.stop('SIGKILL');
    toRabbit.heal();
    await house.startWorker();
    await house.expectPromisesKept();
    await eventually(async () => expect(await house.redeliveries()).toBeGreaterThan(0), 30_000);
    await house.expectPromisesKept();
  });

  const kill = async (worker: Program): Promise<void> => {
    await worker.stop('SIGKILL');
    await gate.open('drops them');
  };
}

describeWith('rabbitmq', 'Events, when two relays take turns', () => {
  let corner: { url: string; remove(): Promise<void> };
  let database: FreshDatabase;
  let house: EventsHouse;

  beforeAll(async () => {
    corner = await ownVirtualHost();
    database = await freshDatabase();
    house = await EventsHouse.open(database.url, corner.url);
  });
  afterAll(async () => {
    await house?.close();
    await corner?.remove();
    await database?.drop();
  });

  it('whenever a session is ended one of them goes on, and each subject stays in order', async () => {
    const stations = [await house.startHere(), await house.startHere()];
    const published = (): number[] => stations.map(({ relay }) => relay.status().published);
    const changes = house.ledger.keepCommitting();
    let ended = 0;
    await eventually(async () => {
      const before = published();
      await eventually(() => expect(sum(published())).toBeGreaterThan(sum(before)), 20_000);
      const gone = await house.ledger.database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity JOIN pg_locks USING (pid)
          WHERE application_name = 'holdfast relay' AND locktype = 'advisory' AND granted
            AND datname = current_database()`,
      );
      ended += gone.length;
      expect(Math.min(...published())).toBeGreaterThan(0);
      expect(ended).toBeGreaterThanOrEqual(3);
    }, 60_000);
    await changes.stop();
    expect(house.ledger.ghosts).toBeGreaterThan(0);
    await house.expectPromisesKept();
  });

  it('a transaction that was rolled back leaves no ghost, and one that commits later with a lower number is not skipped', async () => {
    await house.startHere();
    const [late, never] = [await house.ledger.begin(), await house.ledger.begin()];
    const after = await house.ledger.commitMany(20);
    await eventually(async () => expect(await house.tap.toldOf(after)).toHaveLength(20), 30_000);
    await never.end('roll back');
    await late.end('commit');
    await house.expectPromisesKept();
  });
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
