import { Logger } from '@nestjs/common';
import { z } from 'zod';
import { currentContext } from '../../http/request-context.js';
import { newId } from '../../kernel/index.js';
import { anyEvent, type TestDatabase, testDatabase } from '../../testing/index.js';
import type { Outcome } from '../broker.js';
import { EventConsumer, UnprocessableEvent } from '../consumer.js';
import { type CloudEvent, EventRegistry, PRIVATE_EXCHANGE } from '../events.js';
import { ConsumerRunner } from './consumer-runner.js';
import { Inbox } from './inbox.js';

Logger.overrideLogger(false);

const registry = new EventRegistry({
  book_created: anyEvent('BookCreated', {
    data: z.looseObject({ id: z.string(), authors: z.array(z.looseObject({ name: z.string() })).optional() }),
  }),
  otp_generated: anyEvent('OtpGenerated', { exchange: PRIVATE_EXCHANGE }),
});

class Shelf extends EventConsumer {
  readonly name: string = 'shelf';
  readonly events: readonly string[] = ['book_created'];

  constructor(readonly handle: (event: CloudEvent) => Promise<void> = () => Promise.resolve()) {
    super();
  }
}

const eventOf = (changes: object = {}): object => ({
  specversion: '1.0',
  id: newId(),
  source: '/holdfast/catalog',
  type: 'book_created',
  subject: 'books/1',
  time: '2026-11-22T10:00:00.000Z',
  datacontenttype: 'application/json',
  dataschema: '/x',
  sequence: '000000000000001',
  data: { id: '1' },
  ...changes,
});

describe('A consumer', () => {
  let db: TestDatabase;
  let inbox: Inbox;

  beforeAll(async () => {
    db = await testDatabase();
    await db.database.query('CREATE TABLE shelf (event text)');
    inbox = new Inbox(db.database, db.unitOfWork);
  });
  afterAll(() => db.close());
  beforeEach(() => db.database.query('TRUNCATE shelf, platform.inbox'));

  const put = async (event: CloudEvent) => void (await db.database.query('INSERT INTO shelf VALUES ($1)', [event.id]));
  const onShelf = async () => (await db.database.query('SELECT event FROM shelf')).length;
  const inInbox = async () => (await db.database.query('SELECT FROM platform.inbox')).length;
  const runnerOf = (...consumers: EventConsumer[]) => new ConsumerRunner(consumers, registry, inbox);
  const deliver = (consumer: EventConsumer, body: string | object, traceparent?: string): Promise<Outcome> =>
    runnerOf(consumer)
      .subscriptions()[0]!
      .handle({
        body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
        traceparent,
        previousAttempts: 0,
      });

  it('has one effect when the same event comes fifty times at once, and again later', async () => {
    const event = eventOf();
    const consumer = new Shelf(put);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => deliver(consumer, event)));
    outcomes.push(await deliver(consumer, event));
    expect(outcomes.every(({ kind }) => kind === 'done')).toBe(true);
    expect(await onShelf()).toBe(1);
  });

  it('has no effect and no memory of an event whose handler failed, and asks for it again', async () => {
    const event = eventOf();
    const failing = new Shelf(async (seen) => {
      await put(seen);
      throw new Error('the shelf is full');
    });
    expect(await deliver(failing, event)).toEqual({ kind: 'retry', reason: 'Error: the shelf is full' });
    expect([await onShelf(), await inInbox()]).toEqual([0, 0]);
    expect(await deliver(new Shelf(put), event)).toEqual({ kind: 'done' });
    expect(await onShelf()).toBe(1);
  });

  describe('that gets many at once', () => {
    const deliverAll = (consumer: EventConsumer, events: object[]): Promise<Outcome[]> => {
      const [subscription] = runnerOf(consumer).subscriptions();
      const deliveries = events.map((event) => ({ body: Buffer.from(JSON.stringify(event)), previousAttempts: 0 }));
      return Promise.all(deliveries.map((delivery) => subscription!.handle({ ...delivery, traceparent: undefined })));
    };
    const transactions = async () =>
      (await db.database.one<{ n: number }>('SELECT count(DISTINCT xmin::text)::int AS n FROM platform.inbox')).n;

    it('handles them in one transaction, in the order in which they came', async () => {
      const events = Array.from({ length: 150 }, (_, n) => eventOf({ subject: `books/${n}` }));
      const seen: string[] = [];
      const outcomes = await deliverAll(
        new Shelf(async (event) => {
          seen.push(event.subject);
          await put(event);
        }),
        events,
      );
      expect(outcomes).toEqual(events.map(() => ({ kind: 'done' })));
      expect(seen).toEqual(events.map((_, n) => `books/${n}`));
      expect([await onShelf(), await inInbox(), await transactions()]).toEqual([150, 150, 1]);
    });

    it('handles the others though one of them fails, and one that came twice once', async () => {
      const [first, twice, bad, last] = [eventOf(), eventOf(), eventOf({ subject: 'books/bad' }), eventOf()];
      const consumer = new Shelf(async (event) => {
        await put(event);
        if (event.subject === 'books/bad') throw new Error('not this one');
      });
      const outcomes = await deliverAll(consumer, [first, twice, bad, twice, last]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'retry', 'done', 'done']);
      expect([await onShelf(), await inInbox()]).toEqual([3, 3]);
    });

    it('gives each its own request id', async () => {
      const events = [eventOf(), eventOf()] as { id: string }[];
      const ids: unknown[] = [];
      await deliverAll(new Shelf(() => Promise.resolve(void ids.push(currentContext()?.requestId))), events);
      expect(ids).toEqual(events.map(({ id }) => id));
    });
  });

  it('sets an event aside at once that its handler calls unprocessable', async () => {
    const consumer = new Shelf(() => Promise.reject(new UnprocessableEvent('a book without pages')));
    expect(await deliver(consumer, eventOf())).toEqual({
      kind: 'dead',
      reason: expect.stringContaining('without pages'),
    });
    expect(await inInbox()).toBe(0);
  });

  it.each([
    ['what is not JSON', '{"id":', 'not JSON'],
    ['JSON that is no object', '[1]', 'not a JSON object'],
    ['another version of the format', eventOf({ specversion: '0.3' }), 'specversion'],
    ['an id that is none', eventOf({ id: '42' }), 'id is not a UUID'],
    ['missing fields, naming all', eventOf({ subject: undefined, source: 7 }), 'source, subject'],
    ['a time that is none', eventOf({ time: 'soon' }), 'time'],
    ['missing data', eventOf({ data: undefined }), 'data'],
    ['an event that nobody knows', eventOf({ type: 'book_burnt' }), 'book_burnt'],
  ])('sets aside at once %s', async (_, body, reason) => {
    const handle = jest.fn();
    const outcome = await deliver(new Shelf(handle), body);
    expect(outcome).toEqual({ kind: 'dead', reason: expect.stringContaining(reason) });
    expect(handle).not.toHaveBeenCalled();
  });

  it('sets aside at once data that is not as agreed, and names the fields but never what is in them', async () => {
    const handle = jest.fn();
    const data = { id: 123456, authors: [{ name: 'Ada' }, { name: ['012345'] }], more: 'secret' };
    const outcome = await deliver(new Shelf(handle), eventOf({ data }));
    expect(outcome).toEqual({
      kind: 'dead',
      reason: 'Error: the data of book_created is not as agreed: id, authors.1.name',
    });
    expect(await deliver(new Shelf(handle), eventOf({ data: ['secret'] }))).toEqual({
      kind: 'dead',
      reason: 'Error: the data of book_created is not as agreed: data',
    });
    expect(handle).not.toHaveBeenCalled();
  });

  it('gets fields of a later version too', async () => {
    const seen: unknown[] = [];
    const data = { id: '1', shelfMark: 'X 1' };
    const consumer = new Shelf((event) => Promise.resolve(void seen.push(event.data)));
    expect(await deliver(consumer, eventOf({ data }))).toEqual({ kind: 'done' });
    expect(seen).toEqual([data]);
  });

  it('lets pass what an old binding still brings', async () => {
    const handle = jest.fn();
    expect(await deliver(new Shelf(handle), eventOf({ type: 'otp_generated' }))).toEqual({ kind: 'done' });
    expect(handle).not.toHaveBeenCalled();
  });

  it('works in the context of the event: its id as request id, its trace', async () => {
    const event = eventOf() as CloudEvent;
    let context: unknown;
    const consumer = new Shelf(async () => void (context = await Promise.resolve(currentContext())));
    await deliver(consumer, event, '00-trace');
    expect(context).toEqual({ requestId: event.id, traceparent: '00-trace' });
  });

  it('waits for a database that is away, without using up the attempts of the event', async () => {
    let failures = 2;
    const consumer = new Shelf(async (event) => {
      if (failures-- > 0) await db.database.query('SELECT pg_terminate_backend(pg_backend_pid())');
      await put(event);
    });
    expect(await deliver(consumer, eventOf())).toEqual({ kind: 'done' });
    expect(await onShelf()).toBe(1);
  });

  it('binds each event on the exchange where it is published', () => {
    class Both extends Shelf {
      override readonly events = ['book_created', 'otp_generated'];
    }
    expect(runnerOf(new Both()).subscriptions()[0]).toMatchObject({
      name: 'shelf',
      bindings: [
        { exchange: 'holdfast.events', event: 'book_created' },
        { exchange: 'holdfast.private', event: 'otp_generated' },
      ],
    });
  });

  it('keeps the program from starting when it wants an event that does not exist', () => {
    class Misspelt extends Shelf {
      override readonly events = ['book_create'];
    }
    expect(() => runnerOf(new Misspelt())).toThrow(
      'the consumer Misspelt wants "book_create", which no context publishes',
    );
  });

  it('keeps the program from starting when two have one name, a name cannot be one of a queue, or it names no event', () => {
    class Nameless extends Shelf {
      override readonly name = 'my shelf';
    }
    class Idle extends Shelf {
      override readonly events = [];
    }
    expect(() => runnerOf(new Shelf(), new Shelf())).toThrow('two consumers have the name "shelf"');
    expect(() => runnerOf(new Nameless())).toThrow('the consumer Nameless needs a name');
    expect(() => runnerOf(new Idle())).toThrow('the consumer Idle names no event');
  });
});
