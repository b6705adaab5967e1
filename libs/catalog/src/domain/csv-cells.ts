import { tidyName } from '@holdfast/kernel';
import { CATALOG_LIMITS } from './catalog-limits.js';
import { reasonAgainstMetadata } from './metadata-keys.js';
import { parsed, refused, type Parsed } from './parsed.js';

const FORMULA = /^'*[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",;\t\r\n]/;
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
 * A cell of a comma-separated record (RFC 4180) that no spreadsheet runs. Quoted where it has any delimiter that a
 * reader may look for, so that the names in a header do not mislead it.
 */
export function csvCell(text: string): string {
  const cell = escapeFormula(text);
  return NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
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
  return typeof value === 'string' && standsForItself(value) ? value : printableJson(value);
}

/** The JSON object in the cell of an exported column `metadata`: keys that have no column of their own. Null for any other text. */
export function readMetadataObjectCell(text: string): Parsed<Record<string, unknown>> | null {
  const value = jsonOr(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const reason = reasonAgainstMetadata(value);
  return reason === null ? parsed(value as Record<string, unknown>) : refused(reason);
}

/** JSON that `isPrintable`: JSON.stringify leaves the control characters from U+007F on as they are. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /\p{Cc}/gu,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
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
    if (!isLibraryName(library)) return refused('The holdings name a library that cannot be.');
    if (!isUnits(units))
      return refused(`The units of a library are not a whole number from 0 to ${CATALOG_LIMITS.units}.`);
    if (holdings.has(library)) return refused('The holdings name a library twice.');
    holdings.set(library, units);
  }
  return parsed(Object.fromEntries(holdings));
}

/** The cell that `readHoldingsCell` reads: a library whose name it would not take goes by its id. */
export function writeHoldingsCell(holdings: readonly { id: string; library: string; units: number }[]): string {
  return JSON.stringify(
    Object.fromEntries(holdings.map(({ id, library, units }) => [isLibraryName(library) ? library : id, units])),
  );
}

/** Names that are not tidy would be other ones once they are read. */
const isLibraryName = (name: string): boolean =>
  name !== '' &&
  name.length <= CATALOG_LIMITS.library &&
  name === tidyName(name) &&
  isPrintable(name) &&
  name !== '__proto__';

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
