import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AccountClosing,
  HomeLibraries,
  FirstAdmin,
  identityEvents,
  IdentityHttpModule,
  IdentityModule,
  identityProblems,
  identitySchemas,
} from '../src/index.js';
import {
  BroadcastModule,
  Clock,
  createHttpApp,
  createPino,
  Database,
  DatabaseModule,
  EventRegistry,
  HoldfastLogger,
  HttpModule,
  MessagingModule,
  platformProblems,
  ProblemCatalogue,
  RateLimitsModule,
  readSettings,
  type Role,
  Settings,
  SystemClock,
} from '@holdfast/platform';
import { freshDatabase } from '@holdfast/platform/testing';
import { type DynamicModule, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

export const PASSWORD = 'notes on the engine';
export const ADMIN_PASSWORD = 'the first of all admins';

/** A millisecond instead of forty. */
export const cheapHashes = { PASSWORD_HASH_MEMORY_KIB: '1024', PASSWORD_HASH_PASSES: '1' };

const MANY = '100000';
/** For specs that are not about limits: they come from one address, and often. */
export const noLimits = {
  SIGN_IN_TRIES_PER_ACCOUNT: MANY,
  SIGN_IN_TRIES_PER_ADDRESS: MANY,
  REGISTRATIONS_PER_HOUR: MANY,
  CODES_PER_TWO_MINUTES: MANY,
  CODES_PER_HOUR: MANY,
  CODE_TRIES_PER_DAY: MANY,
};

/** An answer with its JSON (or problem document), null when there is no body. */
export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Record<string, unknown>;
  body: Body;
}

export interface SignedIn {
  id: string;
  username: string;
  accessToken: string;
  refreshToken: string;
}

interface Call {
  token?: string;
  body?: object;
  headers?: Record<string, string>;
}

@Module({})
class Surroundings {}

@Module({})
class IdentityProgram {}

/** What inventory would fill in knows every library but this one. */
export const NO_LIBRARY = '01a201b9-0000-7000-8000-00000000dead';

/** What lending would fill in: lets every account go, until a spec says otherwise. */
export class FakeClosing extends AccountClosing {
  readonly closed: string[] = [];
  refusal: Error | null = null;

  close(userId: string): Promise<void> {
    if (this.refusal) return Promise.reject(this.refusal);
    this.closed.push(userId);
    return Promise.resolve();
  }

  reopen(): Promise<void> {
    return Promise.resolve();
  }
}

/** Identity behind HTTP on a fresh database, with the first admin made. */
export class IdentityApp {
  private number = 0;

  private constructor(
    readonly nest: NestFastifyApplication,
    readonly settings: Settings,
    readonly closing: FakeClosing,
    private readonly cleanUp: () => Promise<void>,
  ) {}

  static async start(env: Record<string, string> = {}, clock: Clock = new SystemClock()): Promise<IdentityApp> {
    const fresh = await freshDatabase();
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-identity-'));
    const place = { DATABASE_URL: fresh.url, HOLDFAST_DATA_DIR: dataDir };
    return IdentityApp.open({ ...place, ...env }, clock, async () => {
      await fresh.drop();
      await rm(dataDir, { recursive: true });
    });
  }

  /** Another process of the same installation: on its database, with its keys. Close it before the first one. */
  beside(env: Record<string, string> = {}, clock: Clock = new SystemClock()): Promise<IdentityApp> {
    const place = { DATABASE_URL: this.settings.databaseUrl, HOLDFAST_DATA_DIR: this.settings.dataDir };
    return IdentityApp.open({ ...place, ...env }, clock, () => Promise.resolve());
  }

  private static async open(
    env: Record<string, string>,
    clock: Clock,
    cleanUp: () => Promise<void>,
  ): Promise<IdentityApp> {
    const settings = readSettings({ NODE_ENV: 'test', ADMIN_PASSWORD, ...cheapHashes, ...noLimits, ...env });
    const closing = new FakeClosing();
    const nest = await createHttpApp(
      program(settings, clock, closing),
      settings,
      new HoldfastLogger(createPino('silent', 'test')),
    );
    await nest.init();
    await nest.getHttpAdapter().getInstance().ready();
    await nest.get(FirstAdmin).ensure();
    return new IdentityApp(nest, settings, closing, async () => {
      await nest.close();
      await cleanUp();
    });
  }

  get database(): Database {
    return this.nest.get(Database);
  }

  close(): Promise<void> {
    return this.cleanUp();
  }

  async call<Body = Record<string, unknown>>(
    method: string,
    url: string,
    { token, body, headers }: Call = {},
  ): Promise<Answer<Body>> {
    const response = await this.nest.inject({
      method: method as 'GET',
      url,
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
      ...(body ? { payload: body } : {}),
    });
    const parsed = (response.body ? JSON.parse(response.body) : null) as Body;
    return { status: response.statusCode, headers: response.headers, body: parsed };
  }

  get<Body = Record<string, unknown>>(path: string, token?: string): Promise<Answer<Body>> {
    return this.call<Body>('GET', `/api${path}`, { token });
  }

  post<Body = Record<string, unknown>>(path: string, body?: object, token?: string): Promise<Answer<Body>> {
    return this.call<Body>('POST', `/api${path}`, { token, body });
  }

  patch<Body = Record<string, unknown>>(path: string, body: object, token?: string): Promise<Answer<Body>> {
    return this.call<Body>('PATCH', `/api${path}`, { token, body });
  }

  delete(path: string, token?: string): Promise<Answer> {
    return this.call('DELETE', `/api${path}`, { token });
  }

  /** What a new account is made of, different each time. */
  newAccount(): { username: string; email: string; password: string } {
    const username = `reader-${++this.number}`;
    return { username, email: `${username}@example.org`, password: PASSWORD };
  }

  async signIn(login: string, password = PASSWORD): Promise<{ accessToken: string; refreshToken: string }> {
    return (await this.post<{ accessToken: string; refreshToken: string }>('/auth/login', { login, password })).body;
  }

  /** A registered and signed-in customer. */
  async customer(): Promise<SignedIn> {
    const account = this.newAccount();
    const { body } = await this.post<{ id: string }>('/auth/register', account);
    return { id: body.id, username: account.username, ...(await this.signIn(account.username)) };
  }

  /** The token of the first admin. */
  async admin(): Promise<string> {
    return (await this.signIn('admin', ADMIN_PASSWORD)).accessToken;
  }

  /** A signed-in user with a role, made by the admin. */
  async user(role: Role): Promise<SignedIn> {
    const account = this.newAccount();
    const { body } = await this.post<{ id: string }>('/users', { ...account, role }, await this.admin());
    return { id: body.id, username: account.username, ...(await this.signIn(account.username)) };
  }

  /** The data of the user's events of one type, in their order. */
  async events<Data = Record<string, unknown>>(type: string, userId: string): Promise<Data[]> {
    const rows = await this.database.query<{ data: Data }>(
      'SELECT data FROM platform.outbox WHERE type = $1 AND subject = $2 ORDER BY position',
      [type, `users/${userId}`],
    );
    return rows.map(({ data }) => data);
  }
}

function program(settings: Settings, clock: Clock, closing: FakeClosing): DynamicModule {
  const parts = [
    { provide: Settings, useValue: settings },
    { provide: Clock, useValue: clock },
    { provide: AccountClosing, useValue: closing },
    { provide: HomeLibraries, useValue: { exists: (id: string) => Promise.resolve(id !== NO_LIBRARY) } },
    { provide: ProblemCatalogue, useValue: new ProblemCatalogue(platformProblems, identityProblems) },
  ];
  const surroundings = {
    module: Surroundings,
    global: true,
    providers: parts,
    exports: parts.map(({ provide }) => provide),
  };
  return {
    module: IdentityProgram,
    imports: [
      surroundings,
      DatabaseModule.forRoot({ schemas: identitySchemas, migrations: [] }),
      BroadcastModule,
      RateLimitsModule,
      MessagingModule.forRoot(new EventRegistry(identityEvents)),
      IdentityModule,
      IdentityHttpModule,
      HttpModule,
    ],
  };
}
