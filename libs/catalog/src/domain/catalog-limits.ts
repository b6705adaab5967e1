/** Lengths in UTF-16 code units, after white space was collapsed. */
export const CATALOG_LIMITS = {
  title: 500,
  author: 200,
  authors: 100,
  genre: 100,
  library: 200,
  description: 20_000,
  units: 100_000,
  /** In the holdings of one row. */
  libraries: 1_000,
  metadataBytes: 64 * 1024,
  metadataDepth: 32,
  metadataKey: 200,
} as const;
