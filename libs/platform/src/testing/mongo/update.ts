import { type Document } from 'bson';
import { type Collection } from './collection.js';
import { onlyFields, ServerError, unsupported } from './errors.js';
import { isDocument } from './filter.js';

/** `update` of single documents by `$set` and `$unset` of whole fields. Each is written whole or not at all. */
export function update(collection: Collection, updates: readonly Document[], ordered = true): Document {
  const counts = { n: 0, nModified: 0 };
  const upserted: Document[] = [];
  const writeErrors: Document[] = [];
  for (const [index, statement] of updates.entries()) {
    try {
      const { found, inserted } = updateOne(collection, statement);
      counts.n += found + inserted;
      counts.nModified += found;
      if (inserted) upserted.push({ index, _id: statement.q._id });
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      writeErrors.push({ index, code: error.code, errmsg: error.message });
      if (ordered) break;
    }
  }
  return { ...counts, ...(upserted.length > 0 && { upserted }), ...(writeErrors.length > 0 && { writeErrors }), ok: 1 };
}

function updateOne(collection: Collection, statement: Document): { found: number; inserted: number } {
  onlyFields(statement, ['q', 'u', 'upsert'], 'an update');
  const { q: filter, u: change, upsert } = statement;
  const [document] = collection.matching(filter, 1);
  if (document) {
    collection.replace(changed(document, change));
    return { found: 1, inserted: 0 };
  }
  if (!upsert) return { found: 0, inserted: 0 };
  collection.insert(changed({ _id: filter._id }, change));
  return { found: 0, inserted: 1 };
}

function changed(document: Document, change: unknown): Document {
  if (!isDocument(change)) throw unsupported('a pipeline as an update');
  onlyFields(change, ['$set', '$unset'], 'an update');
  const set: Document = change.$set ?? {};
  const unset = Object.keys(change.$unset ?? {});
  const refused =
    [...Object.keys(set), ...unset].find((path) => path === '_id' || path.includes('.')) ?? operatorIn(set);
  if (refused !== undefined) throw unsupported(`a change of ${refused}`);
  const next: Document = { ...document, ...set };
  for (const field of unset) delete next[field];
  return next;
}

/** MongoDB stores fields that begin with `$` in some places and not in others. */
function operatorIn(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(operatorIn).find((name) => name !== undefined);
  if (!isDocument(value)) return undefined;
  const own = Object.keys(value).find((name) => name.startsWith('$'));
  return (
    own ??
    Object.values(value)
      .map(operatorIn)
      .find((name) => name !== undefined)
  );
}
