import { CATALOG_LIMITS } from './catalog-limits.js';
import { CatalogError } from './errors.js';

/** A book's metadata: a JSON object of free form, within the limits of `reasonAgainstMetadata` and 64 KiB. */
export type Metadata = Record<string, unknown>;

/** What is to become of the metadata: all of it anew, or a JSON merge patch of what is there. */
export type MetadataChange = { replace: Metadata } | { merge: Metadata };

/**
 * The metadata with its keys in alphabetical order at every level, so that equal metadata is equal text in every store.
 * @throws CatalogError `metadata-too-large`
 */
export function checkedSize(metadata: Metadata): Metadata {
  const ordered = inOrder(metadata) as Metadata;
  if (Buffer.byteLength(JSON.stringify(ordered)) > CATALOG_LIMITS.metadataBytes) {
    throw new CatalogError('metadata-too-large', `At most ${CATALOG_LIMITS.metadataBytes / 1024} KiB are kept.`);
  }
  return ordered;
}

/** The same JSON with the keys of every object in alphabetical order. */
export function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}

/** JSON merge patch (RFC 7396, section 2): null removes a member, an object is merged, all else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

const isObject = (value: unknown): value is Metadata =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
