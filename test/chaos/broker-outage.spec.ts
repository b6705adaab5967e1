import { newId } from '@holdfast/kernel';
import {
  BrokerUnavailable,
  type CloudEvent,
  EventRegistry,
  Outbox,
  type OutgoingMessage,
  RabbitMqBroker,
  Relay,
  type Subscription,
} from '@holdfast/platform';
import {
  anyEvent,
  describeWithPrivateRabbitMq,
  eventually,
  PrivateRabbitMq,
  testDatabase,
  type TestDatabase,
} from '@holdfast/platform/testing';
import { Logger } from '@nestjs/common';
import { RelaySignal } from '../../libs/platform/src/messaging/relay-signal.js';

Logger.overrideLogger(false);

const SUBJECTS = 20;

type Change = CloudEvent<{ n: number }>;

const subscriptionTo = (take: (event: Change) => void): Subscription => ({
  name: 'chaos',
  bindings: [{ exchange: 'holdfast.events', event: 'book_updated' }],
  prefetch: 100,
  handle: (delivery) => {
    take(JSON.parse(delivery.body.toString()) as Change);
    return Promise.resolve({ kind: 'done' });
  },
});

/** Counts what the relay felt of the outage. */
class CountingBroker extends RabbitMqBroker {
  felt = 0;

  override async publish(message: OutgoingMessage): Promise<void> {
    try {
      await super.publish(message);
    } catch (error) {
      if (error instanceof BrokerUnavailable) this.felt++;
      throw error;
    }
  }
}

describeWithPrivateRabbitMq('While RabbitMQ is away', () => {
  let rabbit: PrivateRabbitMq;
  let db: TestDatabase;
  let broker: CountingBroker;
  let relay: Relay;
  let arrived: Change[];
  let run: string;
  let appended: Map<string, number[]>;
  const registry = new EventRegistry({ book_updated: anyEvent('BookUpdated') });

  beforeAll(async () => {
    rabbit = await PrivateRabbitMq.create();
    await rabbit.start();
    // RabbitMQ 3.10 never finds a leader again for a quorum queue that it is killed with a second after its declaration:
    // a clean stop first brings the queue to disk.
    const first = new RabbitMqBroker({ url: rabbit.url });
    await first.start([subscriptionTo(() => undefined)]);
    await first.close();
    await rabbit.stop();
    await rabbit.start();
  }, 120_000);
  afterAll(() => rabbit.dispose(), 30_000);

  beforeEach(async () => {
    run = `books/${newId()}`;
    arrived = [];
    appended = new Map();
    db = await testDatabase();
    broker = new CountingBroker({ url: rabbit.url });
    await broker.start([
      subscriptionTo((event) => {
        if (event.subject.startsWith(run)) arrived.push(event);
      }),
    ]);
    relay = new Relay(db.database, broker, registry);
    relay.start();
  });
  afterEach(async () => {
    await relay.stop();
    await broker.close();
    await db.close();
  });

  /** Appends changes one after the other for as long as it is asked to; a fifth of them is rolled back. */
  function appendChanges(): { stop(): Promise<number> } {
    const outbox = new Outbox(db.database, db.unitOfWork, registry, new RelaySignal(db.database));
    let going = true;
    const work = (async () => {
      let n = 0;
      for (; going; n++) {
        const subject = `${run}-${n % SUBJECTS}`;
        const change = { n };
        await db.unitOfWork
          .run(async () => {
            await outbox.append({ type: 'book_updated', subject, data: change });
            if (n % 5 === 4) throw new Error('rolled back');
            appended.set(subject, [...(appended.get(subject) ?? []), n]);
          })
          .catch(() => undefined);
      }
      return n;
    })();
    return {
      stop: () => {
        going = false;
        return work;
      },
    };
  }

  const committed = () => [...appended.values()].flat();
  const pending = async () =>
    (await db.database.one<{ n: number }>('SELECT count(*)::int AS n FROM platform.outbox WHERE published_at IS NULL'))
      .n;

  async function allArrive(): Promise<void> {
    await eventually(async () => expect(await pending()).toBe(0), 60_000);
    await eventually(() => expect(new Set(arrived.map(({ data }) => data.n)).size).toBe(committed().length), 20_000);
  }

  function expectEachSubjectInOrderAndNothingInvented(): void {
    const firstSeen = new Map<string, Change>();
    for (const event of arrived) if (!firstSeen.has(event.id)) firstSeen.set(event.id, event);
    for (const [subject, changes] of appended) {
      const seen = [...firstSeen.values()].filter((event) => event.subject === subject).map(({ data }) => data.n);
      expect(seen).toEqual(changes);
    }
    expect(firstSeen.size).toBe(committed().length);
  }

  for (const [how, away] of [
    ['stopped', () => rabbit.stop()],
    ['killed', () => rabbit.kill()],
  ] as const) {
    it(`changes go on, and when it was ${how} and comes back every event arrives, in order per subject, none invented`, async () => {
      const changes = appendChanges();
      await eventually(() => expect(arrived.length).toBeGreaterThan(100), 20_000);
      await away();
      await eventually(() => expect(broker.felt).toBeGreaterThan(2), 20_000);
      const committedBefore = committed().length;
      await eventually(() => expect(committed().length).toBeGreaterThan(committedBefore + 200), 20_000);
      expect(await pending()).toBeGreaterThan(200);
      expect(broker.isReady()).toBe(false);
      await rabbit.start();
      await eventually(() => expect(broker.isReady()).toBe(true), 30_000);
      await changes.stop();
      await allArrive();
      expectEachSubjectInOrderAndNothingInvented();
    }, 120_000);
  }
});
