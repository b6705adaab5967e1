/** Longest record in UTF-16 code units, its line breaks included. */
export const LONGEST_RECORD = 1024 * 1024;

const LF = 10;
const CR = 13;
const QUOTE = 34;
const SPACE = 32;
const TAB = 9;

export type CsvDelimiter = ',' | ';' | '\t';

const DELIMITERS: CsvDelimiter[] = [',', ';', '\t'];

export type Scanned =
  /** `end`: where the next record begins. `lineBreaks`: how many line breaks lie between `start` and `end`. */
  | { kind: 'record'; end: number; lineBreaks: number; cells: string[] }
  | { kind: 'malformed'; end: number; lineBreaks: number; problem: string }
  | { kind: 'empty'; end: number; lineBreaks: number }
  /** The text ends before the record does. */
  | { kind: 'unfinished'; insideQuotes: boolean };

/**
 * Reads the one record of delimited text (RFC 4180) that begins at `start`. Lines end with LF, CRLF or CR; a quote in
 * the middle of a plain cell is an ordinary character; text after a closing quote makes the record malformed, and the
 * next one begins on the next line. `isLast`: nothing follows the text.
 *
 * Written by hand because csv-parse 7 cannot say the line where a record begins: its `info.lines` is where one ends,
 * and it counts CRLF inside quotes as two. It also stops at the first malformed quote.
 */
export function scanRecord(text: string, start: number, delimiter: CsvDelimiter, isLast: boolean): Scanned {
  const separator = delimiter.charCodeAt(0);
  const cells: string[] = [];
  let lineBreaks = 0;
  let position = start;
  for (;;) {
    if (text.charCodeAt(position) === QUOTE) {
      const closing = closingQuote(text, position + 1);
      if (closing === -1) return { kind: 'unfinished', insideQuotes: true };
      const quoted = text.slice(position + 1, closing);
      cells.push(quoted.includes('"') ? quoted.replaceAll('""', '"') : quoted);
      lineBreaks += countLineBreaks(quoted);
      position = closing + 1;
      const next = text.charCodeAt(position);
      if (next !== separator && !isLineBreak(next) && position < text.length) {
        return malformed(text, position, lineBreaks, isLast);
      }
    } else {
      const from = position;
      position = endOfPlainCell(text, position, separator);
      cells.push(text.slice(from, position));
    }
    if (text.charCodeAt(position) === separator) {
      position++;
      continue;
    }
    const end = endOfLine(text, position, isLast);
    if (end === -1) return { kind: 'unfinished', insideQuotes: false };
    if (end > position) lineBreaks++;
    const isEmpty = cells.length === 1 && text.charCodeAt(start) !== QUOTE && cells[0]?.trim() === '';
    return isEmpty ? { kind: 'empty', end, lineBreaks } : { kind: 'record', end, lineBreaks, cells };
  }
}

/**
 * The commonest of comma, semicolon and tab outside quotes in the line at `start`; the comma where none occurs, as in a
 * blank line. Null when the text ends before that line does.
 */
export function commonestDelimiter(text: string, start: number, isLast: boolean): CsvDelimiter | null {
  const blank = endOfBlank(text, start);
  // Decided without a look at what follows: a file may begin with a million empty lines.
  if (isLineBreak(text.charCodeAt(blank))) return ',';
  const isCut = !isLast && text.length - start <= LONGEST_RECORD;
  const first = text.slice(start, start + LONGEST_RECORD);
  const line = lineOutsideQuotes(first, isLast) ?? (isCut ? null : (first.split(/[\r\n]/, 1)[0] ?? ''));
  if (line === null) return null;
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** Past the white space at `start`, but for line breaks. */
function endOfBlank(text: string, start: number): number {
  let position = start;
  while (position < text.length && isBlank(text.charCodeAt(position))) position++;
  return position;
}

const isBlank = (code: number): boolean =>
  code === SPACE || code === TAB || (!isLineBreak(code) && String.fromCharCode(code).trim() === '');

/** The first line without what is between quotes, null when it is not complete. */
function lineOutsideQuotes(text: string, isLast: boolean): string | null {
  let outside = '';
  let from = 0;
  for (const { index, 0: found } of text.matchAll(/"[^"]*(?:"|$)|[\r\n]/g)) {
    outside += text.slice(from, index);
    if (found === '\r' || found === '\n') return outside;
    if (found.length === 1 || !found.endsWith('"')) return null;
    from = index + found.length;
  }
  return isLast ? outside + text.slice(from) : null;
}

/** Where the next line begins, -1 when the text ends before. */
export function nextLine(text: string, start: number, isLast: boolean): number {
  let position = start;
  while (position < text.length && !isLineBreak(text.charCodeAt(position))) position++;
  return endOfLine(text, position, isLast);
}

function malformed(text: string, position: number, lineBreaks: number, isLast: boolean): Scanned {
  const end = nextLine(text, position, isLast);
  if (end === -1) return { kind: 'unfinished', insideQuotes: false };
  const range =
    lineBreaks === 0 ? '' : ` The quoted text runs over ${lineBreaks + 1} lines, all of which are left out.`;
  const total = lineBreaks + (isLineBreak(text.charCodeAt(end - 1)) ? 1 : 0);
  const problem = `There is text after a closing quote; a quote inside quotes is written twice.${range}`;
  return { kind: 'malformed', end, lineBreaks: total, problem };
}

/** The first quote that is not one of two, or the last in the text; -1 when there is none. */
function closingQuote(text: string, start: number): number {
  for (let position = start; ; position += 2) {
    position = text.indexOf('"', position);
    if (position === -1) return -1;
    if (text.charCodeAt(position + 1) !== QUOTE) return position;
  }
}

function endOfPlainCell(text: string, start: number, separator: number): number {
  let position = start;
  for (; position < text.length; position++) {
    const code = text.charCodeAt(position);
    if (code === separator || isLineBreak(code)) break;
  }
  return position;
}

/** Past the line break at `position`, or the end of the last text; -1 when what follows must be seen first. */
function endOfLine(text: string, position: number, isLast: boolean): number {
  if (position >= text.length) return isLast ? position : -1;
  if (text.charCodeAt(position) === LF) return position + 1;
  if (position + 1 === text.length) return isLast ? position + 1 : -1;
  return text.charCodeAt(position + 1) === LF ? position + 2 : position + 1;
}

function isLineBreak(code: number): boolean {
  return code === LF || code === CR;
}

/** As an editor counts them: CRLF is one. */
export function countLineBreaks(text: string): number {
  return text.includes('\n') || text.includes('\r') ? text.split(/\r\n|\n|\r/).length - 1 : 0;
}
