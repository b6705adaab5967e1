import { type Document } from 'bson';
import { unsupported } from './errors.js';

export type Predicate = (document: Document) => boolean;
type Test = (value: unknown) => boolean;

/** A plain subdocument: no array, date or BSON class. */
export const isDocument = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const operators: Record<string, (operand: unknown) => Test> = {
  $in: (operand) => {
    if (!Array.isArray(operand)) throw unsupported('$in without an array');
    const wanted = new Set<unknown>(operand.map(scalar));
    return (value) => wanted.has(value);
  },
  $lt: (operand) => {
    if (typeof operand !== 'number') throw unsupported('$lt with anything but a number');
    return (value) => typeof value === 'number' && value < operand;
  },
  $exists: (operand) => {
    if (typeof operand !== 'boolean') throw unsupported('$exists with anything but a truth value');
    return (value) => (value !== undefined) === operand;
  },
};

/** The conditions on fields, joined by "and". @throws ServerError 2 for all that is not in the README. */
export function compileFilter(filter: unknown): Predicate {
  if (!isDocument(filter)) throw unsupported('a filter that is no document');
  const tests = Object.entries(filter).map(([path, condition]) => {
    if (path.startsWith('$')) throw unsupported(`the operator ${path}`);
    const names = path.split('.');
    const test = testOf(condition);
    return (document: Document) => someValue(document, names, test);
  });
  return (document) => tests.every((test) => test(document));
}

function testOf(condition: unknown): Test {
  if (!isDocument(condition)) {
    const wanted = scalar(condition);
    return (value) => value === wanted;
  }
  const [name = '', ...others] = Object.keys(condition);
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (operator === undefined || others.length > 0) throw unsupported(`the condition ${JSON.stringify(condition)}`);
  return operator(condition[name]);
}

/** Tests the value at the path and, where it is an array, each of its elements. */
function someValue(value: unknown, [name, ...rest]: readonly string[], test: Test): boolean {
  if (name === undefined) return test(value) || (Array.isArray(value) && value.some(test));
  if (Array.isArray(value)) throw unsupported('a path through an array');
  return someValue(isDocument(value) && Object.hasOwn(value, name) ? value[name] : undefined, rest, test);
}

/** Null also means missing, documents and arrays have rules of their own: not needed here. */
function scalar(value: unknown): string | number | boolean {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw unsupported(`a comparison with ${JSON.stringify(value)}`);
}
