import type { FieldError } from '@holdfast/kernel';
import { checkMapping, type ColumnMapping, type Finding } from './csv-columns.js';

export const uploadStatuses = ['queued', 'processing', 'completed', 'failed', 'cancelled'] as const;
export type UploadStatus = (typeof uploadStatuses)[number];

/** Nothing of the upload changes any more. */
export const hasEnded = (status: UploadStatus): boolean => status !== 'queued' && status !== 'processing';

/**
 * Grows with the status, for If-Match: whoever cancels an upload that was queued may mind that it has begun since, but not
 * how far it is by now.
 */
export const versionOf = (status: UploadStatus): number => (hasEnded(status) ? 3 : status === 'processing' ? 2 : 1);

/** What the uploader asks for. */
export interface UploadOptions {
  mapping: ColumnMapping;
  /** Count what would be, and change nothing. */
  dryRun: boolean;
  /** What becomes of a book that is there already. */
  onExisting: 'update' | 'skip';
}

/** The options as they come: texts, the mapping also as JSON that was read already. */
export type GivenUploadOptions = Partial<Record<'mapping' | 'mode' | 'onExisting', unknown>>;

/** Every record of a file has exactly one outcome. */
export type RowOutcome = 'inserted' | 'updated' | 'unchanged' | 'skipped' | 'failed';

export interface RowResult {
  /** Where the record begins in the file; the header is line 1. */
  line: number;
  outcome: RowOutcome;
  errors: readonly Finding[];
  warnings: readonly Finding[];
}

/** Records by outcome; `warned` ones have an outcome besides. */
export type RowCounts = Record<RowOutcome | 'warned', number>;

/** How an upload ended. */
export type UploadEnd = { status: 'completed' } | { status: 'failed'; failure: string };

export function countsOf(results: readonly RowResult[]): RowCounts {
  const counts: RowCounts = { inserted: 0, updated: 0, unchanged: 0, skipped: 0, failed: 0, warned: 0 };
  for (const { outcome, warnings } of results) {
    counts[outcome]++;
    if (outcome !== 'failed' && warnings.length > 0) counts.warned++;
  }
  return counts;
}

/** Checks the options; all that is wrong is said at once. */
export function readUploadOptions(
  given: GivenUploadOptions,
): { ok: true; options: UploadOptions } | { ok: false; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const mode = oneOf('mode', given.mode, ['import', 'dry-run'], errors);
  const onExisting = oneOf('onExisting', given.onExisting, ['update', 'skip'], errors);
  const mapping = readMapping(given.mapping, errors);
  return errors.length > 0
    ? { ok: false, errors }
    : { ok: true, options: { mapping, dryRun: mode === 'dry-run', onExisting } };
}

/** The first is the default. */
function oneOf<T extends string>(name: string, value: unknown, known: readonly [T, ...T[]], errors: FieldError[]): T {
  const found = value === undefined || value === '' ? known[0] : known.find((one) => one === value);
  if (found === undefined) errors.push({ pointer: `/${name}`, detail: `must be ${known.join(' or ')}` });
  return found ?? known[0];
}

function readMapping(value: unknown, errors: FieldError[]): ColumnMapping {
  if (value === undefined || value === '') return {};
  const mapping = checkMapping(typeof value === 'string' ? jsonOrNull(value) : value);
  if (mapping.ok) return mapping.value;
  errors.push({ pointer: '/mapping', detail: mapping.reason });
  return {};
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
