import { BSONRegExp, calculateObjectSize, ObjectId, type Document } from 'bson';
import { ServerError } from './errors.js';
import { CollectionIndex, duplicateKey, type IndexSpec } from './indexes.js';
import { compileFilter } from './query.js';
import { isDocument, isOperators, keyOf } from './values.js';

/** `maxBsonObjectSize` of a MongoDB server. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

const ID_INDEX: IndexSpec = { v: 2, key: { _id: 1 }, name: '_id_' };

/** Documents in the order of their insertion, found by `_id` or a unique field through a map and by scan otherwise. */
export class Collection {
  readonly #documents = new Map<string, Document>();
  #indexes: CollectionIndex[] = [];

  constructor(readonly namespace: string) {}

  /** An iterable that can be read more than once. Documents are never changed in place: copy before writing. */
  get documents(): Iterable<Document> {
    return { [Symbol.iterator]: () => this.#documents.values() };
  }

  get indexSpecs(): IndexSpec[] {
    return [ID_INDEX, ...this.#indexes.map(({ spec }) => spec)];
  }

  matching(filter: Document, limit = Infinity): Document[] {
    const matches = compileFilter(filter);
    const found: Document[] = [];
    for (const document of this.#candidates(filter)) {
      if (found.length >= limit) break;
      if (matches(document)) found.push(document);
    }
    return found;
  }

  /** Gives an `_id` where none is. @throws ServerError 11000, 53 or 10334; then nothing was changed. */
  insert(document: Document): Document {
    const stored = { _id: new ObjectId() as unknown, ...document };
    if (stored._id === undefined || Array.isArray(stored._id) || stored._id instanceof BSONRegExp) {
      throw new ServerError(53, "The '_id' value cannot be of that type");
    }
    const id = keyOf(stored._id);
    if (this.#documents.has(id)) throw duplicateKey(ID_INDEX, stored, this.namespace);
    this.#check(stored, id);
    this.#put(id, stored);
    return stored;
  }

  /** @throws ServerError 66, 11000 or 10334; then nothing was changed. */
  replace(old: Document, next: Document): void {
    const id = keyOf(old._id);
    if (keyOf(next._id) !== id) {
      throw new ServerError(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
    }
    this.#check(next, id);
    for (const index of this.#indexes) index.remove(old);
    this.#put(id, next);
  }

  remove(document: Document): void {
    for (const index of this.#indexes) index.remove(document);
    this.#documents.delete(keyOf(document._id));
  }

  /** Does nothing for an index that is there already. @throws ServerError 85, 86, or 11000 for duplicates in the data. */
  createIndex(spec: IndexSpec): void {
    const same = this.indexSpecs.find(({ name }) => name === spec.name);
    const sameKey = this.indexSpecs.find(({ key }) => keyOf(key) === keyOf(spec.key));
    if (same !== undefined && (same === ID_INDEX || keyOf(comparable(same)) === keyOf(comparable(spec)))) return;
    if (same !== undefined) throw new ServerError(86, `An existing index has the same name as ${spec.name}`);
    if (sameKey === ID_INDEX) return;
    if (sameKey !== undefined) throw new ServerError(85, `Index already exists with a different name: ${sameKey.name}`);
    const index = new CollectionIndex(spec);
    for (const [id, document] of this.#documents) {
      index.check(document, id, this.namespace);
      index.add(document, id);
    }
    this.#indexes.push(index);
  }

  /** By name, by key, or `*` for all but that of `_id`. @throws ServerError 27 or 72. */
  dropIndex(wanted: unknown): void {
    if (wanted === '*') return void (this.#indexes = []);
    const hit = (spec: IndexSpec): boolean =>
      isDocument(wanted) ? keyOf(spec.key) === keyOf(wanted) : spec.name === wanted;
    if (hit(ID_INDEX)) throw new ServerError(72, 'cannot drop _id index');
    const kept = this.#indexes.filter(({ spec }) => !hit(spec));
    if (kept.length === this.#indexes.length) throw new ServerError(27, `index not found: ${JSON.stringify(wanted)}`);
    this.#indexes = kept;
  }

  #check(document: Document, id: string): void {
    if (calculateObjectSize(document) > MAX_DOCUMENT_BYTES) {
      throw new ServerError(10334, `BSONObj size is invalid, the largest is ${MAX_DOCUMENT_BYTES} bytes`);
    }
    for (const index of this.#indexes) index.check(document, id, this.namespace);
  }

  #put(id: string, document: Document): void {
    this.#documents.set(id, document);
    for (const index of this.#indexes) index.add(document, id);
  }

  /** A superset of what the filter can match: the documents that a map names, or all. */
  #candidates(filter: Document): Iterable<Document> {
    const ids = equalValues(filter._id)?.map(keyOf) ?? this.#idsByUniqueIndex(filter);
    if (ids === undefined) return this.#documents.values();
    return [...new Set(ids)].flatMap((id) => this.#documents.get(id ?? '') ?? []);
  }

  #idsByUniqueIndex(filter: Document): (string | undefined)[] | undefined {
    for (const index of this.#indexes) {
      const values = index.lookupPath === undefined ? undefined : equalValues(filter[index.lookupPath]);
      if (values !== undefined) return values.map((value) => index.holderOf(value));
    }
    return undefined;
  }
}

/** What a condition compares with by equality alone; nothing for any other condition. */
function equalValues(condition: unknown): unknown[] | undefined {
  if (!isOperators(condition)) return isLookupValue(condition) ? [condition] : undefined;
  const values: unknown = '$eq' in condition ? [condition.$eq] : condition.$in;
  return Array.isArray(values) && values.every(isLookupValue) ? values : undefined;
}

/** Null also means missing, an array also its elements, a document may come in another order: these are scanned. */
const isLookupValue = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  !Array.isArray(value) &&
  !isDocument(value) &&
  !(value instanceof BSONRegExp);

const comparable = ({ key, unique, sparse, partialFilterExpression }: IndexSpec): Document => ({
  key,
  unique: Boolean(unique),
  sparse: Boolean(sparse),
  partialFilterExpression: partialFilterExpression ?? null,
});
