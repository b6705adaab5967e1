import { calculateObjectSize, Long, type Document } from 'bson';
import { Collection, MAX_DOCUMENT_BYTES } from './collection.js';
import { ServerError } from './errors.js';

/** The number of documents in a first answer when the client names none. */
const FIRST_BATCH = 101;

/** What an element of the batch costs beside its document: type, index as text, terminator. */
const ARRAY_ENTRY_BYTES = 16;

interface OpenCursor {
  namespace: string;
  rest: Document[];
}

/** All collections in memory, and the cursors that are open on them. */
export class Store {
  readonly #collections = new Map<string, Collection>();
  readonly #cursors = new Map<number, OpenCursor>();
  #lastCursor = 0;

  find(namespace: string): Collection | undefined {
    return this.#collections.get(namespace);
  }

  findOrCreate(namespace: string, validator?: Document): Collection {
    const collection = this.find(namespace) ?? new Collection(validator);
    this.#collections.set(namespace, collection);
    return collection;
  }

  dropDatabase(database: string): void {
    for (const namespace of this.#collections.keys()) {
      if (namespace.startsWith(`${database}.`)) this.#collections.delete(namespace);
    }
  }

  /** Answers with the first batch. The result is a snapshot: later writes do not show in later batches. */
  openCursor(namespace: string, documents: readonly Document[], batchSize = FIRST_BATCH, single = false): Document {
    const cursor: OpenCursor = { namespace, rest: documents.slice() };
    const firstBatch = takeBatch(cursor, batchSize);
    const id = single || cursor.rest.length === 0 ? 0 : ++this.#lastCursor;
    if (id !== 0) this.#cursors.set(id, cursor);
    return { cursor: { firstBatch, id: Long.fromNumber(id), ns: namespace }, ok: 1 };
  }

  /** @throws ServerError 43 when the cursor is closed, or never was on that collection. */
  nextBatch(id: number, namespace: string, batchSize = Infinity): Document {
    const cursor = this.#cursors.get(id);
    if (cursor?.namespace !== namespace) throw new ServerError(43, `cursor id ${id} not found`);
    const nextBatch = takeBatch(cursor, batchSize === 0 ? Infinity : batchSize);
    if (cursor.rest.length === 0) this.#cursors.delete(id);
    return { cursor: { nextBatch, id: Long.fromNumber(cursor.rest.length === 0 ? 0 : id), ns: namespace }, ok: 1 };
  }

  killCursor(id: number): void {
    this.#cursors.delete(id);
  }
}

/** As many as asked for, but never more than fit one message. */
function takeBatch(cursor: OpenCursor, count: number): Document[] {
  let bytes = 0;
  const full = cursor.rest.findIndex((document, i) => {
    bytes += calculateObjectSize(document) + ARRAY_ENTRY_BYTES;
    return i >= count || (i > 0 && bytes > MAX_DOCUMENT_BYTES);
  });
  return cursor.rest.splice(0, full < 0 ? cursor.rest.length : full);
}
