import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoggerService, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CoreModule, httpModules, workerModules } from '@holdfast/composition';
import { FirstAdmin } from '@holdfast/identity';
import { newId } from '@holdfast/kernel';
import { createHttpApp, Database, HttpModule, MessagingWorkerModule, readSettings } from '@holdfast/platform';
import { eventually, freshDatabase } from '@holdfast/platform/testing';

const ADMIN_PASSWORD = 'who keeps all the shelves';

/** A millisecond for a hash instead of forty. */
const SETTINGS = {
  ADMIN_PASSWORD,
  PASSWORD_HASH_MEMORY_KIB: '1024',
  PASSWORD_HASH_PASSES: '1',
  SAMPLE_CATALOGUE: 'no',
};

@Module({})
class NetworkAppModule {}

export interface Answer {
  status: number;
  /** JSON, null where there is no body. */
  body: ReturnType<typeof JSON.parse>;
  headers: Record<string, unknown>;
}

interface Upload {
  status: string;
  updatedRows: number;
  failedRows: number;
}

/** The whole library network over HTTP in this process, on a database of its own. Calls are the admin's. */
export class NetworkApp {
  private constructor(
    private readonly app: NestFastifyApplication,
    private readonly token: string,
    private readonly cleanUp: () => Promise<void>,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<NetworkApp> {
    const fresh = await freshDatabase();
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-network-'));
    const place = { NODE_ENV: 'test', DATABASE_URL: fresh.url, HOLDFAST_DATA_DIR: dataDir };
    const settings = readSettings({ ...place, ...SETTINGS, ...env });
    const imports = [CoreModule.forRoot(settings), HttpModule, ...httpModules, MessagingWorkerModule, ...workerModules];
    const app = await createHttpApp({ module: NetworkAppModule, imports }, settings, silent);
    await app.init();
    await app.get(FirstAdmin).ensure();
    await app.getHttpAdapter().getInstance().ready();
    const signedIn = await app.inject({
      method: 'POST',
      url: '/api/auth/login',
      payload: { login: 'admin', password: ADMIN_PASSWORD },
    });
    return new NetworkApp(app, signedIn.json<{ accessToken: string }>().accessToken, async () => {
      await fresh.drop();
      await rm(dataDir, { recursive: true, force: true });
    });
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.cleanUp();
  }

  get database(): Database {
    return this.app.get(Database);
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const isText = typeof body === 'string';
    const response = await this.app.inject({
      method: method as 'GET',
      url: `/api${path}`,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: isText ? body : JSON.stringify(body) }),
    });
    const shown: unknown = response.body === '' ? null : JSON.parse(response.body);
    return { status: response.statusCode, body: shown, headers: response.headers };
  }

  /** The id of a new library. */
  async library(name = `Library ${newId()}`): Promise<string> {
    return idOf(await this.call('POST', '/libraries', { name }));
  }

  /** The id of a new book with so many units by library id. */
  async book(units: Record<string, number> = {}): Promise<string> {
    const holdings = Object.entries(units).map(([library, count]) => ({ library, units: count }));
    return idOf(await this.call('POST', '/books', { title: `Book ${newId()}`, price: 10, holdings }));
  }

  /** Customers who never sign in. */
  async readers(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => newId());
    await this.database.query(
      `INSERT INTO identity.users (id, username, email, password_hash, role, is_active, email_verified, version, created_at, updated_at)
       SELECT id, 'r-' || id, id || '@readers.example', '$argon2id$none', 'customer', true, true, 1, now(), now()
         FROM unnest($1::uuid[]) AS id`,
      [ids],
    );
    return ids;
  }

  /** What the API answers when this reader asks for a copy, of any library or of one. */
  reserve(customerId: string, bookId: string, library?: string): Promise<Answer> {
    const reservedUntil = new Date(Date.now() + 5 * 86_400_000).toISOString();
    return this.call('POST', '/reservations', { customerId, bookId, reservedUntil, library });
  }

  /** So many readers ask one after the other; gives the ids of their reservations. */
  async line(count: number, bookId: string, library?: string): Promise<string[]> {
    const reservations: string[] = [];
    for (const reader of await this.readers(count))
      reservations.push(idOf(await this.reserve(reader, bookId, library)));
    return reservations;
  }

  statusesOf(reservationIds: readonly string[]): Promise<string[]> {
    return Promise.all(
      reservationIds.map(async (id) => {
        const { body } = (await this.call('GET', `/reservations/${id}`)) as { body: { status: string } };
        return body.status;
      }),
    );
  }

  /** Imports a file to its end, and gives the upload as the API shows it then. */
  async import(csv: string): Promise<Upload> {
    const type = 'multipart/form-data; boundary=edge';
    const part = 'Content-Disposition: form-data; name="file"; filename="books.csv"\r\nContent-Type: text/csv';
    const form = `--edge\r\n${part}\r\n\r\n${csv}\r\n--edge--\r\n`;
    const accepted = await this.call('POST', '/books/upload', form, { 'content-type': type });
    const { uploadId } = accepted.body as { uploadId: string };
    return eventually(async () => {
      const upload = (await this.call('GET', `/books/upload/${uploadId}`)).body as Upload;
      expect(['completed', 'failed']).toContain(upload.status);
      return upload;
    }, 30_000);
  }

  /** What each `book_updated` of the book says in `changed`, in order. */
  async changesOf(bookId: string): Promise<string[][]> {
    const rows = await this.database.query<{ changed: string[] }>(
      `SELECT data -> 'changed' AS changed FROM platform.outbox
        WHERE subject = $1 AND type = 'book_updated' ORDER BY position`,
      [`books/${bookId}`],
    );
    return rows.map(({ changed }) => changed);
  }
}

function idOf({ status, body }: Answer): string {
  if (status !== 201) throw new Error(JSON.stringify(body));
  return (body as { id: string }).id;
}

const silent: LoggerService = { log: () => undefined, warn: () => undefined, error: () => undefined };
