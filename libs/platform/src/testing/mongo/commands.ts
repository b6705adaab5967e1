import { UUID, type Document } from 'bson';
import { catalogue } from './catalogue.js';
import { MAX_DOCUMENT_BYTES } from './collection.js';
import { type Command } from './command.js';
import { ServerError, unsupported } from './errors.js';
import { reads } from './reads.js';
import { type Store } from './store.js';
import { MAX_MESSAGE_BYTES } from './wire.js';
import { writes } from './writes.js';

/** Fields that accompany any command and cannot change the answer of a single, unreplicated server. */
const HARMLESS = [
  '$db',
  'lsid',
  '$clusterTime',
  '$readPreference',
  'comment',
  'maxTimeMS',
  'readConcern',
  'writeConcern',
];
const TRANSACTION = ['txnNumber', 'autocommit', 'startTransaction'];
const READ_CONCERNS: unknown[] = [undefined, 'local', 'available', 'majority', 'linearizable'];

const hello = (): Document => ({
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
});
const handshake: Command = {
  options: ['helloOk', 'client', 'compression', 'loadBalanced', 'backpressure', 'topologyVersion', 'maxAwaitTimeMS'],
  run: hello,
};

const buildInfo: Command = {
  options: [],
  run: () => ({ version: '7.0.0', versionArray: [7, 0, 0, 0], modules: [], ok: 1 }),
};

const commands: Record<string, Command> = {
  ...catalogue,
  ...reads,
  ...writes,
  hello: handshake,
  ismaster: handshake,
  isMaster: handshake,
  ping: { options: [], run: () => ({ ok: 1 }) },
  buildInfo,
  buildinfo: buildInfo,
  // Sessions carry nothing here: no retryable writes, no causal consistency, no transactions. A lone server's are the same.
  startSession: { options: [], run: () => ({ id: { id: new UUID() }, timeoutMinutes: 30, ok: 1 }) },
  endSessions: { options: [], run: () => ({ ok: 1 }) },
};

export const isHandshake = (name: string): boolean => commands[name] === handshake;

/** Answers a command; a refusal is an answer too. The first field of a command is its name. */
export function answer(store: Store, command: Document): Document {
  const name = Object.keys(command)[0] ?? '';
  try {
    const known = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (known === undefined) throw new ServerError(59, `no such command: '${name}'`);
    refuseTransactions(command);
    refuseConcerns(command);
    const accepted = [name, ...HARMLESS, ...known.options];
    const other = Object.keys(command).find((option) => !accepted.includes(option) && command[option] !== false);
    if (other !== undefined) throw unsupported(`the option ${other} of ${name}`);
    return known.run(store, command);
  } catch (error) {
    if (error instanceof ServerError) return error.toAnswer();
    return new ServerError(1, error instanceof Error ? error.message : 'unexpected failure').toAnswer();
  }
}

function refuseTransactions(command: Document): void {
  if (!TRANSACTION.some((field) => field in command)) return;
  throw new ServerError(20, 'Transaction numbers are only allowed on a replica set member or mongos');
}

function refuseConcerns({ readConcern, writeConcern }: Document): void {
  if (!READ_CONCERNS.includes(readConcern?.level) || readConcern?.afterClusterTime)
    throw unsupported('that readConcern');
  const w: unknown = writeConcern?.w ?? 1;
  if (w !== 0 && w !== 1 && w !== 'majority') {
    throw new ServerError(2, "cannot use 'w' > 1 when a host is not replicated");
  }
}
