import { ObjectId, type Document } from 'bson';
import { $elemMatch } from 'mingo/operators/query';
import { type Options } from 'mingo/types';
import { isDocument, keyOf } from './values.js';

// In place of mingo's: these tell the order of fields, see null in elements, and do not take a scalar for its own field.

type FieldTest = (document: Document) => boolean;

const types: Record<string, (value: unknown) => boolean> = {
  array: Array.isArray,
  bool: (value) => typeof value === 'boolean',
  date: (value) => value instanceof Date,
  null: (value) => value === null,
  number: (value) => typeof value === 'number',
  object: isDocument,
  objectId: (value) => value instanceof ObjectId,
  string: (value) => typeof value === 'string',
};

/** `$type` tells these apart; int, long and double are one JavaScript type here. */
export const isTellableType = (name: unknown): boolean => typeof name === 'string' && Object.hasOwn(types, name);

/** What a path leads to, through arrays of documents; `undefined` where a document on the way has no such field. */
function leaves(value: unknown, [head, ...rest]: readonly string[]): unknown[] {
  if (head === undefined) return [value];
  if (Array.isArray(value)) {
    const element: unknown = /^\d+$/.test(head) ? value[Number(head)] : undefined;
    const inside = value.filter(isDocument).flatMap((each) => leaves(each, [head, ...rest]));
    return element === undefined ? inside : [...leaves(element, rest), ...inside];
  }
  return isDocument(value) && Object.hasOwn(value, head) ? leaves(value[head], rest) : [undefined];
}

/** Tests the value at the path itself and, where it is an array, each of its elements. */
function someValue(path: string, test: (value: unknown) => boolean): FieldTest {
  const names = path.split('.');
  return (document) => leaves(document, names).some((leaf) => test(leaf) || (Array.isArray(leaf) && leaf.some(test)));
}

const not =
  (test: FieldTest): FieldTest =>
  (document) =>
    !test(document);

function $in(path: string, wanted: unknown): FieldTest {
  if (!Array.isArray(wanted)) throw new Error('$in, $nin and $all need an array');
  const patterns = wanted.filter((value) => value instanceof RegExp);
  const keys = new Set(wanted.filter((value) => !(value instanceof RegExp)).map(keyOf));
  const matchesPattern = (value: unknown): boolean =>
    typeof value === 'string' && patterns.some((pattern) => pattern.test(value));
  return someValue(path, (value) => keys.has(keyOf(value)) || matchesPattern(value));
}

function $eq(path: string, value: unknown): FieldTest {
  if (value instanceof RegExp) throw new Error('$eq and $ne with a regular expression are not supported');
  return $in(path, [value]);
}

function $all(path: string, wanted: unknown, options: Options): FieldTest {
  if (!Array.isArray(wanted)) return $in(path, wanted);
  const tests = wanted.map((each: unknown): FieldTest => {
    return isDocument(each) && '$elemMatch' in each ? $elemMatch(path, each.$elemMatch, options) : $in(path, [each]);
  });
  return (document) => tests.length > 0 && tests.every((test) => test(document));
}

export const equality = {
  $eq: (path: string, value: unknown, _options: Options) => $eq(path, value),
  $ne: (path: string, value: unknown, _options: Options) => not($eq(path, value)),
  $in: (path: string, wanted: unknown, _options: Options) => $in(path, wanted),
  $nin: (path: string, wanted: unknown, _options: Options) => not($in(path, wanted)),
  $all,
  $type: (path: string, wanted: unknown, _options: Options) =>
    someValue(path, (value) => [wanted].flat().some((name) => types[String(name)]?.(value))),
} satisfies Record<string, (path: string, operand: Document, options: Options) => FieldTest>;
