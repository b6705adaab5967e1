import { type Document } from 'bson';
import { type Collection } from './collection.js';
import { collectionName, type Command } from './command.js';
import { ServerError, unsupported } from './errors.js';
import { projector, sortOrder } from './query.js';
import { type Store } from './store.js';
import { changed, upserted, type Change } from './update.js';
import { keyOf, sorted } from './values.js';

/** Commands that write: `insert`, `update`, `delete`, `findAndModify`. Each document is written whole or not at all. */
export const writes: Record<string, Command> = {
  insert: {
    options: ['documents', 'ordered', 'bypassDocumentValidation'],
    run: (store, command) => {
      const collection = target(store, command, command.insert);
      let n = 0;
      const writeErrors = eachStatement(command.documents, command.ordered, (document) => {
        collection.insert(document);
        n++;
      });
      return { n, ...writeErrors, ok: 1 };
    },
  },
  update: {
    options: ['updates', 'ordered', 'bypassDocumentValidation'],
    run: (store, command) => {
      const collection = target(store, command, command.update);
      const counts = { n: 0, nModified: 0 };
      const inserted: Document[] = [];
      const writeErrors = eachStatement(command.updates, command.ordered, (statement, index) => {
        onlyOptions(statement, ['q', 'u', 'multi', 'upsert', 'arrayFilters'], 'an update');
        runUpdate(collection, statement, counts, (_id) => inserted.push({ index, _id }));
      });
      return { ...counts, ...(inserted.length > 0 && { upserted: inserted }), ...writeErrors, ok: 1 };
    },
  },
  delete: {
    options: ['deletes', 'ordered'],
    run: (store, command) => {
      const collection = target(store, command, command.delete);
      let n = 0;
      const writeErrors = eachStatement(command.deletes, command.ordered, (statement) => {
        onlyOptions(statement, ['q', 'limit'], 'a delete');
        for (const document of collection.matching(statement.q, statement.limit || Infinity)) {
          collection.remove(document);
          n++;
        }
      });
      return { n, ...writeErrors, ok: 1 };
    },
  },
  findAndModify: {
    options: 'query sort remove update new upsert fields arrayFilters bypassDocumentValidation'.split(' '),
    run: (store, command) => {
      const collection = target(store, command, command.findAndModify);
      const [document] = sorted(collection.matching(command.query ?? {}), sortOrder(command.sort ?? {}));
      const project = projector(command.fields);
      const shown = (value: Document | undefined): Document | null => (value === undefined ? null : project(value));
      if (command.remove) {
        if (document !== undefined) collection.remove(document);
        return { lastErrorObject: { n: document === undefined ? 0 : 1 }, value: shown(document), ok: 1 };
      }
      const change: Change = { update: command.update, arrayFilters: command.arrayFilters };
      if (document === undefined) {
        const created = command.upsert ? collection.insert(upserted(command.query ?? {}, change)) : undefined;
        const upsert = created === undefined ? { n: 0 } : { n: 1, upserted: created._id as unknown };
        const value = shown(command.new ? created : undefined);
        return { lastErrorObject: { ...upsert, updatedExisting: false }, value, ok: 1 };
      }
      const next = changed(document, change);
      collection.replace(document, next);
      return { lastErrorObject: { n: 1, updatedExisting: true }, value: shown(command.new ? next : document), ok: 1 };
    },
  },
};

const target = (store: Store, command: Document, name: unknown): Collection =>
  store.findOrCreate(command.$db, collectionName(command, name));

/** Runs statements in order and gathers the refused ones; an ordered batch ends at the first of them. */
function eachStatement(
  statements: Document[],
  ordered: boolean | undefined,
  run: (statement: Document, index: number) => void,
): { writeErrors?: Document[] } {
  const writeErrors: Document[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      run(statement, index);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.details });
      if (ordered ?? true) break;
    }
  }
  return writeErrors.length > 0 ? { writeErrors } : {};
}

function runUpdate(
  collection: Collection,
  { q, u, multi, upsert, arrayFilters }: Document,
  counts: { n: number; nModified: number },
  inserted: (id: unknown) => void,
): void {
  const change: Change = { update: u, arrayFilters };
  if (multi && !Array.isArray(u) && !Object.keys(u)[0]?.startsWith('$')) {
    throw new ServerError(9, 'multi update is not supported for replacement-style update');
  }
  const found = collection.matching(q, multi ? Infinity : 1);
  for (const document of found) {
    const next = changed(document, change);
    const same = keyOf(next) === keyOf(document);
    if (!same) collection.replace(document, next);
    counts.n++;
    counts.nModified += same ? 0 : 1;
  }
  if (found.length > 0 || !upsert) return;
  inserted(collection.insert(upserted(q, change))._id);
  counts.n++;
}

function onlyOptions(statement: Document, known: string[], what: string): void {
  const other = Object.keys(statement).find((name) => !known.includes(name) && statement[name] !== false);
  if (other !== undefined) throw unsupported(`the option ${other} of ${what}`);
}
