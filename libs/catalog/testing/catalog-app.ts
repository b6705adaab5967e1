import { inspect } from 'node:util';
import { type DynamicModule, Global, Injectable, type LoggerService, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Customers } from '@holdfast/identity';
import { InventoryHttpModule, InventoryModule, inventoryProblems, WaitingReaders } from '@holdfast/inventory';
import { newId } from '@holdfast/kernel';
import {
  type Actor,
  Authenticator,
  CacheModule,
  Clock,
  createHttpApp,
  Database,
  DatabaseModule,
  EventRegistry,
  HttpModule,
  JobsModule,
  MessagingModule,
  platformProblems,
  ProblemCatalogue,
  readSettings,
  type Role,
  Settings,
  SystemClock,
} from '@holdfast/platform';
import { eventually, freshDatabase } from '@holdfast/platform/testing';
import {
  type BookWithMetadataView,
  CatalogHttpModule,
  CatalogModule,
  catalogEvents,
  catalogProblems,
} from '../src/index.js';

/** The token is the actor: `<role>.<user id>`. */
@Injectable()
class TokenIsActor extends Authenticator {
  authenticate(token: string): Promise<Actor | null> {
    const [role, userId] = token.split('.');
    return Promise.resolve(role && userId ? { role: role as Role, userId, sessionId: userId } : null);
  }
}

@Injectable()
class NobodyWaits extends WaitingReaders {
  serve(): Promise<void> {
    return Promise.resolve();
  }
  dismiss(): Promise<void> {
    return Promise.resolve();
  }
  askingFor(): Promise<number> {
    return Promise.resolve(0);
  }
}

@Injectable()
class NobodyIsCustomer extends Customers {
  leaveHomeLibrary(): Promise<void> {
    return Promise.resolve();
  }
}

@Global()
@Module({})
class Surroundings {
  static of(settings: Settings): DynamicModule {
    const providers = [
      { provide: Settings, useValue: settings },
      { provide: Authenticator, useClass: TokenIsActor },
      { provide: Clock, useClass: SystemClock },
      { provide: WaitingReaders, useClass: NobodyWaits },
      { provide: Customers, useClass: NobodyIsCustomer },
      {
        provide: ProblemCatalogue,
        useValue: new ProblemCatalogue(platformProblems, inventoryProblems, catalogProblems),
      },
    ];
    return { module: Surroundings, providers, exports: providers.map(({ provide }) => provide) };
  }
}

@Module({})
class CatalogAppModule {}

export interface Answer {
  status: number;
  /** JSON, null where there is no body. */
  body: ReturnType<typeof JSON.parse>;
  headers: Record<string, unknown>;
}

export interface CatalogApp {
  app: NestFastifyApplication;
  database: Database;
  /** `as` is a role, or `<role>.<user id>`; nobody when absent. */
  call(
    method: string,
    path: string,
    options?: { as?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** Creates a book as an editor. */
  book(input?: object): Promise<BookWithMetadataView>;
  /** The events of a subject, in order. */
  events(subject: string): Promise<{ type: string; data: Answer['body'] }[]>;
  close(): Promise<void>;
}

/** The catalogue and the shelves over HTTP, on a database of their own; nobody waits for a copy. */
export async function catalogApp(env: Record<string, string> = {}): Promise<CatalogApp> {
  const fresh = await freshDatabase();
  const settings = readSettings({ NODE_ENV: 'test', DATABASE_URL: fresh.url, ...env });
  const app = await createHttpApp(
    {
      module: CatalogAppModule,
      imports: [
        Surroundings.of(settings),
        DatabaseModule.forRoot({ schemas: [], migrations: [] }),
        MessagingModule.forRoot(new EventRegistry(catalogEvents)),
        CacheModule,
        JobsModule,
        HttpModule,
        InventoryModule,
        InventoryHttpModule,
        CatalogModule,
        CatalogHttpModule,
      ],
    },
    settings,
    quiet,
  );
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const database = app.get(Database);

  const call: CatalogApp['call'] = async (method, path, { as, body, headers = {} } = {}) => {
    const response = await app.inject({
      method: method as 'GET',
      url: path.startsWith('/') ? `/api${path}` : path,
      headers: {
        ...(as ? { authorization: `Bearer ${as.includes('.') ? as : `${as}.${SOMEBODY}`}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const shown: unknown = response.body === '' ? null : JSON.parse(response.body);
    return { status: response.statusCode, body: shown, headers: response.headers };
  };
  return {
    app,
    database,
    call,
    book: async (input = {}) => {
      const answer = await call('POST', '/books', { as: 'editor', body: { title: 'Untitled', price: 1, ...input } });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body as BookWithMetadataView;
    },
    events: (subject) =>
      database.query('SELECT type, data FROM platform.outbox WHERE subject = $1 ORDER BY position', [subject]),
    close: async () => {
      // The hint to the relay follows the last event by some milliseconds, and needs the connections that are closed here.
      await eventually(async () => expect(await database.query(JUST_TOLD)).toEqual([]));
      await app.close();
      await fresh.drop();
    },
  };
}

const JUST_TOLD = `SELECT FROM platform.outbox WHERE occurred_at > clock_timestamp() - interval '50 ms'`;

/** The account of everybody who does not say which. */
export const SOMEBODY = newId();

/** LOG_ERRORS=1 shows what went wrong inside. */
const quiet: LoggerService = {
  log: () => undefined,
  warn: () => undefined,
  error: (...said: unknown[]) => {
    if (process.env.LOG_ERRORS) process.stderr.write(`${inspect(said)}\n`);
  },
};
