import { Logger } from '@nestjs/common';
import { type Database, InvalidInput, type UnitOfWork } from '@holdfast/platform';
import type mongoose from 'mongoose';
import { type Model, Schema } from 'mongoose';
import {
  BookMetadata,
  isMetadataAway,
  meantBy,
  type SqlCondition,
  type StagedMetadata,
} from '../application/book-metadata.js';
import { inOrder, type Metadata } from '../domain/metadata.js';
import { columnsOf, containing } from './jsonb-book-metadata.js';
import { metadataAway, MongoLink } from './mongo-link.js';
import { type MetadataDocument, writeByVersion } from './mongo-metadata-writes.js';

/** Books are shown within 300 ms; the rest of that is PostgreSQL's. */
const READ_LIMIT_MS = 250;
const APPLY_LIMIT_MS = 5000;
const INDEX_LIMIT_MS = 10 * 60 * 1000;
const BATCH = 500;
/** Books that a filter can find, and intents that it takes into account. */
const MOST_FOUND = 10_000;

const schema = new Schema<MetadataDocument>(
  { _id: String, version: Number, data: Schema.Types.Mixed, goneAt: Date },
  { collection: 'book_metadata', versionKey: false, minimize: false, strict: true },
);

/** One entry for each value, at any depth, of any key; and books that are gone for a day are forgotten. */
const INDEXES: mongoose.mongo.IndexDescription[] = [
  { name: 'every_key', key: { 'data.$**': 1 } },
  { name: 'gone', key: { goneAt: 1 }, sparse: true, expireAfterSeconds: 24 * 3600 },
];

/**
 * The metadata in MongoDB (docs/adr/0004). A change is an intent in PostgreSQL first, in the transaction of the book;
 * after the commit it is applied, by version, and removed. Until then reads take the intent.
 */
export class MongoBookMetadata extends BookMetadata {
  private readonly logger = new Logger(MongoBookMetadata.name);
  private readonly mongo: MongoLink;
  private readonly documents: Model<MetadataDocument>;
  private isIndexing = false;

  constructor(
    url: string,
    private readonly database: Database,
    private readonly unitOfWork: UnitOfWork,
  ) {
    super();
    this.mongo = new MongoLink(url, () => this.createIndexes());
    this.documents = this.mongo.connection.model<MetadataDocument>('BookMetadata', schema);
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

  column(bookId: string): string {
    return `(SELECT jsonb_build_object('data', data) FROM catalog.metadata_intents WHERE book_id = ${bookId})`;
  }

  async fromColumn(bookId: string, intent: Pick<StagedMetadata, 'data'> | null): Promise<Metadata> {
    if (intent) return inOrder(intent.data ?? {}) as Metadata;
    const [stored] = await this.stored([bookId], READ_LIMIT_MS);
    return inOrder(stored?.data ?? {}) as Metadata;
  }

  async readMany(bookIds: readonly string[], withinMs = READ_LIMIT_MS): Promise<Map<string, Metadata>> {
    // Intents first: one that is gone by now was in MongoDB before it went.
    const intents = await this.database.query<StagedMetadata>(
      'SELECT book_id AS "bookId", data FROM catalog.metadata_intents WHERE book_id = ANY ($1)',
      [bookIds],
    );
    const found = new Map(intents.map(({ bookId, data }) => [bookId, data]));
    const others = bookIds.filter((bookId) => !found.has(bookId));
    if (others.length > 0) {
      for (const { _id, data } of await this.stored(others, withinMs)) found.set(_id, data);
    }
    return new Map(
      [...found].flatMap(([bookId, data]) => (data ? [[bookId, inOrder(data) as Metadata] as const] : [])),
    );
  }

  async condition(values: ReadonlyMap<string, string>): Promise<SqlCondition> {
    const ids = await this.matching(values);
    if (ids.length <= MOST_FOUND) return (bind) => `b.id = ANY (${bind(ids)}::uuid[])`;
    const detail = `more than ${MOST_FOUND} books have this; add another key`;
    throw new InvalidInput([...values.keys()].map((key) => ({ pointer: `/metadata.${key}`, detail })));
  }

  async applyPending(): Promise<number> {
    for (;;) {
      const batch = await this.database.query<StagedMetadata>(
        `SELECT book_id AS "bookId", version, data FROM catalog.metadata_intents
          WHERE tried_at IS NULL OR tried_at < now() - interval '1 minute'
          ORDER BY tried_at NULLS FIRST, book_id LIMIT ${BATCH}`,
      );
      if (batch.length > 0) await this.apply(batch, APPLY_LIMIT_MS);
      if (batch.length < BATCH) break;
    }
    const { waiting } = await this.database.one<{ waiting: number }>(
      'SELECT count(*)::int AS waiting FROM catalog.metadata_intents',
    );
    return waiting;
  }

  isReady(): boolean {
    return this.mongo.isReady();
  }

  close(): Promise<void> {
    return this.mongo.close();
  }

  /** All books that have the values, or more than a filter can find. */
  private async matching(values: ReadonlyMap<string, string>): Promise<string[]> {
    const pending = await this.pending(values);
    const filter = Object.fromEntries([...values].map(([key, text]) => [`data.${key}`, { $in: meantBy(text) }]));
    const wanted = MOST_FOUND + 1 + pending.size;
    const documents = await this.mongo.within(READ_LIMIT_MS, () =>
      this.documents
        .find(filter, { _id: 1 })
        .limit(wanted)
        .batchSize(wanted)
        .maxTimeMS(READ_LIMIT_MS)
        .lean<MetadataDocument[]>(),
    );
    const stored = documents.map(({ _id }) => _id).filter((bookId) => !pending.has(bookId));
    return [...[...pending].flatMap(([bookId, matches]) => (matches ? [bookId] : [])), ...stored];
  }

  private stored(bookIds: readonly string[], withinMs: number): Promise<MetadataDocument[]> {
    return this.mongo.within(withinMs, () =>
      this.documents
        .find({ _id: { $in: bookIds } }, { data: 1 })
        .maxTimeMS(withinMs)
        .lean<MetadataDocument[]>(),
    );
  }

  /** The books with an intent, and whether it has the values. */
  private async pending(values: ReadonlyMap<string, string>): Promise<Map<string, boolean>> {
    const parameters: unknown[] = [];
    const matches = containing(values)((value) => `$${parameters.push(value)}`);
    const intents = await this.database.query<{ book_id: string; matches: boolean | null }>(
      `SELECT book_id, ${matches} AS matches FROM catalog.metadata_intents LIMIT ${MOST_FOUND + 1}`,
      parameters,
    );
    if (intents.length > MOST_FOUND) throw metadataAway('Much metadata still waits to be stored.');
    return new Map(intents.map(({ book_id, matches }) => [book_id, matches === true]));
  }

  /**
   * Right after the commit; what does not arrive within the limit is left to `applyPending`. For many, that of an import,
   * which can wait: a MongoDB that needs longer for hundreds is not away, and those who read must not take it for that.
   */
  private async applyNow(changes: readonly StagedMetadata[]): Promise<void> {
    const withinMs = changes.length === 1 ? READ_LIMIT_MS : APPLY_LIMIT_MS;
    try {
      for (let from = 0; from < changes.length; from += BATCH) {
        await this.apply(changes.slice(from, from + BATCH), withinMs);
      }
    } catch (error) {
      if (!isMetadataAway(error)) throw error;
    }
  }

  /** Applies by version, and removes the intents of those that arrived; those that MongoDB refused come last from now on. */
  private async apply(changes: readonly StagedMetadata[], withinMs: number): Promise<void> {
    const refused = await this.mongo.within(withinMs, () => writeByVersion(this.documents.collection, changes));
    const arrived = changes.filter((change) => !refused.has(change));
    const [ids, versions] = columnsOf(arrived);
    await this.database.execute(
      `DELETE FROM catalog.metadata_intents i USING unnest($1::uuid[], $2::int[]) AS done (book_id, version)
        WHERE i.book_id = done.book_id AND i.version = done.version`,
      [ids, versions],
    );
    if (refused.size === 0) return;
    for (const [{ bookId }, reason] of refused) {
      this.logger.error(`MongoDB refuses the metadata of book ${bookId}, which is tried again every minute: ${reason}`);
    }
    await this.database.execute('UPDATE catalog.metadata_intents SET tried_at = now() WHERE book_id = ANY ($1)', [
      [...refused.keys()].map(({ bookId }) => bookId),
    ]);
  }

  private async createIndexes(): Promise<void> {
    if (this.isIndexing) return;
    this.isIndexing = true;
    try {
      // Not awaited by anybody, and not bound to the time that a request has: on a large collection it takes minutes.
      await this.documents.collection.createIndexes(INDEXES, { timeoutMS: INDEX_LIMIT_MS });
    } catch (error) {
      this.logger.error(`The indexes of the metadata are missing, filters by it are slow: ${(error as Error).message}`);
    } finally {
      this.isIndexing = false;
    }
  }
}
