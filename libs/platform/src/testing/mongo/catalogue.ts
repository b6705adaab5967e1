import { type Document } from 'bson';
import { collectionName, type Command } from './command.js';
import { type Collection } from './collection.js';
import { ServerError } from './errors.js';
import { readIndexSpec } from './indexes.js';
import { compileFilter } from './query.js';
import { type Store } from './store.js';

/** Commands on collections and indexes. */
export const catalogue: Record<string, Command> = {
  create: {
    options: [],
    run: (store, command) => {
      const name = collectionName(command, command.create);
      if (store.find(command.$db, name)) throw new ServerError(48, `Collection ${command.$db}.${name} already exists.`);
      store.findOrCreate(command.$db, name);
      return { ok: 1 };
    },
  },
  drop: {
    options: [],
    run: (store, command) => {
      store.drop(command.$db, collectionName(command, command.drop));
      return { ok: 1 };
    },
  },
  dropDatabase: {
    options: [],
    run: (store, command) => {
      store.dropDatabase(command.$db);
      return { dropped: command.$db, ok: 1 };
    },
  },
  listCollections: {
    options: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'],
    run: (store, command) => {
      const matches = compileFilter(command.filter ?? {});
      const listed = store.collections(command.$db).map((collection): Document => {
        const short = { name: collection.namespace.slice(command.$db.length + 1), type: 'collection' };
        return command.nameOnly ? short : { ...short, options: {}, info: { readOnly: false } };
      });
      const found = listed.filter(matches);
      return store.openCursor(`${command.$db}.$cmd.listCollections`, found, command.cursor?.batchSize);
    },
  },
  createIndexes: {
    options: ['indexes', 'commitQuorum'],
    run: (store, command) => {
      const specs = (command.indexes as Document[]).map(readIndexSpec);
      const name = collectionName(command, command.createIndexes);
      const createdCollectionAutomatically = store.find(command.$db, name) === undefined;
      const collection = store.findOrCreate(command.$db, name);
      const numIndexesBefore = collection.indexSpecs.length;
      for (const spec of specs) collection.createIndex(spec);
      const numIndexesAfter = collection.indexSpecs.length;
      return { createdCollectionAutomatically, numIndexesBefore, numIndexesAfter, ok: 1 };
    },
  },
  listIndexes: {
    options: ['cursor'],
    run: (store, command) => {
      const collection = existing(store, command, command.listIndexes);
      return store.openCursor(collection.namespace, collection.indexSpecs, command.cursor?.batchSize);
    },
  },
  dropIndexes: {
    options: ['index'],
    run: (store, command) => {
      const collection = existing(store, command, command.dropIndexes);
      const nIndexesWas = collection.indexSpecs.length;
      for (const index of [command.index].flat() as unknown[]) collection.dropIndex(index);
      return { nIndexesWas, ok: 1 };
    },
  },
};

function existing(store: Store, command: Document, name: unknown): Collection {
  const collection = store.find(command.$db, collectionName(command, name));
  if (collection === undefined) throw new ServerError(26, `ns does not exist: ${command.$db}.${String(name)}`);
  return collection;
}
