import { type AddressInfo, createServer } from 'node:net';
import { Logger } from '@nestjs/common';
import { createDataSource } from '../../database/data-source.js';
import { Database } from '../../database/database.js';
import { newId } from '../../kernel/index.js';
import { anyEvent, eventually, FaultProxy, type TestDatabase, testDatabase } from '../../testing/index.js';
import { Broker, BrokerUnavailable, type OutgoingMessage } from '../broker.js';
import { EventRegistry } from '../events.js';
import { Outbox } from '../outbox.js';
import { RelaySignal } from '../relay-signal.js';
import { OutboxStatus } from './outbox-status.js';
import { Relay } from './relay.js';

Logger.overrideLogger(false);

/** A broker in memory that does what a test tells it to with each message before it takes it. */
class FakeBroker extends Broker {
  readonly taken: OutgoingMessage[] = [];
  inFlight = 0;
  mostInFlight = 0;
  ready = true;
  onPublish: (message: OutgoingMessage) => Promise<void> | void = () => undefined;

  async publish(message: OutgoingMessage): Promise<void> {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    try {
      await this.onPublish(message);
      this.taken.push(message);
    } finally {
      this.inFlight--;
    }
  }
  get numbers(): number[] {
    return this.taken.map(({ event }) => (event.data as { n: number }).n);
  }
  start = (): Promise<void> => Promise.resolve();
  stopConsuming = (): Promise<void> => Promise.resolve();
  redeliver = (): Promise<void> => Promise.resolve();
  isReady = (): boolean => this.ready;
  close = (): Promise<void> => Promise.resolve();
}

const registry = new EventRegistry({
  book_updated: anyEvent('BookUpdated'),
  otp_generated: anyEvent('OtpGenerated', { exchange: 'holdfast.private', source: '/holdfast/identity' }),
});

describe('The relay', () => {
  let db: TestDatabase;
  let outbox: Outbox;
  let broker: FakeBroker;
  const relays: Relay[] = [];

  beforeEach(async () => {
    db = await testDatabase();
    outbox = new Outbox(db.database, db.unitOfWork, registry, new RelaySignal(db.database));
    broker = new FakeBroker();
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    await db.close();
  });

  function start(over: Broker = broker): Relay {
    const relay = new Relay(db.database, over, registry);
    relays.push(relay);
    relay.start();
    return relay;
  }
  const append = (n: number, subject = `books/${n}`) => outbox.append({ type: 'book_updated', subject, data: { n } });
  const commit = (n: number, subject?: string) => db.unitOfWork.run(() => append(n, subject));
  const rowOf = (n: number) =>
    db.database.one<{ attempts: number; last_error: string | null; published_at: Date | null }>(
      `SELECT attempts, last_error, published_at FROM platform.outbox WHERE data->>'n' = $1`,
      [String(n)],
    );
  const pending = async () => (await new OutboxStatus(db.database).read()).pending;
  const endRelaySessions = () =>
    db.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'holdfast relay'`,
    );

  it('publishes a committed event as a CloudEvent, on the exchange of its type, with its trace context', async () => {
    start();
    const id = newId();
    await db.unitOfWork.run(async () => {
      await db.database.query(
        `INSERT INTO platform.outbox (id, type, subject, data, traceparent, request_id)
         VALUES ($1, 'book_updated', 'books/1', $2, '00-x', 'r-1')`,
        [id, { n: 1 }],
      );
      outbox.wakeRelay();
    });
    await eventually(() => expect(broker.taken).toHaveLength(1));
    const { position, occurred_at } = await db.database.one<{ position: string; occurred_at: Date }>(
      'SELECT position, occurred_at FROM platform.outbox',
    );
    expect(broker.taken[0]).toEqual({
      exchange: 'holdfast.events',
      traceparent: '00-x',
      requestId: 'r-1',
      event: {
        specversion: '1.0',
        id,
        source: '/holdfast/catalog',
        type: 'book_updated',
        subject: 'books/1',
        time: occurred_at.toISOString(),
        datacontenttype: 'application/json',
        dataschema: '/api/events/schema#/components/schemas/BookUpdated',
        sequence: position.padStart(15, '0'),
        data: { n: 1 },
      },
    });
  });

  it('keeps a private event until the broker has confirmed it, and no longer', async () => {
    let confirm = (): void => undefined;
    const confirmed = new Promise<void>((resolve) => (confirm = resolve));
    broker.onPublish = ({ exchange }) => (exchange === 'holdfast.private' ? confirmed : undefined);
    const data = { otp: '123456', n: 1 };
    await db.unitOfWork.run(() => outbox.append({ type: 'otp_generated', subject: 'users/1', data }));
    await commit(2);
    start();
    await eventually(() => expect(broker.numbers).toEqual([2]));
    expect(await rowOf(1)).toMatchObject({ published_at: null });
    confirm();
    await eventually(() => expect(broker.numbers).toEqual([2, 1]));
    await eventually(async () =>
      expect(await db.database.query('SELECT type FROM platform.outbox')).toEqual([{ type: 'book_updated' }]),
    );
    expect((await rowOf(2)).published_at).not.toBeNull();
  });

  it('keeps a private event that the broker refused, and removes it once it is taken', async () => {
    let refuse = true;
    broker.onPublish = () => {
      if (refuse) throw new Error('NO_ROUTE');
    };
    const data = { otp: '123456', n: 1 };
    await db.unitOfWork.run(() => outbox.append({ type: 'otp_generated', subject: 'users/1', data }));
    start();
    await eventually(async () => expect((await rowOf(1)).last_error).toBe('NO_ROUTE'));
    refuse = false;
    await eventually(async () => expect(await db.database.query('SELECT FROM platform.outbox')).toEqual([]));
    expect(broker.numbers).toEqual([1]);
  });

  it('publishes nothing of a transaction that was rolled back', async () => {
    start();
    const refused = db.unitOfWork.run(async () => {
      await append(1);
      throw new Error('no');
    });
    await expect(refused).rejects.toThrow('no');
    await commit(2);
    await eventually(() => expect(broker.numbers).toEqual([2]));
  });

  it('does not skip an event that was committed late, under a lower position than others', async () => {
    start();
    let finish = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (finish = resolve));
    const late = db.unitOfWork.run(async () => {
      await append(1);
      await waiting;
    });
    await eventually(async () => {
      await commit(2);
      expect(broker.numbers).toContain(2);
    });
    finish();
    await late;
    await eventually(() => expect(broker.numbers).toContain(1));
  });

  it('is woken by a commit, and does not wait for its next look', async () => {
    start();
    await commit(1);
    await eventually(() => expect(broker.taken).toHaveLength(1));
    const delays: number[] = [];
    for (let n = 2; n <= 12; n++) {
      const before = Date.now();
      await commit(n);
      await eventually(() => expect(broker.taken).toHaveLength(n));
      delays.push(Date.now() - before);
    }
    // Without the signal it looks once a second when there is nothing to do.
    expect(Math.min(...delays)).toBeLessThan(500);
  });

  it('keeps many in flight, but of one subject one at a time and in order', async () => {
    for (let n = 0; n < 300; n++) await commit(n, `books/${n % 30}`);
    const bySubject = new Map<string, number>();
    broker.onPublish = async ({ event }) => {
      const running = (bySubject.get(event.subject) ?? 0) + 1;
      bySubject.set(event.subject, running);
      expect(running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      bySubject.set(event.subject, running - 1);
    };
    start();
    await eventually(() => expect(broker.taken).toHaveLength(300));
    expect(broker.mostInFlight).toBe(30);
    for (let subject = 0; subject < 30; subject++) {
      const seen = broker.numbers.filter((n) => n % 30 === subject);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
    }
    await eventually(async () => expect(await pending()).toBe(0));
  });

  it('tries a refused event again and again, holding up its subject and no other', async () => {
    let refuse = true;
    broker.onPublish = ({ event }) => {
      if (refuse && (event.data as { n: number }).n === 1) throw new Error('NO_ROUTE');
    };
    await commit(0, 'books/a');
    await commit(1, 'books/a');
    await commit(2, 'books/a');
    await commit(3, 'books/b');
    start();
    await eventually(() => expect(broker.numbers.sort()).toEqual([0, 3]));
    await eventually(async () => expect((await rowOf(1)).attempts).toBeGreaterThan(1));
    expect(await rowOf(1)).toMatchObject({ last_error: 'NO_ROUTE', published_at: null });
    expect(await rowOf(2)).toMatchObject({ attempts: 0, published_at: null });
    await commit(4, 'books/b');
    await eventually(() => expect(broker.numbers).toContain(4));
    refuse = false;
    await eventually(() => expect(broker.numbers.filter((n) => n < 3)).toEqual([0, 1, 2]), 10_000);
  });

  it('tries what has failed before after all others and one at a time, so that it takes nothing else with it', async () => {
    for (let n = 0; n < 12; n++) await commit(n);
    await db.database.query(`UPDATE platform.outbox SET attempts = 5 - (data->>'n')::int WHERE (data->>'n')::int < 3`);
    broker.onPublish = async ({ event }) => {
      const inFlight = broker.inFlight;
      await new Promise(setImmediate);
      if ((event.data as { n: number }).n < 3) expect(inFlight).toBe(1);
    };
    start();
    await eventually(() => expect(broker.numbers).toHaveLength(12));
    expect(broker.numbers.slice(9)).toEqual([2, 1, 0]);
    expect(broker.mostInFlight).toBeGreaterThan(1);
  });

  it('puts aside for later what this version does not know, and publishes the rest', async () => {
    await db.database.query(
      `INSERT INTO platform.outbox (id, type, subject, data) VALUES ($1, 'of_a_later_version', 'books/x', '{"n": 1}')`,
      [newId()],
    );
    await commit(2);
    start();
    await eventually(() => expect(broker.numbers).toEqual([2]));
    await eventually(async () => expect((await rowOf(1)).last_error).toContain('of_a_later_version'));
  });

  it('counts no attempt while the broker is away, and goes on when it is back', async () => {
    let tries = 0;
    broker.ready = false;
    broker.onPublish = () => {
      if (broker.ready) return;
      tries++;
      throw new BrokerUnavailable('away');
    };
    for (let n = 0; n < 50; n++) await commit(n);
    start();
    await eventually(() => expect(tries).toBeGreaterThan(1));
    const { attempts } = await db.database.one<{ attempts: string }>(
      'SELECT sum(attempts) AS attempts FROM platform.outbox',
    );
    expect(attempts).toBe('0');
    broker.ready = true;
    await eventually(() => expect(broker.taken).toHaveLength(50));
  });

  it('publishes again, with the same id, what it published without marking it: it crashed in between', async () => {
    let crashes = 0;
    broker.onPublish = async () => {
      if (crashes++ === 0) await endRelaySessions();
    };
    await commit(1);
    start();
    await eventually(() => expect(broker.taken).toHaveLength(2), 10_000);
    expect(broker.taken[1]!.event).toEqual(broker.taken[0]!.event);
    await eventually(async () => expect(await pending()).toBe(0));
  });

  it('works in one process at a time; another takes over within five seconds', async () => {
    const brokers = [new FakeBroker(), new FakeBroker(), new FakeBroker()];
    const taken = () => brokers.map((each) => each.taken.length).sort((a, b) => b - a);
    for (const each of brokers) {
      each.onPublish = async () => {
        expect(brokers.filter((other) => other !== each && other.inFlight > 0)).toEqual([]);
        await new Promise((resolve) => setTimeout(resolve, 1));
      };
    }
    const all = brokers.map((each) => start(each));
    const active = () => all.filter((relay) => relay.status().active);
    await eventually(() => expect(active()).toHaveLength(1));
    for (let n = 0; n < 100; n++) await commit(n);
    await eventually(() => expect(taken()).toEqual([100, 0, 0]));
    const [first] = active();
    await first!.stop();
    expect(first!.status().active).toBe(false);
    for (let n = 100; n < 200; n++) await commit(n);
    await eventually(() => expect(taken()).toEqual([100, 100, 0]), 5000);
    expect(active()).toHaveLength(1);
  });

  it('is replaced when its process hangs or its machine vanishes, though nobody closes its connection', async () => {
    const { hostname, port } = new URL(db.url);
    const way = await FaultProxy.to(hostname, Number(port || 5432));
    const far = new URL(db.url);
    [far.hostname, far.port] = ['127.0.0.1', String(way.port)];
    const remote = await createDataSource({ url: far.href, poolSize: 2, schemas: [], migrations: [] }).initialize();
    const lost = new Relay(new Database(remote), broker, registry);
    try {
      relays.push(lost);
      lost.start();
      await eventually(() => expect(lost.status().active).toBe(true));
      const successor = new FakeBroker();
      const standby = start(successor);
      await commit(1);
      await eventually(() => expect(broker.numbers).toEqual([1]));
      expect([lost.status().active, standby.status().active]).toEqual([true, false]);

      way.freeze();
      await commit(7);
      // After some four seconds; on a machine under load more.
      await eventually(() => expect(successor.numbers).toEqual([7]), 20_000);
      await eventually(() => expect(lost.status().active).toBe(false), 20_000);
      expect(broker.numbers).not.toContain(7);
    } finally {
      await way.close();
      await lost.stop();
      await remote.destroy();
    }
  }, 60_000);

  it('keeps its role while a slow broker keeps it waiting for longer than its session may be silent', async () => {
    let finish = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (finish = resolve));
    broker.onPublish = () => waiting;
    try {
      const relay = start();
      await commit(1);
      await eventually(() => expect(broker.inFlight).toBe(1));
      const successor = start(new FakeBroker());
      for (const until = Date.now() + 5000; Date.now() < until;) {
        expect([relay.status().active, successor.status().active]).toEqual([true, false]);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    } finally {
      finish();
    }
    await eventually(async () => expect(await pending()).toBe(0));
    expect(broker.numbers).toEqual([1]);
  }, 20_000);

  it('tells what it did, and asks the database over the connection that it has, while it is active', async () => {
    broker.onPublish = ({ event }) => {
      if ((event.data as { n: number }).n === 1) throw new Error('NO_ROUTE');
    };
    const relay = start();
    await eventually(() => expect(relay.status().active).toBe(true));
    await commit(1);
    await commit(2);
    await commit(3);
    await eventually(() => expect(relay.status().published).toBe(2));
    await eventually(() => expect(relay.status().failed).toBeGreaterThan(0));
    expect(await relay.ask('SELECT $1::int AS n', [7])).toEqual([{ n: 7 }]);
    const standby = start(new FakeBroker());
    expect(await standby.ask('SELECT 1')).toBeNull();
    expect(standby.status()).toEqual({ active: false, published: 0, failed: 0 });
  });

  it('gives up its role when its session is lost, and takes it again when nobody else did', async () => {
    const relay = start();
    await eventually(() => expect(relay.status().active).toBe(true));
    await endRelaySessions();
    await eventually(() => expect(relay.status().active).toBe(false));
    await commit(1);
    await eventually(() => expect(broker.numbers).toEqual([1]));
  });

  it('does not hammer a database that is away', async () => {
    let attempts = 0;
    const door = createServer((socket) => {
      attempts++;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    const { port } = await new Promise<AddressInfo>((resolve) =>
      door.once('listening', () => resolve(door.address() as AddressInfo)),
    );
    const away = { pool: { options: { host: '127.0.0.1', port } } } as unknown as Database;
    const relay = new Relay(away, broker, registry);
    const since = Date.now();
    relay.start();
    await eventually(() => expect(attempts).toBe(3));
    expect(Date.now() - since).toBeGreaterThan(1900);
    await relay.stop();
    door.close();
  });

  it('finishes what is in flight when it is stopped', async () => {
    let finish = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (finish = resolve));
    broker.onPublish = () => waiting;
    for (let n = 0; n < 10; n++) await commit(n);
    const relay = start();
    await eventually(() => expect(broker.inFlight).toBe(10));
    const stopped = relay.stop();
    finish();
    await stopped;
    expect(broker.taken).toHaveLength(10);
    expect(await pending()).toBe(0);
  });

  it('removes what was published more than a week ago and handled more than a month ago', async () => {
    await db.database.query(
      `INSERT INTO platform.outbox (id, type, subject, data, published_at)
       SELECT gen_random_uuid(), 'book_updated', 'books/old', '{}', now() - age * interval '1 day'
         FROM unnest(ARRAY[6, 8, 9]) AS age`,
    );
    await db.database.query(
      `INSERT INTO platform.inbox (consumer, event_id, handled_at)
       SELECT 'x', gen_random_uuid(), now() - age * interval '1 day' FROM unnest(ARRAY[29, 31]) AS age`,
    );
    start();
    const count = (table: string) => db.database.one<{ n: number }>(`SELECT count(*)::int AS n FROM platform.${table}`);
    await eventually(async () => expect([(await count('outbox')).n, (await count('inbox')).n]).toEqual([1, 1]));
  });

  it('tells how many events wait, and since when', async () => {
    const status = new OutboxStatus(db.database);
    expect(await status.read()).toEqual({ pending: 0, oldestSeconds: null });
    await commit(1);
    await db.database.query(`UPDATE platform.outbox SET occurred_at = now() - interval '90 seconds'`);
    const { pending, oldestSeconds } = await status.read();
    expect(pending).toBe(1);
    expect(oldestSeconds).toBeGreaterThan(89);
    expect(oldestSeconds).toBeLessThan(120);
  });
});
