import { Logger } from '@nestjs/common';
import type { Database, UnitOfWork } from '@holdfast/platform';
import mongoose, { type Connection, type Model, Schema } from 'mongoose';
import { BookMetadata, meantBy, type StagedMetadata } from '../application/book-metadata.js';
import { CatalogError } from '../domain/errors.js';
import type { Metadata } from '../domain/metadata.js';
import { columnsOf, containing } from './jsonb-book-metadata.js';

/** `data` is null once the book is gone: what is late must not bring it back. */
interface MetadataDocument {
  _id: string;
  version: number;
  data: Metadata | null;
  goneAt: Date | null;
}

/** Nothing of ours is buffered or waits for long: a MongoDB that is away costs milliseconds, and the intents remain. */
const OPTIONS: mongoose.ConnectOptions = {
  bufferCommands: false,
  autoIndex: false,
  serverSelectionTimeoutMS: 1000,
  connectTimeoutMS: 1000,
  socketTimeoutMS: 5000,
  maxPoolSize: 20,
};
const READ_LIMIT_MS = 300;
const APPLY_LIMIT_MS = 5000;
const RECONNECT_AFTER_MS = 1000;
const BATCH = 500;
const GONE_KEPT_MS = 24 * 3600 * 1000;

const schema = new Schema<MetadataDocument>(
  { _id: String, version: Number, data: Schema.Types.Mixed, goneAt: Date },
  { collection: 'book_metadata', versionKey: false, minimize: false, strict: true },
);

/**
 * The metadata in MongoDB (docs/adr/0004). A change is an intent in PostgreSQL first, in the transaction of the book;
 * after the commit it is applied, by version, and removed. Until then reads take the intent.
 */
export class MongoBookMetadata extends BookMetadata {
  private readonly logger = new Logger(MongoBookMetadata.name);
  private readonly connection: Connection = mongoose.createConnection();
  private readonly documents: Model<MetadataDocument> = this.connection.model<MetadataDocument>('BookMetadata', schema);
  private nextAttemptAt = 0;

  constructor(
    private readonly url: string,
    private readonly database: Database,
    private readonly unitOfWork: UnitOfWork,
  ) {
    super();
    this.connection.on('error', (error: Error) => this.logger.warn(`MongoDB: ${error.message}`));
    void this.connect();
  }

  async stage(...changes: readonly StagedMetadata[]): Promise<void> {
    this.database.requireTransaction('BookMetadata.stage');
    if (changes.length === 0) return;
    await this.database.execute(
      `INSERT INTO catalog.metadata_intents (book_id, version, data)
       SELECT * FROM unnest($1::uuid[], $2::int[], $3::jsonb[])
       ON CONFLICT (book_id) DO UPDATE SET version = excluded.version, data = excluded.data, tried_at = NULL
        WHERE metadata_intents.version < excluded.version`,
      columnsOf(changes),
    );
    this.unitOfWork.afterCommit(() => this.applyNow(changes));
  }

  async read(bookId: string): Promise<Metadata> {
    return (await this.readMany([bookId])).get(bookId) ?? {};
  }

  async readMany(bookIds: readonly string[], withinMs = READ_LIMIT_MS): Promise<Map<string, Metadata>> {
    // Intents first: one that is gone by now was in MongoDB before it went.
    const found = new Map((await this.intents(bookIds)).map(({ bookId, data }) => [bookId, data]));
    const others = bookIds.filter((bookId) => !found.has(bookId));
    if (others.length > 0) {
      const documents = await this.bounded('read', withinMs, () =>
        this.documents.find({ _id: { $in: others } }).lean<MetadataDocument[]>(),
      );
      for (const { _id, data } of documents) found.set(_id, data);
    }
    return new Map([...found].flatMap(([bookId, data]) => (data ? [[bookId, data] as const] : [])));
  }

  async find(values: ReadonlyMap<string, string>, limit: number): Promise<string[]> {
    const { sql, parameters } = containing(values);
    const intents = await this.database.query<{ book_id: string; matches: boolean | null }>(
      `SELECT book_id, ${sql} AS matches FROM catalog.metadata_intents`,
      parameters,
    );
    const pending = new Set(intents.map(({ book_id }) => book_id));
    const filter = Object.fromEntries([...values].map(([key, text]) => [`data.${key}`, { $in: meantBy(text) }]));
    const documents = await this.bounded('search', READ_LIMIT_MS, () =>
      this.documents
        .find(filter, { _id: 1 })
        .sort({ _id: 1 })
        .limit(limit + pending.size)
        .lean<MetadataDocument[]>(),
    );
    const stored = documents.map(({ _id }) => _id).filter((bookId) => !pending.has(bookId));
    return [...intents.filter(({ matches }) => matches).map(({ book_id }) => book_id), ...stored]
      .sort()
      .slice(0, limit);
  }

  async applyPending(): Promise<number> {
    for (;;) {
      const batch = await this.database.query<StagedMetadata>(
        `SELECT book_id AS "bookId", version, data FROM catalog.metadata_intents
          ORDER BY tried_at NULLS FIRST, book_id LIMIT ${BATCH}`,
      );
      if (batch.length > 0 && (await this.apply(batch, APPLY_LIMIT_MS)) === batch.length && batch.length === BATCH)
        continue;
      break;
    }
    await this.forgetLongGone();
    const { waiting } = await this.database.one<{ waiting: number }>(
      'SELECT count(*)::int AS waiting FROM catalog.metadata_intents',
    );
    return waiting;
  }

  async close(): Promise<void> {
    this.nextAttemptAt = Infinity;
    await this.connection.close(true);
  }

  private intents(bookIds: readonly string[]): Promise<StagedMetadata[]> {
    return this.database.query<StagedMetadata>(
      'SELECT book_id AS "bookId", version, data FROM catalog.metadata_intents WHERE book_id = ANY ($1)',
      [bookIds],
    );
  }

  /** Right after the commit; what does not arrive within the limit is left to `applyPending`. */
  private async applyNow(changes: readonly StagedMetadata[]): Promise<void> {
    try {
      for (let from = 0; from < changes.length; from += BATCH) {
        await this.apply(changes.slice(from, from + BATCH), READ_LIMIT_MS);
      }
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }

  /** Applies by version, and removes the intents of those that arrived; gives their number. */
  private async apply(changes: readonly StagedMetadata[], withinMs: number): Promise<number> {
    const failed = await this.bounded('write', withinMs, () => this.write(changes));
    const arrived = changes.filter((_, place) => !failed.has(place));
    const [ids, versions] = columnsOf(arrived);
    await this.database.execute(
      `DELETE FROM catalog.metadata_intents i USING unnest($1::uuid[], $2::int[]) AS done (book_id, version)
        WHERE i.book_id = done.book_id AND i.version = done.version`,
      [ids, versions],
    );
    if (failed.size > 0) {
      await this.database.execute('UPDATE catalog.metadata_intents SET tried_at = now() WHERE book_id = ANY ($1)', [
        changes.filter((_, place) => failed.has(place)).map(({ bookId }) => bookId),
      ]);
    }
    return arrived.length;
  }

  /** Gives the places that MongoDB refused. A newer version that is there already makes the upsert a double: done. */
  private async write(changes: readonly StagedMetadata[]): Promise<Set<number>> {
    const operations = changes.map(({ bookId, version, data }) => ({
      updateOne: {
        filter: { _id: bookId, version: { $lt: version } },
        update: { $set: { version, data, goneAt: data === null ? new Date() : null } },
        upsert: true,
      },
    }));
    try {
      await this.documents.bulkWrite(operations, { ordered: false });
      return new Set();
    } catch (error) {
      const refused = writeErrorsOf(error).filter(({ code }) => code !== DUPLICATE_KEY);
      for (const { errmsg } of refused) this.logger.error(`MongoDB refused the metadata of a book: ${errmsg ?? ''}`);
      return new Set(refused.map(({ index }) => index));
    }
  }

  private async forgetLongGone(): Promise<void> {
    const before = new Date(Date.now() - GONE_KEPT_MS);
    await this.bounded('clean-up', APPLY_LIMIT_MS, () =>
      this.documents.deleteMany({ goneAt: { $ne: null, $lt: before } }),
    );
  }

  private async bounded<T>(what: string, withinMs: number, work: () => Promise<T>): Promise<T> {
    if (this.connection.readyState !== mongoose.ConnectionStates.connected) {
      void this.connect();
      throw unavailable(what, 'not connected');
    }
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${withinMs} ms`)), withinMs);
    });
    try {
      return await Promise.race([work(), tooLate]);
    } catch (error) {
      throw unavailable(what, (error as Error).message);
    } finally {
      clearTimeout(timer);
    }
  }

  /** mongoose comes back by itself after a loss, but not from a first attempt that failed. */
  private async connect(): Promise<void> {
    if (this.connection.readyState !== mongoose.ConnectionStates.disconnected || Date.now() < this.nextAttemptAt)
      return;
    this.nextAttemptAt = Date.now() + RECONNECT_AFTER_MS;
    try {
      await this.connection.openUri(this.url, OPTIONS);
    } catch (error) {
      this.logger.warn(`MongoDB does not answer, metadata waits: ${(error as Error).message}`);
    }
  }
}

const DUPLICATE_KEY = 11000;

/** @throws the error itself when it is not about single documents. */
function writeErrorsOf(error: unknown): { code: number; index: number; errmsg?: string }[] {
  const { writeErrors } = error as { writeErrors?: { code: number; index: number; errmsg?: string }[] };
  const refused = [writeErrors ?? []].flat();
  // A lost connection comes as a bulk error too, with no write in it that was refused: nothing is known to have arrived.
  if (refused.length === 0) throw error;
  return refused;
}

const unavailable = (what: string, reason: string): CatalogError =>
  new CatalogError('metadata-unavailable', `The store of the metadata did not answer (${what}: ${reason}).`);

const isUnavailable = (error: unknown): boolean =>
  error instanceof CatalogError && error.code === 'metadata-unavailable';
