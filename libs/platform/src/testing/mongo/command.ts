import { type Document } from 'bson';
import { ServerError } from './errors.js';
import { type Store } from './store.js';

export interface Command {
  /** The options that are honoured; any other one is refused. */
  options: string[];
  run(store: Store, command: Document): Document;
}

/** @throws ServerError 73 where a collection's name is due and something else stands. */
export function collectionName(command: Document, name: unknown): string {
  if (typeof name === 'string' && name !== '' && typeof command.$db === 'string') return name;
  throw new ServerError(73, `Invalid namespace: ${command.$db}.${String(name)}`);
}
