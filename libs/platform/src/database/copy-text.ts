/** A cell of COPY; an array is one of PostgreSQL, of values without quotes, backslashes, commas and braces, such as ids. */
export type CopyCell = string | number | boolean | null | readonly string[];

const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
/** Characters that are sent at a time: much in one write, little in memory. */
const PIECE = 64 * 1024;

/** Rows in the text format of COPY (PostgreSQL, "COPY", File Formats), in pieces. */
export function* copyText(rows: Iterable<readonly CopyCell[]>): Generator<string, void, undefined> {
  let piece = '';
  for (const row of rows) {
    piece += `${row.map(cellOf).join('\t')}\n`;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function cellOf(cell: CopyCell): string {
  if (cell === null) return '\\N';
  if (typeof cell === 'object') return `{${cell.join()}}`;
  const text = String(cell);
  return SPECIAL.test(text) ? text.replace(/[\\\t\n\r]/g, (special) => ESCAPES[special] ?? special) : text;
}
