import { type Document } from 'bson';
import { Collection, MAX_DOCUMENT_BYTES } from './collection.js';
import { onlyFields, ServerError, unsupported } from './errors.js';
import { type Store } from './store.js';
import { update } from './update.js';
import { MAX_MESSAGE_BYTES } from './wire.js';

interface Command {
  /** The options that are honoured; any other one is refused. */
  options: string[];
  run(store: Store, command: Document, namespace: string): Document;
}

/** Fields that accompany any command and cannot change the answer of a single, unreplicated server. */
const HARMLESS = ['$db', 'lsid', '$clusterTime', '$readPreference', 'comment', 'maxTimeMS', 'writeConcern'];

const handshake: Command = {
  options: ['helloOk', 'client', 'compression', 'loadBalanced', 'backpressure', 'topologyVersion', 'maxAwaitTimeMS'],
  run: () => ({
    helloOk: true,
    ismaster: true,
    isWritablePrimary: true,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
    ok: 1,
  }),
};

const commands: Record<string, Command> = {
  hello: handshake,
  ismaster: handshake,
  isMaster: handshake,
  ping: { options: [], run: () => ({ ok: 1 }) },
  endSessions: { options: [], run: () => ({ ok: 1 }) },
  create: {
    options: ['validator'],
    run: (store, { validator }, namespace) => {
      if (store.find(namespace)) throw new ServerError(48, `Collection ${namespace} already exists.`);
      store.findOrCreate(namespace, validator);
      return { ok: 1 };
    },
  },
  dropDatabase: {
    options: [],
    run: (store, { $db }) => {
      store.dropDatabase($db);
      return { ok: 1 };
    },
  },
  createIndexes: {
    options: ['indexes'],
    run: (store, { indexes }, namespace) => {
      const collection = store.findOrCreate(namespace);
      for (const spec of indexes) collection.createIndex(spec);
      return { numIndexesAfter: collection.indexes.length, ok: 1 };
    },
  },
  listIndexes: {
    options: ['cursor'],
    run: (store, _command, namespace) => {
      const collection = store.find(namespace);
      if (collection === undefined) throw new ServerError(26, `ns does not exist: ${namespace}`);
      return store.openCursor(namespace, collection.indexes);
    },
  },
  find: {
    options: ['filter', 'projection', 'limit', 'batchSize', 'singleBatch'],
    run: (store, { filter = {}, projection, limit = 0, batchSize, singleBatch }, namespace) => {
      const collection = store.find(namespace) ?? new Collection();
      const found = collection.matching(filter, limit || Infinity);
      return store.openCursor(namespace, found.map(projected(projection)), batchSize, singleBatch);
    },
  },
  getMore: {
    options: ['collection', 'batchSize'],
    run: (store, { getMore, collection, batchSize, $db }) =>
      store.nextBatch(Number(getMore), `${$db}.${collection}`, batchSize),
  },
  killCursors: {
    options: ['cursors'],
    run: (store, { cursors }) => {
      for (const id of cursors) store.killCursor(Number(id));
      return { cursorsKilled: cursors, ok: 1 };
    },
  },
  update: {
    options: ['updates', 'ordered'],
    run: (store, { updates, ordered }, namespace) => update(store.findOrCreate(namespace), updates, ordered),
  },
};

export const isHandshake = (name: string): boolean => commands[name] === handshake;

/** Answers a command; a refusal is an answer too. The first field of a command is its name. */
export function answer(store: Store, command: Document): Document {
  const name = Object.keys(command)[0] ?? '';
  try {
    const known = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (known === undefined) throw new ServerError(59, `no such command: '${name}'`);
    onlyFields(command, [name, ...HARMLESS, ...known.options], name);
    if (command.writeConcern?.w > 1) throw unsupported('a write concern for several servers');
    return known.run(store, command, `${command.$db}.${command[name]}`);
  } catch (error) {
    if (error instanceof ServerError) return error.toAnswer();
    return new ServerError(1, error instanceof Error ? error.message : 'unexpected failure').toAnswer();
  }
}

/** The named fields, and `_id`. */
function projected(projection: Document = {}): (document: Document) => Document {
  const names = Object.keys(projection);
  if (names.some((name) => name.includes('.') || projection[name] !== 1)) {
    throw unsupported(`the projection ${JSON.stringify(projection)}`);
  }
  if (names.length === 0) return (document) => document;
  return (document) =>
    Object.fromEntries(Object.entries(document).filter(([name]) => name === '_id' || names.includes(name)));
}
