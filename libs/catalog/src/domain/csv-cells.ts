import { tidyName } from './author-names.js';
import { CATALOG_LIMITS } from './catalog-limits.js';
import { reasonAgainstMetadata } from './metadata-keys.js';
import { parsed, refused, type Parsed } from './parsed.js';

const FORMULA = /^'*[=+\-@\t\r]/;
const ESCAPED_FORMULA = /^'+[=+\-@\t\r]/;
const APOSTROPHE = 39;
/** Control characters, but for tab and line breaks, and halves of surrogate pairs: no text of a catalogue has them. */
const UNPRINTABLE = /[^\P{Cc}\t\n\r]|\p{Cs}/gu;
const BEGINS_LIKE_JSON = /^(?:[[{"\d-]|true$|false$|null$)/;

export function isPrintable(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Every cell of an import comes by here: the expression, ten times slower, sees only what may fail it.
    if (code < 32 || (code >= 127 && code < 160) || (code >= 0xd800 && code < 0xe000))
      return text.search(UNPRINTABLE) === -1;
  }
  return true;
}

/** The text for a report, which a database must be able to keep: U+FFFD for each character that is not printable. */
export function printable(text: string): string {
  return isPrintable(text) ? text : text.replace(UNPRINTABLE, '\uFFFD');
}

/** A cell that no spreadsheet takes for a formula: an apostrophe before a leading `=`, `+`, `-`, `@`, tab or CR. */
export function escapeFormula(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

/** Undoes `escapeFormula`, also where the text itself began with an apostrophe. */
export function unescapeFormula(cell: string): string {
  return cell.charCodeAt(0) === APOSTROPHE && ESCAPED_FORMULA.test(cell) ? cell.slice(1) : cell;
}

/**
 * The value in a cell of an exported column `metadata.<key>`: JSON where the text is JSON, else the text.
 * A number counts as JSON only in the form that JSON.stringify writes, so `007` and `1.50` stay text.
 */
export function readMetadataCell(text: string): Parsed<unknown> {
  const value = jsonOr(text);
  const reason = value === text ? null : reasonAgainstMetadata(value);
  return reason === null ? parsed(value) : refused(reason);
}

/** The cell that `readMetadataCell` reads as this value again, if it is one that metadata may hold. */
export function writeMetadataCell(value: unknown): string {
  return typeof value === 'string' && standsForItself(value) ? value : (JSON.stringify(value) ?? '');
}

/** A whole number from 0 to 100,000; `3.0`, as data frames write it, is 3. */
export function readUnitsCell(text: string): Parsed<number> {
  const digits = /^(\d+)(?:\.0+)?$/.exec(text)?.[1];
  const units = Number(digits ?? Number.NaN);
  return isUnits(units)
    ? parsed(units)
    : refused(`The units are not a whole number from 0 to ${CATALOG_LIMITS.units}.`);
}

/** The JSON object `{"<library>": units}` of an export. */
export function readHoldingsCell(text: string): Parsed<Record<string, number>> {
  const value = jsonOr(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused('The holdings are not a JSON object {"<library>": units}.');
  }
  const entries = Object.entries(value).map(
    ([library, units]: [string, unknown]) => [tidyName(library), units] as const,
  );
  if (entries.length > CATALOG_LIMITS.libraries) return refused(`More than ${CATALOG_LIMITS.libraries} libraries.`);
  const holdings = new Map<string, number>();
  for (const [library, units] of entries) {
    const isName = library !== '' && library.length <= CATALOG_LIMITS.library && isPrintable(library);
    if (!isName || library === '__proto__') return refused('The holdings name a library that cannot be.');
    if (!isUnits(units))
      return refused(`The units of a library are not a whole number from 0 to ${CATALOG_LIMITS.units}.`);
    if (holdings.has(library)) return refused('The holdings name a library twice.');
    holdings.set(library, units);
  }
  return parsed(Object.fromEntries(holdings));
}

function isUnits(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= CATALOG_LIMITS.units;
}

function jsonOr(text: string): unknown {
  if (!BEGINS_LIKE_JSON.test(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'number' && JSON.stringify(value) !== text ? text : value;
  } catch {
    return text;
  }
}

function standsForItself(text: string): boolean {
  return text !== '' && text === text.trim() && isPrintable(text) && jsonOr(text) === text;
}
