import { randomUUID } from 'node:crypto';
import type { CloudEvent } from '@holdfast/platform';
import { describeWith, eventually, type FreshDatabase, freshDatabase } from '@holdfast/platform/testing';
import { Logger } from '@nestjs/common';
import { ownVirtualHost } from '../e2e/support/installation.js';
import { Chance } from './support/chance.js';
import { EventsHouse, Shelf } from './support/events-house.js';
import { EVENT, Ledger } from './support/events-ledger.js';
import { type DeadLetter, takeDeadLetters, withBroker } from './support/events-tap.js';

Logger.overrideLogger(false);
jest.setTimeout(180_000);

const BAD_SUBJECT = Ledger.subject();
const QUEUE = 'holdfast.chaos';

/** Always fails for one subject, after its effect; and keeps the latest state of each, which older news do not undo. */
class Choosy extends Shelf {
  failures = 0;
  /** The highest sequence of each subject. */
  readonly latest = new Map<string, string>();

  override async handle(event: CloudEvent): Promise<void> {
    await super.handle(event);
    if (event.subject === BAD_SUBJECT) throw new Error(`never (${++this.failures})`);
    const known = this.latest.get(event.subject);
    if (!known || known < event.sequence) this.latest.set(event.subject, event.sequence);
  }
}

describeWith('rabbitmq', 'Events, whatever comes to a consumer', () => {
  let corner: { url: string; remove(): Promise<void> };
  let database: FreshDatabase;
  let house: EventsHouse;
  let consumer: Choosy;

  beforeEach(async () => {
    corner = await ownVirtualHost();
    database = await freshDatabase();
    house = await EventsHouse.open(database.url, corner.url);
    consumer = new Choosy(house.ledger.database);
    await house.startHere(corner.url, consumer);
  });
  afterEach(async () => {
    await house?.close();
    await corner?.remove();
    await database?.drop();
  });

  /** Puts messages into the queue of the consumer only, past the exchange that the tap listens at. */
  const send = (bodies: readonly (string | object)[]): Promise<void> =>
    withBroker(corner.url, async (connection) => {
      const channel = await connection.createConfirmChannel();
      for (const body of bodies) {
        channel.sendToQueue(QUEUE, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), {
          persistent: true,
        });
      }
      await channel.waitForConfirms();
    });
  const eventOf = (subject: string, sequence: number, changes: object = {}): object => ({
    specversion: '1.0',
    id: randomUUID(),
    source: '/holdfast/catalog',
    type: EVENT,
    subject,
    time: '2026-11-22T10:00:00.000Z',
    datacontenttype: 'application/json',
    dataschema: '/x',
    sequence: String(sequence).padStart(15, '0'),
    data: { uploadId: subject.replace('uploads/', ''), insertedRows: sequence, updatedRows: 0, failedRows: 0 },
    ...changes,
  });

  it('poison is set aside with the reason, whole, and nothing behind it waits', async () => {
    const subject = Ledger.subject();
    const large = `{"text": "${'x'.repeat(2 ** 20)}`;
    const unknown = eventOf(subject, 1, { type: 'book_burnt' });
    const wrong = eventOf(subject, 1, { data: { uploadId: 7 } });
    const throwing = eventOf(BAD_SUBJECT, 1);
    await send(['{"id":', large, unknown, wrong, throwing]);
    await house.ledger.commitMany(50);
    await house.expectPromisesKept();
    const letters: DeadLetter[] = [];
    await eventually(async () => {
      letters.push(...(await takeDeadLetters(corner.url)));
      expect(letters).toHaveLength(5);
    }, 30_000);
    const reasonOf = (body: string | object): string | undefined =>
      letters.find((letter) => letter.body.equals(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))))
        ?.reason;
    expect(reasonOf('{"id":')).toContain('not JSON');
    expect(reasonOf(large)).toContain('not JSON');
    expect(reasonOf(unknown)).toContain('book_burnt');
    expect(reasonOf(wrong)).toContain('uploadId');
    expect(reasonOf(throwing)).toContain(`never (${consumer.failures})`);
    // The first delivery, perhaps with others in its transaction and then by itself, and three retries.
    expect(consumer.failures).toBeGreaterThanOrEqual(4);
    expect(letters.map((letter) => letter.consumer)).toEqual(letters.map(() => 'chaos'));
    // What failed was undone each time.
    await house.expectPromisesKept();
  });

  it('an event of 1 MB is handled like any other', async () => {
    await house.ledger.commit(Ledger.subject(), 'x'.repeat(2 ** 20));
    await house.expectPromisesKept();
  });

  it('each message fifty times at once, to two processes as it were: each has one effect', async () => {
    await house.startHere(corner.url, new Choosy(house.ledger.database));
    const changes = await house.ledger.commitMany(30);
    await house.expectPromisesKept();
    const bodies = await house.ledger.database.query<{ id: string; subject: string; position: string; data: object }>(
      'SELECT id, subject, position, data FROM platform.outbox',
    );
    const copies = bodies.flatMap(({ id, subject, position, data }) =>
      Array.from({ length: 50 }, () => eventOf(subject, Number(position), { id, data })),
    );
    await Promise.all([send(copies), send(copies)]);
    const seen = bodies.length * 100;
    await eventually(async () => expect(await house.redeliveries()).toBe(seen), 60_000);
    expect(seen).toBeGreaterThanOrEqual(changes.length * 100);
    await house.expectPromisesKept();
  });

  it('out of order: each has its effect once, and by its sequence the consumer ends with the latest', async () => {
    const chance = Chance.seeded();
    const subjects = Array.from({ length: 5 }, () => Ledger.subject());
    const events = subjects.flatMap((subject) => Array.from({ length: 20 }, (_, n) => eventOf(subject, n + 1)));
    const shuffled = chance.shuffle([...events, ...events]);
    const arrivedSorted = shuffled.every((event, place) => place === 0 || before(shuffled[place - 1]!, event));
    expect({ arrivedSorted, seed: chance.name }).toEqual({ arrivedSorted: false, seed: chance.name });
    await send(shuffled);
    await eventually(async () => expect(await house.effects()).toHaveLength(100), 30_000);
    await eventually(async () => expect(await house.redeliveries()).toBe(100), 30_000);
    const effects = (await house.effects()).map(({ subject, n }) => `${subject} ${n}`);
    expect([effects.length, new Set(effects).size]).toEqual([100, 100]);
    const last = String(20).padStart(15, '0');
    expect([...consumer.latest].sort()).toEqual(subjects.map((subject) => [subject, last]).sort());
  });
});

const before = (one: object, other: object): boolean => (one as CloudEvent).sequence <= (other as CloudEvent).sequence;
