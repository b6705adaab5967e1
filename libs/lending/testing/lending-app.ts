import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Abstract, type DynamicModule, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CoreModule, httpModules } from '@holdfast/composition';
import { FirstAdmin } from '@holdfast/identity';
import { newId } from '@holdfast/kernel';
import {
  createHttpApp,
  createPino,
  Database,
  HoldfastLogger,
  HttpModule,
  readSettings,
  type Settings,
} from '@holdfast/platform';
import { freshDatabase } from '@holdfast/platform/testing';

const ADMIN_PASSWORD = 'the first of all admins';
const READER_PASSWORD = 'reads in the evening';

@Module({})
class Surroundings {
  static of(settings: Settings): DynamicModule {
    return { module: Surroundings, imports: [CoreModule.forRoot(settings), HttpModule, ...httpModules] };
  }
}

/** An answer with its JSON or problem document, {} where there is no body. */
export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Record<string, unknown>;
  body: Body;
}

export interface Call {
  /** An access token; left out: the admin's. */
  as?: string;
  body?: object;
  headers?: Record<string, string>;
}

/** The routes of all contexts on a real database: what lending's specs call. Two apps on one database are two processes. */
export class LendingApp {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly databaseUrl: string,
    private readonly cleanUp: () => Promise<void>,
  ) {}

  private adminToken = '';

  static async open(databaseUrl?: string, env: Record<string, string> = {}): Promise<LendingApp> {
    const fresh = databaseUrl ? null : await freshDatabase();
    const url = databaseUrl ?? fresh?.url ?? '';
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-lending-'));
    const settings = readSettings({
      NODE_ENV: 'test',
      DATABASE_URL: url,
      HOLDFAST_DATA_DIR: dataDir,
      ADMIN_PASSWORD,
      PASSWORD_HASH_MEMORY_KIB: '1024',
      PASSWORD_HASH_PASSES: '1',
      REGISTRATIONS_PER_HOUR: '100000',
      ...env,
    });
    const app = await createHttpApp(
      Surroundings.of(settings),
      settings,
      new HoldfastLogger(createPino('silent', 'test')),
    );
    await app.init();
    await app.get(FirstAdmin).ensure();
    const house = new LendingApp(app, url, async () => {
      await fresh?.drop();
      await rm(dataDir, { recursive: true, force: true });
    });
    house.adminToken = await house.signIn('admin', ADMIN_PASSWORD);
    return house;
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.cleanUp();
  }

  get database(): Database {
    return this.app.get(Database);
  }

  /** Anything that the program is made of. */
  get<T>(token: Type<T> | Abstract<T>): T {
    return this.app.get<T>(token, { strict: false });
  }

  async call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, call: Call = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${call.as ?? this.adminToken}`, ...call.headers };
    const answer = await this.app.inject({ method, url: `/api${path}`, headers, payload: call.body });
    const body = (answer.body === '' ? {} : JSON.parse(answer.body)) as Answer['body'];
    return { status: answer.statusCode, headers: answer.headers, body };
  }

  /** Takes connections, too, for what `inject` cannot do. Gives the address. */
  async listen(): Promise<string> {
    await this.app.listen(0, '127.0.0.1');
    return this.app.getUrl();
  }

  /** The admin's access token. */
  get admin(): string {
    return this.adminToken;
  }

  /** A reader who can sign in. */
  async reader(): Promise<{ id: string; token: string }> {
    const username = `r${newId().replaceAll('-', '')}`;
    const account = { username, email: `${username}@readers.example`, password: READER_PASSWORD };
    const id = await this.made('/auth/register', account);
    return { id, token: await this.signIn(username, READER_PASSWORD) };
  }

  async signIn(login: string, password: string): Promise<string> {
    const { status, body } = await this.call('POST', '/auth/login', { body: { login, password } });
    if (status !== 200) throw new Error(`${login} cannot sign in: ${JSON.stringify(body)}`);
    return String(body.accessToken);
  }

  /** Customers who could never sign in, for their passwords are no hashes: quick to make. */
  async customers(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => newId());
    await this.database.query(
      `WITH made AS (
         INSERT INTO identity.users (id, username, email, password_hash, role, is_active, email_verified, version, created_at, updated_at)
         SELECT id, 'r-' || id, id || '@readers.example', '$argon2id$none', 'customer', true, true, 1, now(), now()
           FROM unnest($1::uuid[]) AS id RETURNING id)
       INSERT INTO identity.customers (user_id) SELECT id FROM made`,
      [ids],
    );
    return ids;
  }

  /** A book of 10.00 with so many units by the name of the library. */
  async book(holdings: Record<string, number>): Promise<string> {
    const listed = Object.entries(holdings).map(([library, units]) => ({ library, units }));
    const holds = listed.length > 0 ? { holdings: listed } : {};
    return this.made('/books', { title: `A book ${newId()}`, price: 10, ...holds });
  }

  library(name: string): Promise<string> {
    return this.made('/libraries', { name });
  }

  /** As the admin, for a customer. */
  reserve(customerId: string, bookId: string, wish: { days?: number; library?: string } = {}): Promise<Answer> {
    const reservedUntil = new Date(Date.now() + (wish.days ?? 7) * 86_400_000).toISOString();
    return this.call('POST', '/reservations', { body: { customerId, bookId, reservedUntil, library: wish.library } });
  }

  /** Makes something, and gives its id. */
  private async made(path: string, body: object): Promise<string> {
    const answer = await this.call('POST', path, { body });
    if (answer.status !== 201) throw new Error(`${path} made nothing: ${JSON.stringify(answer.body)}`);
    return String(answer.body.id);
  }
}
