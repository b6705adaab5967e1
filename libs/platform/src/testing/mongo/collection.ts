import { calculateObjectSize, type Document } from 'bson';
import { onlyFields, ServerError, unsupported } from './errors.js';
import { compileFilter, isDocument, type Predicate } from './filter.js';

/** `maxBsonObjectSize` of a MongoDB server. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

const ID_INDEX: Document = { v: 2, key: { _id: 1 }, name: '_id_' };

/** Documents with a text as `_id`, in the order of their insertion; indexes are listed and serve nothing. */
export class Collection {
  readonly #documents = new Map<string, Document>();
  readonly #indexes: Document[] = [ID_INDEX];
  readonly #isValid: Predicate;

  constructor(validator: Document = {}) {
    this.#isValid = compileFilter(validator);
  }

  get indexes(): readonly Document[] {
    return this.#indexes;
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

  /** @throws ServerError 11000, 121 or 10334; then nothing was changed. */
  insert(document: Document): void {
    const id: unknown = document._id;
    if (typeof id !== 'string') throw unsupported('an _id that is no text');
    if (this.#documents.has(id)) {
      throw new ServerError(11000, `E11000 duplicate key error index: _id_ dup key: { _id: "${id}" }`);
    }
    this.replace(document);
  }

  /** @throws ServerError 121 or 10334; then nothing was changed. */
  replace(document: Document): void {
    if (!this.#isValid(document)) throw new ServerError(121, 'Document failed validation');
    if (calculateObjectSize(document) > MAX_DOCUMENT_BYTES) {
      throw new ServerError(10334, `BSONObj size is invalid, the largest is ${MAX_DOCUMENT_BYTES} bytes`);
    }
    this.#documents.set(String(document._id), document);
  }

  /** Does nothing for an index that is there already. @throws ServerError 85 or 86 for another one in its place. */
  createIndex(spec: Document): void {
    onlyFields(spec, ['name', 'key', 'sparse', 'expireAfterSeconds'], 'an index');
    if (!isDocument(spec.key) || Object.values(spec.key).some((kind) => kind !== 1 && kind !== -1)) {
      throw unsupported(`the index ${JSON.stringify(spec.key)}`);
    }
    const same = (field: string): Document | undefined =>
      this.#indexes.find((index) => JSON.stringify(index[field]) === JSON.stringify(spec[field]));
    const index = { v: 2, ...spec };
    if (JSON.stringify(same('name')) === JSON.stringify(index)) return;
    if (same('name')) throw new ServerError(86, `An existing index has the same name as ${spec.name}`);
    if (same('key')) throw new ServerError(85, `An index with the key of ${spec.name} exists with other options`);
    this.#indexes.push(index);
  }

  /** Those that an equality on `_id` names, or all. */
  #candidates({ _id }: Document): Iterable<Document> {
    const ids: unknown[] | undefined = typeof _id === 'string' ? [_id] : isDocument(_id) ? _id.$in : undefined;
    if (!Array.isArray(ids)) return this.#documents.values();
    return [...new Set(ids)].flatMap((id) => this.#documents.get(String(id)) ?? []);
  }
}
