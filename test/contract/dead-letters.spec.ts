import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Actor,
  Authenticator,
  type CloudEvent,
  createHttpApp,
  createPino,
  Database,
  DatabaseModule,
  EventConsumer,
  EventRegistry,
  HoldfastLogger,
  HttpModule,
  MessagingHttpModule,
  MessagingModule,
  MessagingWorkerModule,
  Metrics,
  MetricsModule,
  Outbox,
  platformProblems,
  ProblemCatalogue,
  readSettings,
  Settings,
  UnitOfWork,
  UnprocessableEvent,
} from '@holdfast/platform';
import {
  anyEvent,
  describeWith,
  eventually,
  FaultProxy,
  type FreshDatabase,
  freshDatabase,
} from '@holdfast/platform/testing';
import { Injectable, Logger, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ownVirtualHost } from '../e2e/support/installation.js';

Logger.overrideLogger(false);

const NOBODY = '0199a1b2-0000-7000-8000-00000000dead';
const registry = new EventRegistry({
  book_created: anyEvent('Book'),
  otp_generated: anyEvent('Otp', { exchange: 'holdfast.private', source: '/holdfast/identity' }),
});

@Injectable()
class Shelf extends EventConsumer {
  readonly name = 'shelf';
  readonly events = ['book_created', 'otp_generated'];
  broken = true;
  tries = 0;

  constructor(private readonly database: Database) {
    super();
  }

  async handle({ id }: CloudEvent): Promise<void> {
    this.tries++;
    if (this.broken) throw new UnprocessableEvent(`no room (${this.tries})`);
    await this.database.execute('INSERT INTO shelf VALUES ($1)', [id]);
  }
}

@Injectable()
class Index extends EventConsumer {
  readonly name = 'index';
  readonly events = ['book_created'];
  seen = 0;

  handle(): Promise<void> {
    this.seen++;
    return Promise.resolve();
  }
}

class AnyAdmin extends Authenticator {
  authenticate(userId: string): Promise<Actor | null> {
    return Promise.resolve({ userId, role: 'admin', sessionId: 'one' });
  }
}

@Module({ providers: [Shelf, Index] })
class Consumers {}

@Module({})
class Surroundings {}

@Module({})
class Program {}

/** An api and a worker in one, with consumers that can be broken. */
async function startProgram(databaseUrl: string, rabbitmqUrl: string): Promise<NestFastifyApplication> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-letters-'));
  const settings = readSettings({
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    RABBITMQ_URL: rabbitmqUrl,
    HOLDFAST_DATA_DIR: dataDir,
  });
  const parts = [
    { provide: Settings, useValue: settings },
    { provide: Authenticator, useClass: AnyAdmin },
    { provide: ProblemCatalogue, useValue: new ProblemCatalogue(platformProblems) },
  ];
  const imports = [
    { module: Surroundings, global: true, providers: parts, exports: parts },
    DatabaseModule.forRoot({ schemas: [], migrations: [] }),
    MetricsModule,
    MessagingModule.forRoot(registry),
    HttpModule,
    MessagingHttpModule,
    MessagingWorkerModule,
    Consumers,
  ];
  const logger = new HoldfastLogger(createPino('silent', 'test'));
  const app = await createHttpApp({ module: Program, imports }, settings, logger);
  await app.init();
  await app.get(Database).query('CREATE TABLE shelf (event uuid)');
  const close = app.close.bind(app);
  app.close = async () => {
    await close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return app;
}

interface Rabbit {
  url: string;
  away(): void;
  back(): void;
  close(): Promise<void>;
}

function suite(rabbitMq: () => Promise<Rabbit | null>): void {
  let fresh: FreshDatabase;
  let rabbit: Rabbit | null;
  let app: NestFastifyApplication;
  let shelf: Shelf;
  let index: Index;

  beforeAll(async () => {
    fresh = await freshDatabase();
    rabbit = await rabbitMq();
    app = await startProgram(fresh.url, rabbit?.url ?? '');
    shelf = app.get(Shelf);
    index = app.get(Index);
  }, 60_000);
  beforeEach(async () => {
    shelf.broken = true;
    shelf.tries = index.seen = 0;
    await app.get(Database).query('TRUNCATE shelf');
  });
  afterAll(async () => {
    await app?.close();
    await rabbit?.close();
    await fresh?.drop();
  });

  async function ask(method: 'GET' | 'POST' | 'DELETE', path = ''): Promise<{ status: number; body: any }> {
    const url = `/api/events/dead-letters${path}`;
    const answer = await app.inject({ method, url, headers: { authorization: 'Bearer ada' } });
    return { status: answer.statusCode, body: answer.body ? answer.json() : undefined };
  }
  const letters = async (): Promise<any[]> => (await ask('GET')).body.items;
  const publish = (type = 'book_created', data: object = { title: 'Emma' }): Promise<void> =>
    app.get(UnitOfWork).run(() => app.get(Outbox).append({ type, subject: 'books/1', data }));
  const theLetter = (attempts = 1): Promise<any> =>
    eventually(async () => {
      const all = await letters();
      expect(all).toMatchObject([{ attempts, replayRequestedAt: null }]);
      return all[0];
    }, 10_000);
  const onShelf = () => app.get(Database).query('SELECT event FROM shelf');
  const allGone = () => eventually(async () => expect(await letters()).toEqual([]), 10_000);

  it('are listed with what is known of them, and replayed to their consumer alone, as often as it takes', async () => {
    await publish();
    const first = await theLetter();
    expect(first).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      consumer: 'shelf',
      event: expect.objectContaining({ type: 'book_created', subject: 'books/1', data: { title: 'Emma' } }),
      reason: 'Error: no room (1)',
      attempts: 1,
      firstFailedAt: expect.any(String),
      lastFailedAt: expect.any(String),
      replayable: true,
      replayRequestedAt: null,
    });
    expect((await ask('POST', `/${first.id}/replay`)).status).toBe(202);
    const second = await theLetter(2);
    expect(second).toEqual({ ...first, reason: 'Error: no room (2)', attempts: 2, lastFailedAt: second.lastFailedAt });
    expect(second.lastFailedAt > first.lastFailedAt).toBe(true);

    shelf.broken = false;
    const answers = await Promise.all([1, 2, 3].map(() => ask('POST', `/${first.id}/replay`)));
    // Who comes when it is done already finds nothing.
    expect([202, 404]).toEqual(expect.arrayContaining(answers.map(({ status }) => status)));
    await allGone();
    await eventually(async () => expect(await onShelf()).toEqual([{ event: first.event.id }]));
    expect([shelf.tries, index.seen]).toEqual([3, 1]);
    expect((await ask('POST', `/${first.id}/replay`)).status).toBe(404);
  });

  it('of private events have no data and say why they cannot be replayed; are discarded once', async () => {
    await publish('otp_generated', { otp: '042117' });
    const letter = await theLetter();
    expect(letter).toMatchObject({ replayable: false, event: { type: 'otp_generated', data: {} } });
    const refused = await ask('POST', `/${letter.id}/replay`);
    expect([refused.status, refused.body.type]).toEqual([422, '/problems/dead-letter-without-data']);
    expect(refused.body.detail).toContain('was not kept');
    expect((await letters())[0]).toEqual(letter);
    expect((await ask('DELETE', `/${letter.id}`)).status).toBe(204);
    expect((await ask('DELETE', `/${letter.id}`)).status).toBe(404);
    expect(shelf.tries).toBe(1);
  });

  it('that nobody knows are not found', async () => {
    for (const id of [NOBODY, '0199a1b2-0000-7000-8000-000000000000']) {
      expect((await ask('POST', `/${id}/replay`)).status).toBe(404);
      expect((await ask('DELETE', `/${id}`)).status).toBe(404);
    }
    expect([(await ask('DELETE', '/7')).status, (await ask('POST', '/7/replay')).status]).toEqual([400, 400]);
  });

  it('of a consumer that is gone stay, and say so', async () => {
    await app.get(Database).query(
      `INSERT INTO platform.dead_letters
         (id, consumer, key, body, data_kept, reason, attempts, first_failed_at, last_failed_at)
       VALUES ($1, 'gone', 'x', '{}', true, 'as it was', 1, now(), now())`,
      [NOBODY],
    );
    expect((await ask('POST', `/${NOBODY}/replay`)).body).toMatchObject({ replayRequestedAt: expect.any(String) });
    await eventually(async () =>
      expect(await letters()).toMatchObject([
        { reason: expect.stringMatching(/^it could not be given to its consumer again: /), replayRequestedAt: null },
      ]),
    );
    expect((await ask('DELETE', `/${NOBODY}`)).status).toBe(204);
  });

  it('are counted for each consumer, listed page by page, and by consumer', async () => {
    for (const title of ['Emma', 'Persuasion', 'Sanditon']) await publish('book_created', { title });
    await eventually(async () => expect(await letters()).toHaveLength(3), 10_000);
    await eventually(async () =>
      expect(await app.get(Metrics).text()).toContain('holdfast_dead_letters{consumer="shelf"} 3'),
    );
    const one = await ask('GET', '?limit=2');
    const two = await ask('GET', `?limit=2&cursor=${one.body.nextCursor}`);
    const titles = [...one.body.items, ...two.body.items].map(({ event }) => event.data.title);
    expect(titles).toEqual(['Emma', 'Persuasion', 'Sanditon']);
    expect([one.body.total, two.body.nextCursor]).toEqual([3, null]);
    expect((await ask('GET', '?consumer=shelf')).body.total).toBe(3);
    expect((await ask('GET', '?consumer=index')).body.total).toBe(0);
    for (const { id } of await letters()) await ask('DELETE', `/${id}`);
    await eventually(async () => expect(await app.get(Metrics).text()).not.toContain('holdfast_dead_letters{'));
  });

  it('whose replay is asked for while the broker is away wait for it, and say since when', async () => {
    if (!rabbit) return;
    await publish();
    const letter = await theLetter();
    shelf.broken = false;
    rabbit.away();
    await eventually(async () => {
      const { body } = await ask('POST', `/${letter.id}/replay`);
      expect(body.replayRequestedAt).toEqual(expect.any(String));
    });
    await eventually(async () => expect((await letters())[0]).toMatchObject({ reason: letter.reason, attempts: 1 }));
    expect(await onShelf()).toEqual([]);
    rabbit.back();
    await eventually(async () => expect(await onShelf()).toEqual([{ event: letter.event.id }]), 30_000);
    await allGone();
  }, 60_000);
}

describe('Dead letters of the embedded broker', () => suite(() => Promise.resolve(null)));

describeWith('rabbitmq', 'Dead letters of RabbitMQ', () =>
  suite(async () => {
    const corner = await ownVirtualHost();
    const url = new URL(corner.url);
    const proxy = await FaultProxy.to(url.hostname, Number(url.port || 5672));
    [url.hostname, url.port] = ['127.0.0.1', String(proxy.port)];
    return {
      url: url.toString(),
      away: () => proxy.refuse(),
      back: () => proxy.heal(),
      close: async () => {
        await proxy.close();
        await corner.remove();
      },
    };
  }),
);
