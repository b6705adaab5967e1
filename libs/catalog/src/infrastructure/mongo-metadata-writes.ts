import mongoose, { type Model } from 'mongoose';
import type { StagedMetadata } from '../application/book-metadata.js';
import type { Metadata } from '../domain/metadata.js';

/** `data` is null once the book is gone: what is late must not bring it back. */
export interface MetadataDocument {
  _id: string;
  version: number;
  data: Metadata | null;
  goneAt?: Date;
}

interface Refusal {
  code?: number;
  message: string;
}
type Documents = Model<MetadataDocument>['collection'];

const DUPLICATE_KEY = 11000;

/**
 * Writes each change where MongoDB has an older version or none; gives those that MongoDB refused, with the reason.
 * @throws what the driver throws when nothing is known to have arrived
 */
export async function writeByVersion(
  documents: Documents,
  changes: readonly StagedMetadata[],
): Promise<Map<StagedMetadata, string>> {
  const refused = await write(documents, changes, true);
  // A duplicate: there is as new a version, or another writer has just made the document, perhaps of an older one.
  const doubles = changes.filter((change) => refused.get(change)?.code === DUPLICATE_KEY);
  for (const double of doubles) refused.delete(double);
  if (doubles.length > 0) {
    for (const [change, refusal] of await write(documents, doubles, false)) refused.set(change, refusal);
  }
  return new Map([...refused].map(([change, { message }]) => [change, message]));
}

async function write(
  documents: Documents,
  changes: readonly StagedMetadata[],
  upsert: boolean,
): Promise<Map<StagedMetadata, Refusal>> {
  try {
    // The driver's own: that of mongoose leaves out, without a word, what it cannot cast.
    await documents.bulkWrite(
      changes.map((change) => operationOf(change, upsert)),
      { ordered: false },
    );
    return new Map();
  } catch (error) {
    if (error instanceof mongoose.mongo.MongoBulkWriteError) return refusalsOf(error, changes);
    if (error instanceof mongoose.mongo.MongoError && !(error instanceof mongoose.mongo.MongoAPIError)) throw error;
    // The driver could not put a document into its message, and sent none of them: halves find out which.
    const [only, ...others] = changes;
    if (only && others.length === 0) return new Map([[only, { message: (error as Error).message }]]);
    const half = Math.ceil(changes.length / 2);
    const first = await write(documents, changes.slice(0, half), upsert);
    return new Map([...first, ...(await write(documents, changes.slice(half), upsert))]);
  }
}

function operationOf({ bookId, version, data }: StagedMetadata, upsert: boolean) {
  const filter: Record<string, unknown> = { _id: bookId, version: { $lt: version } };
  const update =
    data === null
      ? { $set: { version, data, goneAt: new Date() } }
      : { $set: { version, data }, $unset: { goneAt: 1 } };
  return { updateOne: { filter, update, upsert } };
}

/** @throws the error itself when it is not, or not only, about single documents, such as a lost connection. */
function refusalsOf(
  error: mongoose.mongo.MongoBulkWriteError,
  changes: readonly StagedMetadata[],
): Map<StagedMetadata, Refusal> {
  const refused = [error.writeErrors].flat();
  if (refused.length === 0 || error.result.getWriteConcernError()) throw error;
  return new Map(
    refused.flatMap(({ index, code, errmsg }) => {
      const change = changes[index];
      return change ? [[change, { code, message: errmsg ?? `code ${code}` }] as const] : [];
    }),
  );
}
