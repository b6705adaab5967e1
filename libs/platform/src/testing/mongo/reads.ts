import { Long, type Document } from 'bson';
import { collectionName, type Command } from './command.js';
import { ServerError, unsupported } from './errors.js';
import { aggregate, projector, sortOrder } from './query.js';
import { type Store } from './store.js';
import { isDocument, keyOf, sorted, valuesAt } from './values.js';

/** Commands that read: `find`, `getMore`, `killCursors`, `aggregate`, `count`, `distinct`. */
export const reads: Record<string, Command> = {
  find: {
    options: 'filter sort projection skip limit batchSize singleBatch noCursorTimeout allowDiskUse'.split(' '),
    run: (store, command) => {
      const name = collectionName(command, command.find);
      const { skip = 0, limit = 0, singleBatch = false } = command;
      const ordered = select(store, command, name);
      const page = ordered.slice(skip, limit === 0 ? undefined : Number(skip) + Number(limit));
      const found = page.map(projector(command.projection));
      return store.openCursor(`${command.$db}.${name}`, found, command.batchSize, singleBatch);
    },
  },
  getMore: {
    options: ['collection', 'batchSize'],
    run: (store, command) => {
      const namespace = `${command.$db}.${collectionName(command, command.collection)}`;
      return store.nextBatch(Number(command.getMore), namespace, command.batchSize);
    },
  },
  killCursors: {
    options: ['cursors'],
    run: (store, command) => {
      const ids = (command.cursors as unknown[]).map(Number);
      const cursorsKilled = ids.filter((id) => store.killCursor(id));
      const cursorsNotFound = ids.filter((id) => !cursorsKilled.includes(id));
      const longs = (list: number[]): Long[] => list.map((id) => Long.fromNumber(id));
      return { cursorsKilled: longs(cursorsKilled), cursorsNotFound: longs(cursorsNotFound), ok: 1 };
    },
  },
  aggregate: {
    options: ['pipeline', 'cursor', 'allowDiskUse', 'bypassDocumentValidation'],
    run: (store, command) => {
      const name = collectionName(command, command.aggregate);
      const stages = command.pipeline as Document[];
      if (!Array.isArray(stages) || !isDocument(command.cursor)) {
        throw new ServerError(9, "aggregate needs a 'pipeline' and the 'cursor' option");
      }
      // A leading $match may go through the maps of the collection; the stages then copy only what it lets through.
      const filter: unknown = stages[0]?.$match;
      const source = store.find(command.$db, name);
      const documents = isDocument(filter) ? (source?.matching(filter) ?? []) : (source?.documents ?? []);
      const rest = isDocument(filter) ? stages.slice(1) : stages;
      const named = (other: string): Iterable<Document> => store.find(command.$db, other)?.documents ?? [];
      const results = aggregate(documents, rest, named);
      return store.openCursor(`${command.$db}.${name}`, results, command.cursor.batchSize);
    },
  },
  count: {
    options: ['query', 'skip', 'limit'],
    run: (store, command) => {
      const collection = store.find(command.$db, collectionName(command, command.count));
      const { query = {}, skip = 0, limit = 0 } = command;
      const n = Math.max(0, (collection?.matching(query).length ?? 0) - skip);
      return { n: limit === 0 ? n : Math.min(n, Math.abs(limit)), ok: 1 };
    },
  },
  distinct: {
    options: ['key', 'query'],
    run: (store, command) => {
      const collection = store.find(command.$db, collectionName(command, command.distinct));
      const path = String(command.key).split('.');
      const found = collection?.matching(command.query ?? {}) ?? [];
      const values = found.flatMap((document) => valuesAt(document, path)).filter((value) => value !== undefined);
      return { values: [...new Map(values.map((value) => [keyOf(value), value])).values()], ok: 1 };
    },
  },
};

function select(store: Store, command: Document, name: string): Document[] {
  const { filter = {}, sort = {}, skip = 0, limit = 0 } = command;
  if (skip < 0 || limit < 0) throw unsupported('a negative skip or limit');
  const order = sortOrder(sort);
  const unordered = Object.keys(order).length === 0;
  const enough = unordered && limit > 0 ? Number(skip) + Number(limit) : Infinity;
  const found = store.find(command.$db, name)?.matching(filter, enough) ?? [];
  return unordered ? found : sorted(found, order);
}
