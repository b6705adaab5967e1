import { setImmediate } from 'node:timers/promises';
import { type ColumnMapping, type ColumnPlan, type Finding, finding, planColumns } from '../../domain/csv-columns.js';
import type { RowResult, UploadEnd } from '../../domain/upload.js';
import { failedRow, readUploadRow, type UploadRow } from '../../domain/upload-rows.js';
import type { UploadItem } from './upload-files.js';

/** So much text is one chunk, however few the records: it bounds what is held in memory. */
const CHUNK_CHARACTERS = 8 * 1024 * 1024;
/** After so many records others have their turn: reading never waits for anything but the disk. */
export const RECORDS_A_TURN = 25;

/** Records that are committed together. */
export interface Chunk {
  rows: UploadRow[];
  /** Of records that are no rows. */
  failed: RowResult[];
  headerWarnings: (Finding & { line: number })[];
  /** Null: there is more. */
  end: UploadEnd | null;
}

/**
 * Parts a file into chunks of `size` records, fewer where they are large, after the first `skip` of them. The last chunk,
 * which may be empty, says how the file ended.
 */
export async function* readChunks(
  items: AsyncIterable<UploadItem>,
  { mapping, skip, size }: { mapping: ColumnMapping; skip: number; size: number },
): AsyncGenerator<Chunk, void, undefined> {
  let plan: ColumnPlan | undefined;
  let chunk = emptyChunk();
  let characters = 0;
  let read = 0;
  for await (const item of items) {
    if (read % RECORDS_A_TURN === RECORDS_A_TURN - 1) await setImmediate();
    if (item.kind === 'failure') return yield { ...chunk, end: failed(item.line, item.problem) };
    if (item.kind === 'header') {
      const planned = planColumns(item.cells, mapping);
      if (!planned.ok) return yield { ...chunk, end: failed(item.line, reasonsOf(planned.errors)) };
      plan = planned.plan;
      if (skip === 0) chunk.headerWarnings = plan.warnings.map((warning) => ({ ...warning, line: item.line }));
    } else if (plan && ++read > skip) {
      if (chunk.rows.length + chunk.failed.length === size || characters > CHUNK_CHARACTERS) {
        yield chunk;
        chunk = emptyChunk();
        characters = 0;
      }
      addTo(chunk, plan, item);
      if (item.kind === 'record') for (const cell of item.cells) characters += cell.length;
    }
  }
  yield { ...chunk, end: { status: 'completed' } };
}

const emptyChunk = (): Chunk => ({ rows: [], failed: [], headerWarnings: [], end: null });

function addTo(chunk: Chunk, plan: ColumnPlan, item: Extract<UploadItem, { kind: 'record' | 'problem' }>): void {
  if (item.kind === 'problem') {
    chunk.failed.push(failedRow(item.line, [finding('', '', item.problem)]));
    return;
  }
  const row = readUploadRow(plan, item.line, item.cells);
  if ('outcome' in row) chunk.failed.push(row);
  else chunk.rows.push(row);
}

const failed = (line: number, problem: string): UploadEnd => ({
  status: 'failed',
  failure: line === 0 ? problem : `Line ${line}: ${problem}`,
});

const reasonsOf = (errors: readonly Finding[]): string =>
  errors.map(({ column, reason }) => (column ? `${column}: ${reason}` : reason)).join(' ');
