import { CATALOG_LIMITS } from './catalog-limits.js';

/** Each changes what an object is, or is taken for: the last by the driver of MongoDB. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype', '_bsontype']);
const UNFIT = /^\$|\.|\p{Cc}|\p{Cs}/gu;

export const METADATA_KEY_RULE = 'a metadata key has no dot, no control character and no leading $.';

/** The name with `_` for each character that a metadata key cannot have: document stores read dots and $ as paths. */
export function fitForMetadataKey(name: string): string {
  return name.replace(UNFIT, '_');
}

/** Why this cannot be a key of a book's metadata, at any depth; null when it can. */
export function reasonAgainstMetadataKey(key: string): string | null {
  if (key === '') return 'A metadata key is not empty.';
  if (key.length > CATALOG_LIMITS.metadataKey) {
    return `A metadata key has at most ${CATALOG_LIMITS.metadataKey} characters.`;
  }
  if (FORBIDDEN.has(key)) return `"${key}" cannot be a metadata key.`;
  return key === fitForMetadataKey(key) ? null : `Another key is needed: ${METADATA_KEY_RULE}`;
}

/**
 * Why this JSON value cannot stand in a book's metadata: a key, the depth, what no database keeps (a NUL, half of a
 * surrogate pair), or a number such as 1e400 that was read as infinite. Other numbers are kept as doubles (RFC 8259,
 * section 6).
 */
export function reasonAgainstMetadata(value: unknown, depth = 0): string | null {
  if (typeof value === 'string') return reasonAgainstText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'A metadata number is too large.';
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= CATALOG_LIMITS.metadataDepth) return `Metadata is nested deeper than ${CATALOG_LIMITS.metadataDepth}.`;
  for (const [key, inner] of Object.entries(value)) {
    const reason =
      (Array.isArray(value) ? null : reasonAgainstMetadataKey(key)) ?? reasonAgainstMetadata(inner, depth + 1);
    if (reason !== null) return reason;
  }
  return null;
}

function reasonAgainstText(text: string): string | null {
  if (text.includes('\0')) return 'A metadata value has a NUL character.';
  return text.isWellFormed() ? null : 'A metadata value has half of a surrogate pair.';
}
