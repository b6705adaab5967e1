import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventRegistry } from '@holdfast/composition';
import {
  BrokerUnavailable,
  type CloudEvent,
  type Database,
  EventConsumer,
  type OutgoingMessage,
  RabbitMqBroker,
  Relay,
  UnitOfWork,
} from '@holdfast/platform';
import { eventually, testUrl } from '@holdfast/platform/testing';
import { ConsumerRunner } from '../../../libs/platform/src/messaging/consuming/consumer-runner.js';
import { Inbox } from '../../../libs/platform/src/messaging/consuming/inbox.js';
import { common } from '../../e2e/support/installation.js';
import { Program } from '../../e2e/support/program.js';
import { brokenPromises, type Change, duplicatesAmong } from './events-judge.js';
import { EVENT, Ledger } from './events-ledger.js';
import { Tap } from './events-tap.js';

/** Whatever happened, all is well again by then, on a busy machine too. */
const RECOVERY_MS = 90_000;

/**
 * A database, a ledger of its changes, a tap on the broker, and a count of effects that no constraint of the product keeps from
 * being doubled. Workers are started on it: within this process, or as it is delivered.
 */
export class EventsHouse {
  private readonly ending: (() => Promise<unknown>)[] = [];

  private constructor(
    private readonly databaseUrl: string,
    private readonly rabbitUrl: string,
    readonly ledger: Ledger,
    readonly tap: Tap,
    private readonly dataDir: string,
  ) {}

  static async open(databaseUrl: string, rabbitUrl: string): Promise<EventsHouse> {
    const ledger = await Ledger.open(databaseUrl);
    await ledger.database.query(COUNTING);
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-events-'));
    return new EventsHouse(databaseUrl, rabbitUrl, ledger, await Tap.on(rabbitUrl), dataDir);
  }

  /** Ends what was started here. */
  async close(): Promise<void> {
    for (const end of this.ending.reverse()) await end();
    await this.ledger.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Relay, broker and a consumer within this process, connected where `rabbitUrl` says. */
  async startHere(rabbitUrl = this.rabbitUrl, consumer = new Shelf(this.ledger.database)): Promise<Station> {
    const station = await Station.start(this.ledger.database, rabbitUrl, consumer);
    this.ending.push(() => station.stop());
    return station;
  }

  /** `apps/worker`, whose notes of mails are its effects. Resolves when it works. */
  async startWorker(env: Record<string, string> = {}): Promise<Program> {
    const worker = Program.start('worker', {
      ...common,
      DATABASE_URL: this.databaseUrl,
      REDIS_URL: testUrl('redis'),
      REDIS_PREFIX: `chaos-${randomBytes(4).toString('hex')}`,
      RABBITMQ_URL: this.rabbitUrl,
      HOLDFAST_DATA_DIR: this.dataDir,
      ...env,
    });
    this.ending.push(() => worker.stop('SIGKILL'));
    await worker.says(/the worker works/);
    return worker;
  }

  effects(): Promise<(Change & Record<string, unknown>)[]> {
    return this.ledger.database.query('SELECT subject, n FROM chaos.effects ORDER BY place');
  }

  /** Deliveries of events whose effect was there already. */
  async redeliveries(): Promise<number> {
    const { n } = await this.ledger.database.one<{ n: number }>(
      'SELECT (count(*) - count(DISTINCT (consumer, event_id)))::int AS n FROM chaos.deliveries',
    );
    return n;
  }

  async duplicates(): Promise<number> {
    return duplicatesAmong(await this.tap.told());
  }

  /** Events that wait to be published, and those of them that were refused. */
  async waiting(): Promise<{ pending: number; refused: number }> {
    return this.ledger.database.one(
      `SELECT count(*)::int AS pending, count(*) FILTER (WHERE attempts > 0)::int AS refused
         FROM platform.outbox WHERE published_at IS NULL`,
    );
  }

  /** One more change goes all the way; then nothing is lost, invented or doubled in effect, and each subject is in order. */
  async expectPromisesKept(): Promise<void> {
    await this.ledger.commit();
    await eventually(async () => expect((await this.waiting()).pending).toBe(0), RECOVERY_MS);
    const committed = await this.ledger.committed();
    await eventually(async () => {
      const broken = brokenPromises({ committed, told: await this.tap.told(), effects: await this.effects() });
      expect(broken).toEqual([]);
    }, RECOVERY_MS);
  }
}

const COUNTING = `
  CREATE SCHEMA chaos;
  CREATE TABLE chaos.effects (place bigint GENERATED ALWAYS AS IDENTITY, subject text, n integer);
  CREATE TABLE chaos.deliveries (consumer text, event_id uuid);
  CREATE FUNCTION chaos.note_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO chaos.deliveries VALUES (NEW.consumer, NEW.event_id); RETURN NEW; END $$;
  CREATE FUNCTION chaos.note_mail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO chaos.effects (subject, n) VALUES (NEW.subject, (NEW.news #>> '{upload,insertedRows}')::int);
      RETURN NEW;
    END $$;
  -- Before the insert, so also when the row is there already and the insert does nothing.
  CREATE TRIGGER note BEFORE INSERT ON platform.inbox FOR EACH ROW EXECUTE FUNCTION chaos.note_delivery();
  CREATE TRIGGER note BEFORE INSERT ON notifications.mails FOR EACH ROW EXECUTE FUNCTION chaos.note_mail()`;

/** Puts an effect down for each event that it handles, and would do so again and again. */
export class Shelf extends EventConsumer {
  readonly name: string = 'chaos';
  readonly events: readonly string[] = [EVENT];

  constructor(protected readonly database: Database) {
    super();
  }

  async handle({ subject, data }: CloudEvent): Promise<void> {
    const { insertedRows } = data as { insertedRows: number };
    await this.database.query('INSERT INTO chaos.effects (subject, n) VALUES ($1, $2)', [subject, insertedRows]);
  }
}

/** Counts what the relay feels of a fault. */
export class NotingBroker extends RabbitMqBroker {
  /** Publications that failed because the broker was away, and those that it refused. */
  away = 0;
  refused = 0;
  slowestMs = 0;

  override async publish(message: OutgoingMessage): Promise<void> {
    const began = performance.now();
    try {
      await super.publish(message);
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
    } catch (error) {
      if (error instanceof BrokerUnavailable) this.away++;
      else this.refused++;
      throw error;
    }
  }
}

/** As in a worker: queues are declared before the relay publishes. Retries and time limits are shorter. */
export class Station {
  private constructor(
    readonly broker: NotingBroker,
    readonly relay: Relay,
    private readonly runner: ConsumerRunner,
  ) {}

  static async start(database: Database, url: string, consumer: EventConsumer): Promise<Station> {
    const inbox = new Inbox(database, new UnitOfWork(database));
    const runner = new ConsumerRunner([consumer], eventRegistry(), inbox);
    const broker = new NotingBroker({ url, publishLimitMs: 3_000, retryDelaysMs: RETRY_DELAYS_MS });
    await broker.start(runner.subscriptions());
    const relay = new Relay(database, broker, eventRegistry());
    relay.start();
    return new Station(broker, relay, runner);
  }

  async stop(): Promise<void> {
    this.runner.stop();
    await this.broker.stopConsuming();
    await this.relay.stop();
    await this.broker.close();
  }
}

const RETRY_DELAYS_MS = [50, 100, 200];
