import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Logger, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { readSettings, Settings } from '../config/settings.js';
import { DatabaseModule } from '../database/database.module.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { MetricsModule } from '../observability/metrics.module.js';
import { anyEvent, eventually, type FreshDatabase, freshDatabase } from '../testing/index.js';
import { Broker } from './broker.js';
import { EventConsumer } from './consumer.js';
import { type CloudEvent, EventRegistry } from './events.js';
import { MessagingModule } from './messaging.module.js';
import { MessagingWorkerModule } from './messaging-worker.module.js';
import { Outbox } from './outbox.js';
import { Relay } from './relay/relay.js';

Logger.overrideLogger(false);

const registry = new EventRegistry({ book_created: anyEvent('Book') });

@Injectable()
class Shelf extends EventConsumer {
  readonly name: string = 'shelf';
  readonly events: readonly string[] = ['book_created'];
  readonly seen: unknown[] = [];

  handle(event: CloudEvent): Promise<void> {
    this.seen.push(event.data);
    return Promise.resolve();
  }
}

@Injectable()
class Misspelt extends Shelf {
  override readonly name = 'misspelt';
  override readonly events = ['book_create'];
}

@Module({ providers: [Shelf] })
class ShelfModule {}

@Module({ providers: [Misspelt] })
class MisspeltModule {}

describe('The messaging of a worker', () => {
  let fresh: FreshDatabase;
  let dataDir: string;
  let app: TestingModule | undefined;

  beforeEach(async () => {
    fresh = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'holdfast-worker-'));
  });
  afterEach(async () => {
    await app?.close();
    await fresh.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function compiled(consumers: new () => object): Promise<TestingModule> {
    const settings = readSettings({ DATABASE_URL: fresh.url, HOLDFAST_DATA_DIR: dataDir });
    @Module({ providers: [{ provide: Settings, useValue: settings }], exports: [Settings] })
    class Given {}
    app = await Test.createTestingModule({
      imports: [
        { module: Given, global: true },
        MetricsModule,
        DatabaseModule.forRoot({ schemas: [], migrations: [] }),
        MessagingModule.forRoot(registry),
        MessagingWorkerModule,
        consumers,
      ],
    }).compile();
    return app;
  }

  it('brings a committed event to the consumers that its modules provide, and ends in order', async () => {
    const worker = await compiled(ShelfModule);
    await worker.init();
    const outbox = worker.get(Outbox);
    await worker
      .get(UnitOfWork)
      .run(() => outbox.append({ type: 'book_created', subject: 'books/1', data: { id: '1' } }));
    await eventually(() => expect(worker.get(Shelf, { strict: false }).seen).toEqual([{ id: '1' }]));
    const [broker, relay] = [worker.get(Broker), worker.get(Relay)];
    await worker.close();
    app = undefined;
    expect([broker.isReady(), relay.status().active]).toEqual([false, false]);
  });

  it('does not start with a consumer of an event that nobody publishes', async () => {
    const worker = await compiled(MisspeltModule);
    await expect(worker.init()).rejects.toThrow(
      'the consumer Misspelt wants "book_create", which no context publishes',
    );
  });
});
