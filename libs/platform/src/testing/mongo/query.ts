import { BSONRegExp, UUID, type Document } from 'bson';
import { Aggregator } from 'mingo/aggregator';
import { Context } from 'mingo/core';
import { Lazy, type Iterator } from 'mingo/lazy';
import * as accumulator from 'mingo/operators/accumulator';
import * as expression from 'mingo/operators/expression';
import * as stages from 'mingo/operators/pipeline';
import * as query from 'mingo/operators/query';
import { Query } from 'mingo/query';
import { equality, isTellableType } from './equality.js';
import { ServerError, unsupported } from './errors.js';
import { clone, isDocument, sorted } from './values.js';

export type Predicate = (document: Document) => boolean;
export type CollectionByName = (name: string) => Iterable<Document>;

/** Stages not named here, $out, $merge, $changeStream and $geoNear among them, are refused as unregistered. */
const pipeline = {
  $addFields: stages.$addFields,
  $bucket: stages.$bucket,
  $facet: stages.$facet,
  $group: stages.$group,
  $limit: stages.$limit,
  $lookup: stages.$lookup,
  $match: stages.$match,
  $project: stages.$project,
  $replaceRoot: stages.$replaceRoot,
  $replaceWith: stages.$replaceWith,
  $sample: stages.$sample,
  $set: stages.$set,
  $skip: stages.$skip,
  $sortByCount: stages.$sortByCount,
  $unionWith: stages.$unionWith,
  $unset: stages.$unset,
  $unwind: stages.$unwind,
  // mingo sorts arrays and BSON classes differently, and counts an empty input as one document with 0.
  $sort: (source: Iterator, order: unknown, _options: unknown) =>
    source.transform((documents) => Lazy(sorted(documents as Document[], sortOrder(order)))),
  $count: (source: Iterator, field: unknown, _options: unknown) =>
    source.transform((documents) => Lazy(documents.length > 0 ? [{ [String(field)]: documents.length }] : [])),
};
const options = {
  context: Context.init({ accumulator, expression, pipeline, query: { ...query, ...equality } }),
  scriptEnabled: false,
};

/** @throws ServerError 2 for an operator that MongoDB or the stand-in does not know. */
export function compileFilter(filter: unknown): Predicate {
  if (!isDocument(filter)) throw new ServerError(14, 'a filter must be a document');
  const compiled = asBadValue(() => new Query(usable(filter) as Document, options));
  return (document) => asBadValue(() => compiled.test(document));
}

/** Runs stages over copies of the documents. Collections named by `$lookup` and `$unionWith` are copied as well. */
export function aggregate(documents: Iterable<Document>, stages: unknown[], named: CollectionByName): Document[] {
  const collectionResolver = (name: string): Document[] => Array.from(named(name), clone);
  return asBadValue(() =>
    new Aggregator(usable(stages) as Document[], { ...options, collectionResolver }).run(Array.from(documents, clone)),
  );
}

export function sortOrder(order: unknown): Record<string, 1 | -1> {
  const fields = Object.entries(isDocument(order) ? order : {});
  if (fields.some(([path, direction]) => path.startsWith('$') || (direction !== 1 && direction !== -1))) {
    throw unsupported(`sort by ${JSON.stringify(order)}`);
  }
  return Object.fromEntries(fields);
}

interface FieldTree {
  [field: string]: FieldTree | true;
}

/** Inclusion or exclusion of dotted paths, `_id` apart; operators and expressions are refused. */
export function projector(projection: Document = {}): (document: Document) => Document {
  const fields = Object.entries(projection);
  for (const [path, value] of fields) {
    if (path.includes('$') || !(typeof value === 'number' || typeof value === 'boolean')) {
      throw unsupported(`projection ${JSON.stringify({ [path]: value })}`);
    }
  }
  if (fields.length === 0) return (document) => document;
  const others = fields.filter(([path]) => path !== '_id');
  const including = Boolean((others[0] ?? fields[0])?.[1]);
  if (others.some(([, value]) => Boolean(value) !== including)) {
    throw new ServerError(2, 'Cannot do exclusion on a field in inclusion projection, or the other way round');
  }
  const withId = Boolean(projection._id ?? true);
  const paths = [...others.map(([path]) => path), ...(withId === including ? ['_id'] : [])];
  const tree = fieldTree(paths);
  return (document) => (including ? include : exclude)(document, tree) as Document;
}

function fieldTree(paths: string[]): FieldTree {
  const root: FieldTree = {};
  for (const path of paths) {
    const names = path.split('.');
    const last = names.pop() ?? path;
    let node = root;
    for (const name of names) {
      const next = (node[name] ??= {});
      if (next === true) throw new ServerError(2, `Path collision at ${path}`);
      node = next;
    }
    if (last in node) throw new ServerError(2, `Path collision at ${path}`);
    node[last] = true;
  }
  return root;
}

function include(value: unknown, tree: FieldTree): unknown {
  if (Array.isArray(value)) return value.filter(hasFields).map((element) => include(element, tree));
  const kept = Object.entries(value as Document).flatMap(([name, inner]): [string, unknown][] => {
    const branch = Object.hasOwn(tree, name) ? tree[name] : undefined;
    if (branch === true) return [[name, inner]];
    return branch !== undefined && hasFields(inner) ? [[name, include(inner, branch)]] : [];
  });
  return Object.fromEntries(kept);
}

function exclude(value: unknown, tree: FieldTree): unknown {
  if (Array.isArray(value)) return value.map((element) => (hasFields(element) ? exclude(element, tree) : element));
  const kept = Object.entries(value as Document).flatMap(([name, inner]): [string, unknown][] => {
    const branch = Object.hasOwn(tree, name) ? tree[name] : undefined;
    if (branch === true) return [];
    return [[name, branch !== undefined && hasFields(inner) ? exclude(inner, branch) : inner]];
  });
  return Object.fromEntries(kept);
}

const hasFields = (value: unknown): boolean => Array.isArray(value) || isDocument(value);

/** Makes BSON regular expressions mingo's, and refuses what mingo would compare wrongly without a word. */
function usable(value: unknown, name = ''): unknown {
  if (name === '$type' && [value].flat().some((type) => !isTellableType(type) && !String(type).startsWith('$'))) {
    throw unsupported(`$type ${JSON.stringify(value)}`);
  }
  if (name === '$options' && /[^ims]/.test(String(value))) throw unsupported(`$options ${String(value)}`);
  if (Array.isArray(value)) return value.map((inner) => usable(inner));
  if (isDocument(value)) return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, usable(v, key)]));
  if (value instanceof BSONRegExp) {
    if (/[^imsu]/.test(value.options)) throw unsupported(`regular expression flag in ${value.options}`);
    return new RegExp(value.pattern, value.options);
  }
  const bsonType = (value as { _bsontype?: string } | null | undefined)?._bsontype;
  if (bsonType !== undefined && bsonType !== 'ObjectId' && !(value instanceof UUID)) {
    throw unsupported(`a comparison with ${bsonType}`);
  }
  return value;
}

function asBadValue<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ServerError ? error : new ServerError(2, error instanceof Error ? error.message : 'failed');
  }
}
