import { type Document } from 'bson';
import { ServerError, unsupported } from './errors.js';
import { compileFilter, type Predicate } from './query.js';
import { isDocument, keyOf, valuesAt } from './values.js';

export interface IndexSpec extends Document {
  name: string;
  key: Record<string, 1 | -1>;
  unique?: boolean;
  sparse?: boolean;
  partialFilterExpression?: Document;
}

const OPTIONS = ['name', 'key', 'v', 'unique', 'sparse', 'partialFilterExpression', 'background', 'wildcardProjection'];

/** Reads an index of `createIndexes`; options and kinds that would change answers (TTL, text, geo …) are refused. */
export function readIndexSpec(spec: Document): IndexSpec {
  const option = Object.keys(spec).find((name) => !OPTIONS.includes(name) && spec[name] !== false);
  if (option !== undefined) throw unsupported(`index option ${option}`);
  if (!isDocument(spec.key) || Object.keys(spec.key).length === 0 || typeof spec.name !== 'string') {
    throw new ServerError(67, 'an index needs a key and a name');
  }
  for (const [path, kind] of Object.entries(spec.key)) {
    if (kind !== 1 && kind !== -1) throw unsupported(`index kind ${String(kind)}`);
    if (path.endsWith('$**') && spec.unique) {
      throw new ServerError(67, "Index type 'wildcard' does not support the unique option");
    }
  }
  const read: Document = { v: 2, ...spec };
  return read as IndexSpec;
}

/** E11000 with `keyPattern` and `keyValue`, which tell the caller what collided. */
export function duplicateKey({ name, key: keyPattern }: IndexSpec, document: Document, namespace: string): ServerError {
  const values = Object.keys(keyPattern).map((path) => [path, valuesAt(document, path.split('.'))[0] ?? null]);
  const keyValue: Document = Object.fromEntries(values);
  const shown = Object.entries(keyValue).map(([path, value]) => `${path}: ${JSON.stringify(value)}`);
  const message = `E11000 duplicate key error collection: ${namespace} index: ${name} dup key: { ${shown.join(', ')} }`;
  return new ServerError(11000, message, { keyPattern, keyValue });
}

/**
 * Keeps who holds which key of a unique index. An index that is not unique is only listed: it cannot change an answer.
 */
export class CollectionIndex {
  readonly #holders = new Map<string, string>();
  readonly #paths: string[][];
  readonly #covers: Predicate;

  constructor(readonly spec: IndexSpec) {
    this.#paths = Object.keys(spec.key).map((path) => path.split('.'));
    this.#covers = spec.partialFilterExpression ? compileFilter(spec.partialFilterExpression) : () => true;
  }

  /** The path by which one document can be looked up, or nothing when the index does not hold every document. */
  get lookupPath(): string | undefined {
    const { unique, sparse, partialFilterExpression, key } = this.spec;
    return unique && !sparse && !partialFilterExpression && this.#paths.length === 1 ? Object.keys(key)[0] : undefined;
  }

  holderOf(value: unknown): string | undefined {
    return this.#holders.get(keyOf([value]));
  }

  /** @throws ServerError 11000 when a document other than `id` holds one of the keys. */
  check(document: Document, id: string, namespace: string): void {
    const taken = this.#keysOf(document).find((key) => (this.#holders.get(key) ?? id) !== id);
    if (taken === undefined) return;
    throw duplicateKey(this.spec, document, namespace);
  }

  add(document: Document, id: string): void {
    for (const key of this.#keysOf(document)) this.#holders.set(key, id);
  }

  remove(document: Document): void {
    for (const key of this.#keysOf(document)) this.#holders.delete(key);
  }

  /** Every combination of the values at the index's paths, as an array field has one key for each element. */
  #keysOf(document: Document): string[] {
    if (!this.spec.unique || !this.#covers(document)) return [];
    const columns = this.#paths.map((path) => valuesAt(document, path));
    if (this.spec.sparse && columns.every((values) => values.length === 0)) return [];
    return columns
      .map((values) => (values.length > 0 ? values : [null]))
      .reduce<unknown[][]>((rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])), [[]])
      .map(keyOf);
  }
}
