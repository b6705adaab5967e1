import { open } from 'node:fs/promises';
import {
  commonestDelimiter,
  countLineBreaks,
  LONGEST_RECORD,
  nextLine,
  scanRecord,
  type CsvDelimiter,
  type Scanned,
} from './record-scanner.js';
import { detectEncoding, hasUndecodable, TextDecoding, type CsvEncoding } from './text-encoding.js';

/** Comes first, once. `line` is 1 unless empty lines precede it. */
export interface CsvHeader {
  kind: 'header';
  line: number;
  cells: string[];
  encoding: CsvEncoding;
  delimiter: CsvDelimiter;
}

/** `line` is where the record begins, as an editor counts lines from 1. The cells are as many as the file gives. */
export interface CsvRecord {
  kind: 'record';
  line: number;
  cells: string[];
}

/** A record that cannot be read; the file goes on after it. */
export interface CsvProblem {
  kind: 'problem';
  line: number;
  problem: string;
}

/** Comes last, when nothing from `line` on can be read. */
export interface CsvFailure {
  kind: 'failure';
  line: number;
  problem: string;
}

export type CsvItem = CsvHeader | CsvRecord | CsvProblem | CsvFailure;

const CHUNK_BYTES = 256 * 1024;

/**
 * Reads a CSV file in constant memory: the header, then records and problems in the order of the file. Empty lines are
 * skipped, and counted as lines. Encoding and delimiter are detected. A record longer than 1 MiB is a problem; when a
 * quote is still open there, or at the end of the file, it is the failure that ends the reading.
 * The file is closed when the reading ends in any way. Throws what the file system throws, and the signal's reason.
 */
export async function* readCsv(
  path: string,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<CsvItem, void, undefined> {
  const file = await open(path, 'r');
  try {
    const detected = await detectEncoding(file);
    if ('problem' in detected) {
      yield { kind: 'failure', line: 1, problem: detected.problem };
      return;
    }
    const decoding = new TextDecoding(detected.encoding);
    const records = new RecordReader(detected.encoding);
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let position = detected.markBytes, isLast = false; !isLast;) {
      options.signal?.throwIfAborted();
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
      position += bytesRead;
      isLast = bytesRead === 0;
      for (const item of records.take(decoding.decode(chunk.subarray(0, bytesRead), isLast), isLast)) {
        yield item;
        if (item.kind === 'failure') return;
      }
    }
  } finally {
    await file.close();
  }
}

/** Turns decoded text, chunk by chunk, into items; keeps no more than the record that is not complete. */
export class RecordReader {
  private text = '';
  private start = 0;
  private line = 1;
  private delimiter: CsvDelimiter | null = null;
  private isSkippingLine = false;
  private mayHaveUndecodable = false;

  constructor(private readonly encoding: CsvEncoding) {}

  take(chunk: string, isLast: boolean): CsvItem[] {
    this.text = this.text.slice(this.start) + chunk;
    this.start = 0;
    this.mayHaveUndecodable ||= hasUndecodable(chunk, this.encoding);
    const items: CsvItem[] = [];
    while (this.advance(items, isLast)) if (items.at(-1)?.kind === 'failure') return items;
    if (isLast && this.delimiter === null) items.push(this.failure('The file is empty.'));
    return items;
  }

  /** Reads on by one record or empty line; false when more text is needed. */
  private advance(items: CsvItem[], isLast: boolean): boolean {
    if (this.start >= this.text.length) return false;
    if (this.isSkippingLine) return this.skipLine(isLast);
    const delimiter = this.delimiter ?? commonestDelimiter(this.text, this.start, isLast);
    if (delimiter === null) return false;
    const scanned = scanRecord(this.text, this.start, delimiter, isLast);
    const length = (scanned.kind === 'unfinished' ? this.text.length : scanned.end) - this.start;
    if (length > LONGEST_RECORD) return this.leaveOutLongRecord(items, delimiter);
    if (scanned.kind === 'unfinished') {
      if (isLast) items.push(this.failure('The quote that is opened here is never closed.'));
      return isLast;
    }
    const item = this.itemOf(scanned, delimiter);
    if (item) items.push(item);
    this.start = scanned.end;
    this.line += scanned.lineBreaks;
    return true;
  }

  private itemOf(scanned: Exclude<Scanned, { kind: 'unfinished' }>, delimiter: CsvDelimiter): CsvItem | null {
    if (scanned.kind === 'empty') return null;
    const isHeader = this.delimiter === null;
    this.delimiter = delimiter;
    let problem: string;
    if (scanned.kind === 'malformed') problem = scanned.problem;
    else if (isHeader && scanned.cells.some((cell) => cell.includes('\0'))) {
      problem = 'The first line has NUL characters: this is no text. Save it as CSV.';
    } else if (this.mayHaveUndecodable && scanned.cells.some((cell) => hasUndecodable(cell, this.encoding))) {
      problem = `There are bytes that are not ${this.encoding}.`;
    } else {
      const { cells } = scanned;
      const { line, encoding } = this;
      return isHeader ? { kind: 'header', line, cells, encoding, delimiter } : { kind: 'record', line, cells };
    }
    return isHeader ? this.failure(problem) : { kind: 'problem', line: this.line, problem };
  }

  private failure(problem: string): CsvFailure {
    return { kind: 'failure', line: this.line, problem };
  }

  private leaveOutLongRecord(items: CsvItem[], delimiter: CsvDelimiter): true {
    // One unit less, so that a CR there is not parted from its LF.
    const known = this.text.slice(this.start, this.start + LONGEST_RECORD - 1);
    const state = scanRecord(known, 0, delimiter, false);
    const problem = 'The record is longer than 1 MiB.';
    if (this.delimiter === null) items.push(this.failure(problem));
    else if (state.kind === 'unfinished' && state.insideQuotes) {
      items.push(this.failure(`${problem} A quote that is opened in it is not closed.`));
    } else {
      items.push({ kind: 'problem', line: this.line, problem });
    }
    this.line += countLineBreaks(known);
    this.start += known.length;
    this.isSkippingLine = true;
    return true;
  }

  private skipLine(isLast: boolean): boolean {
    const next = nextLine(this.text, this.start, isLast);
    if (next === -1) {
      const keepsCr = this.text.endsWith('\r');
      this.start = this.text.length - (keepsCr ? 1 : 0);
      return false;
    }
    this.start = next;
    this.line++;
    this.isSkippingLine = false;
    return true;
  }
}
