import { BSONRegExp, ObjectId, type Document } from 'bson';
import { ServerError, unsupported } from './errors.js';
import { aggregate, compileFilter, sortOrder, type Predicate } from './query.js';
import { clone, compare, isDocument, isOperators, keyOf, sorted } from './values.js';

// Update operators are our own: mingo's leave a field of the wrong type alone where MongoDB refuses the update.

/** What was asked of each document that an update matches: operators, a whole document, or a pipeline. */
export interface Change {
  update: Document | Document[];
  arrayFilters?: Document[];
}

/** From the value at a path (`undefined`: none) to the new one (`undefined`: remove the field). */
type Operator = (current: unknown, operand: unknown, path: string) => unknown;

const PIPELINE_STAGES = ['$set', '$addFields', '$unset', '$project', '$replaceRoot', '$replaceWith'];

const operators: Record<string, Operator> = {
  $set: (_current, value) => value,
  $setOnInsert: (_current, value) => value,
  $unset: () => undefined,
  $inc: (current = 0, by, path) => number(current, '$inc', path) + number(by, '$inc', path),
  $mul: (current = 0, by, path) => number(current, '$mul', path) * number(by, '$mul', path),
  $min: (current, value) => (current === undefined || compare(value, current) < 0 ? value : current),
  $max: (current, value) => (current === undefined || compare(value, current) > 0 ? value : current),
  $currentDate: (_current, how) => {
    if (how === true || (isDocument(how) && how.$type === 'date')) return new Date();
    throw unsupported('$currentDate other than a date');
  },
  $push: (current = [], operand, path) => push(array(current, '$push', path), operand),
  $addToSet: (current = [], operand, path) => {
    const added = isOperators(operand) ? (onlyModifiers(operand, ['$each']).$each as unknown[]) : [operand];
    return added.reduce<unknown[]>(
      (set, value) => (set.some((member) => keyOf(member) === keyOf(value)) ? set : [...set, value]),
      array(current, '$addToSet', path),
    );
  },
  $pull: (current, condition, path) => {
    const unwanted = elementFilter(condition);
    return current === undefined ? current : array(current, '$pull', path).filter((element) => !unwanted(element));
  },
  $pullAll: (current, values, path) => {
    const unwanted = new Set(array(values, '$pullAll', path).map(keyOf));
    return current === undefined
      ? current
      : array(current, '$pullAll', path).filter((element) => !unwanted.has(keyOf(element)));
  },
  $pop: (current, end, path) => {
    if (end !== 1 && end !== -1) throw new ServerError(9, '$pop expects 1 or -1');
    if (current === undefined) return current;
    return end === 1 ? array(current, '$pop', path).slice(0, -1) : array(current, '$pop', path).slice(1);
  },
};

/** The changed copy of a document. @throws ServerError; the document itself is never touched. */
export function changed(document: Document, change: Change, inserting = false): Document {
  const { update } = change;
  if (Array.isArray(update)) return throughPipeline(document, update);
  if (isOperators(update)) return throughOperators(document, update, change.arrayFilters ?? [], inserting);
  const replacement: Document = update;
  const dollar = Object.keys(update).find((name) => name.startsWith('$'));
  if (dollar !== undefined) throw new ServerError(2, `The dollar prefixed field '${dollar}' is not valid for storage`);
  return '_id' in document ? { _id: document._id as unknown, ...replacement } : replacement;
}

/** What an upsert inserts: the equalities of the filter, changed; only its `_id` where the document is replaced. */
export function upserted(filter: Document, change: Change): Document {
  const base: Document = {};
  const replacing = !Array.isArray(change.update) && !isOperators(change.update);
  for (const [path, value] of equalities(filter)) {
    if (!replacing || path === '_id') put(base, path.split('.'), value);
  }
  const document = changed(base, change, true);
  return '_id' in document ? document : { _id: new ObjectId(), ...document };
}

function equalities(filter: Document): [string, unknown][] {
  return Object.entries(filter).flatMap(([path, condition]): [string, unknown][] => {
    if (path === '$and') return (condition as Document[]).flatMap(equalities);
    if (path.startsWith('$') || condition instanceof BSONRegExp) return [];
    if (!isOperators(condition)) return [[path, condition]];
    return '$eq' in condition ? [[path, condition.$eq]] : [];
  });
}

function throughPipeline(document: Document, stages: Document[]): Document {
  const stage = stages.flatMap((each) => Object.keys(each)).find((name) => !PIPELINE_STAGES.includes(name));
  if (stage !== undefined) throw unsupported(`${stage} in an update`);
  const [result] = aggregate([document], stages, () => []);
  return { ...('_id' in document && { _id: document._id as unknown }), ...result };
}

function throughOperators(
  document: Document,
  update: Document,
  arrayFilters: Document[],
  inserting: boolean,
): Document {
  const steps = Object.entries(update).flatMap(([name, fields]) => {
    if (name !== '$rename' && !Object.hasOwn(operators, name)) throw unsupported(`update operator ${name}`);
    if (!isDocument(fields))
      throw new ServerError(9, `Modifiers operate on fields but found something else in ${name}`);
    return Object.entries(fields).map(([path, operand]) => ({ name, path, operand: operand as unknown }));
  });
  refuseConflicts(steps.flatMap((step) => (step.name === '$rename' ? [step.path, String(step.operand)] : [step.path])));
  const filters = namedFilters(
    arrayFilters,
    steps.map(({ path }) => path),
  );
  const next = clone(document);
  for (const { name, path, operand } of steps) {
    if (name === '$setOnInsert' && !inserting) continue;
    if (name === '$rename') rename(next, path, String(operand));
    else for (const concrete of concretePaths(next, path.split('.'), filters)) apply(next, concrete, name, operand);
  }
  return next;
}

function apply(document: Document, path: string[], name: string, operand: unknown): void {
  const current = at(document, path);
  const value = operators[name]?.(current, operand, path.join('.'));
  if (value !== undefined) put(document, path, value);
  else if (current !== undefined) remove(document, path);
}

function rename(document: Document, from: string, to: string): void {
  const value = at(document, from.split('.'));
  if (value === undefined) return;
  remove(document, from.split('.'));
  put(document, to.split('.'), value);
}

function refuseConflicts(paths: string[]): void {
  const seen = new Set(paths);
  const clash =
    seen.size < paths.length
      ? paths.find((path, i) => paths.indexOf(path) < i)
      : paths.find((path) => path.split('.').some((_, i, names) => i > 0 && seen.has(names.slice(0, i).join('.'))));
  if (clash !== undefined)
    throw new ServerError(40, `Updating the path '${clash}' would create a conflict at '${clash}'`);
}

/** `arrayFilters` by their identifiers, the names in `$[name]`. */
function namedFilters(arrayFilters: Document[], paths: string[]): Map<string, Predicate> {
  return new Map(
    arrayFilters.map((filter) => {
      const name = Object.keys(filter)[0]?.split('.')[0] ?? '';
      if (name.startsWith('$')) throw unsupported(`array filter ${name}`);
      if (!paths.some((path) => path.includes(`$[${name}]`))) {
        throw new ServerError(9, `The array filter for identifier '${name}' was not used in the update`);
      }
      return [name, compileFilter(filter)];
    }),
  );
}

/** Replaces `$[]` and `$[name]` by the positions that they mean in this document. */
function concretePaths(value: unknown, path: string[], filters: Map<string, Predicate>): string[][] {
  const [head, ...rest] = path;
  if (head === undefined) return [[]];
  const name = /^\$\[(\w*)\]$/.exec(head)?.[1];
  if (name === undefined) {
    if (head.startsWith('$')) throw unsupported(`the path segment ${head}; $[name] with arrayFilters`);
    return concretePaths(at(value, [head]), rest, filters).map((tail) => [head, ...tail]);
  }
  const filter = filters.get(name);
  if (!Array.isArray(value)) throw new ServerError(2, `Cannot apply ${head} to a value that is not an array`);
  if (name !== '' && filter === undefined) throw new ServerError(2, `No array filter found for identifier '${name}'`);
  return value.flatMap((element: unknown, i) => {
    if (filter !== undefined && !filter({ [name]: element })) return [];
    return concretePaths(element, rest, filters).map((tail) => [String(i), ...tail]);
  });
}

const has = (container: unknown, name: string): container is Document =>
  (isDocument(container) || (Array.isArray(container) && name !== 'length')) && Object.hasOwn(container, name);

function at(value: unknown, [head, ...rest]: string[]): unknown {
  if (head === undefined) return value;
  return has(value, head) ? at(value[head], rest) : undefined;
}

function put(container: unknown, [head = '', ...rest]: string[], value: unknown): void {
  if (head === '' || head === '__proto__') throw unsupported(`the field name '${head}'`);
  const viable = isDocument(container) || (Array.isArray(container) && /^\d{1,6}$/.test(head));
  if (!viable) throw new ServerError(28, `Cannot create field '${head}' in element ${JSON.stringify(container)}`);
  if (Array.isArray(container)) while (container.length < Number(head)) container.push(null);
  const fields = container as Document;
  if (rest.length === 0) fields[head] = value;
  else {
    if (!has(container, head)) fields[head] = {};
    put(fields[head], rest, value);
  }
}

function remove(document: Document, path: string[]): void {
  const last = path[path.length - 1] ?? '';
  const container = at(document, path.slice(0, -1));
  if (Array.isArray(container)) container[Number(last)] = null;
  else if (has(container, last)) delete container[last];
}

function number(value: unknown, operator: string, path: string): number {
  if (typeof value === 'number') return value;
  if (/^(Long|Decimal128)$/.test((value as { _bsontype?: string } | null)?._bsontype ?? '')) {
    throw unsupported(`${operator} with a Long or Decimal128 at '${path}'`);
  }
  throw new ServerError(14, `Cannot apply ${operator} to a value of non-numeric type at '${path}'`);
}

function array(value: unknown, operator: string, path: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new ServerError(2, `The field '${path}' must be an array for ${operator}`);
}

function onlyModifiers(operand: Document, known: string[]): Document {
  const other = Object.keys(operand).find((name) => !known.includes(name));
  if (other !== undefined) throw new ServerError(2, `Unrecognized clause: ${other}`);
  if (!Array.isArray(operand.$each)) throw new ServerError(2, 'The argument to $each must be an array');
  return operand;
}

function push(current: unknown[], operand: unknown): unknown[] {
  if (!isOperators(operand)) return [...current, operand];
  const modifiers = onlyModifiers(operand, ['$each', '$position', '$slice', '$sort']);
  let next = current.slice();
  next.splice((modifiers.$position as number | undefined) ?? next.length, 0, ...(modifiers.$each as unknown[]));
  if (typeof modifiers.$sort === 'number') next.sort((a, b) => compare(a, b) * Number(modifiers.$sort));
  else if (modifiers.$sort !== undefined) next = sorted(next as Document[], sortOrder(modifiers.$sort));
  const slice = modifiers.$slice as number | undefined;
  if (slice === undefined) return next;
  return slice >= 0 ? next.slice(0, slice) : next.slice(slice);
}

/** `$pull` by a condition on the element itself, on its fields, or by equality. */
function elementFilter(condition: unknown): (element: unknown) => boolean {
  if (isOperators(condition) || condition instanceof BSONRegExp) {
    const matches = compileFilter({ element: condition });
    return (element) => matches({ element });
  }
  if (!isDocument(condition)) return (element) => keyOf(element) === keyOf(condition);
  const matches = compileFilter(condition);
  return (element) => isDocument(element) && matches(element);
}
