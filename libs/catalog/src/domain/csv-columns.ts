import { printable } from './csv-cells.js';
import { fitForMetadataKey, METADATA_KEY_RULE, reasonAgainstMetadataKey } from './metadata-keys.js';
import { parsed, refused, type Parsed } from './parsed.js';

/** What is wrong, or worth a look, in one cell. `column` is the name in the file's header, '' for a whole row. */
export interface Finding {
  column: string;
  /** The cell, cut to 200 characters; U+FFFD stands for each that no database keeps. */
  value: string;
  reason: string;
}

/** Source column → known column, `metadata.<key>` or any other name, under which it goes to the metadata. */
export type ColumnMapping = Readonly<Record<string, string>>;

/** Where each cell of a row goes: positions from 0 in the header. */
export interface ColumnPlan {
  /** The names as the file has them, trimmed. */
  names: string[];
  fields: Partial<Record<Field, number>>;
  /** In the order of the header. */
  isbns: number[];
  metadata: MetadataColumn[];
  /** For each column the metadata key under which a cell is kept that its field cannot take. */
  keptAs: string[];
  /** About the header line, such as a metadata key that had to be changed. */
  warnings: Finding[];
}

export interface MetadataColumn {
  position: number;
  key: string;
  /** A `metadata.<key>` column of an export, where a cell may hold JSON. */
  holdsJson: boolean;
}

export type Field = (typeof FIELDS)[keyof typeof FIELDS];

const FIELDS = {
  id: 'id',
  title: 'title',
  author: 'authors',
  authors: 'authors',
  price: 'price',
  publication_date: 'publicationDate',
  publication_year: 'publicationDate',
  genre: 'genre',
  language: 'language',
  description: 'description',
  units: 'units',
  library: 'library',
  holdings: 'holdings',
  metadata: 'metadata',
} as const;
const ISBN_COLUMNS = new Set(['isbn', 'isbn13']);
const METADATA_PREFIX = 'metadata.';
const MOST_COLUMNS = 1_000;
/** Nobody reads a thousand reasons against one row, and a hostile file has a million such rows. */
export const MOST_FINDINGS = 10;

export function finding(column: string, value: string, reason: string): Finding {
  return { column: shown(column), value: shown(value), reason: printable(reason) };
}

const shown = (text: string): string => printable(text.slice(0, 200));

/** As many as are told of a header or a row; then that there are more. */
export function toldOf(findings: Finding[]): Finding[] {
  const hasMore = findings.length > MOST_FINDINGS;
  return hasMore ? [...findings.slice(0, MOST_FINDINGS), finding('', '', 'And more is wrong.')] : findings;
}

/** The mapping of an upload, once parsed from JSON: an object of texts. */
export function checkMapping(value: unknown): Parsed<ColumnMapping> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused('The mapping is not a JSON object of column names.');
  }
  const mapping: [string, string][] = [];
  for (const [source, target] of Object.entries(value)) {
    if (typeof target !== 'string' || target.trim() === '') {
      return refused(`The mapping gives no column name for "${cut(source)}".`);
    }
    mapping.push([source.trim(), target.trim()]);
  }
  if (mapping.length > MOST_COLUMNS) return refused(`The mapping names more than ${MOST_COLUMNS} columns.`);
  return parsed(Object.fromEntries(mapping));
}

/**
 * Finds what each column of a header is. Known columns are found in any case: `title`, `author|authors`,
 * `isbn|isbn13` (any number of these), `price`, `publication_date|publication_year`, `genre`, `language`,
 * `description`, `units`, `library`, and from an export `id`, `holdings`, `metadata` and `metadata.<key>`; any other goes to the
 * metadata under its name, one without a name as `column_<n>`. In such a key, dots, control characters and a leading $
 * become `_`, with a warning; `__proto__`, `constructor` and `prototype` are refused.
 * Refused with the reasons: no title, two columns for one field or key, a mapping of columns that are not there.
 */
export function planColumns(
  header: readonly string[],
  mapping: ColumnMapping = {},
): { ok: true; plan: ColumnPlan } | { ok: false; errors: Finding[] } {
  if (header.length > MOST_COLUMNS) {
    return {
      ok: false,
      errors: [finding('', '', `The header has ${header.length} columns; at most ${MOST_COLUMNS} are read.`)],
    };
  }
  const names = header.map((name) => name.replace(/^\uFEFF/, '').trim());
  const { targets, errors } = applyMapping(names, mapping);
  const draft = new PlanDraft(names, errors);
  targets.forEach((target, position) => draft.place(target, position));
  return draft.finish();
}

function applyMapping(names: string[], mapping: ColumnMapping): { targets: string[]; errors: Finding[] } {
  const targets = names.map((name, position) => name || `column_${position + 1}`);
  const errors: Finding[] = [];
  for (const [source, target] of Object.entries(mapping)) {
    const position = positionOf(source, names);
    if (position === -1) {
      errors.push(finding(source, target, `The mapping names a column that the file does not have; ${seen(names)}`));
    } else {
      targets[position] = target;
    }
  }
  return { targets, errors };
}

/** As written, else in any case, where only one column is meant. */
function positionOf(source: string, names: string[]): number {
  const exact = names.indexOf(source);
  if (exact !== -1) return exact;
  const alike = names.flatMap((name, position) => (name.toLowerCase() === source.toLowerCase() ? [position] : []));
  return alike.length === 1 ? (alike[0] ?? -1) : -1;
}

class PlanDraft {
  private readonly plan: ColumnPlan;
  private readonly takenBy = new Map<string, number>();

  constructor(
    private readonly names: string[],
    private readonly errors: Finding[],
  ) {
    this.plan = { names, fields: {}, isbns: [], metadata: [], keptAs: names.map(keyFor), warnings: [] };
    const doubles = names.filter((name, position) => name !== '' && names.indexOf(name) !== position);
    for (const name of new Set(doubles)) errors.push(finding(name, name, 'The header has this column more than once.'));
  }

  place(target: string, position: number): void {
    const known = target.toLowerCase();
    if (ISBN_COLUMNS.has(known)) this.plan.isbns.push(position);
    else if (Object.hasOwn(FIELDS, known)) this.placeField(FIELDS[known as keyof typeof FIELDS], position);
    else if (known.startsWith(METADATA_PREFIX)) this.placeKey(target.slice(METADATA_PREFIX.length), position, true);
    else this.placeKey(target, position, false);
  }

  finish(): { ok: true; plan: ColumnPlan } | { ok: false; errors: Finding[] } {
    if (this.plan.fields.title === undefined) {
      this.errors.unshift(finding('title', '', `There is no column "title"; ${seen(this.names)}`));
    }
    return this.errors.length > 0 ? { ok: false, errors: toldOf(this.errors) } : { ok: true, plan: this.plan };
  }

  private placeField(field: Field, position: number): void {
    if (this.isFree(`field ${field}`, position)) this.plan.fields[field] = position;
  }

  private placeKey(name: string, position: number, holdsJson: boolean): void {
    const column = this.names[position] ?? '';
    const key = fitForMetadataKey(name);
    const reason = reasonAgainstMetadataKey(key);
    if (reason) {
      this.errors.push(finding(column, name, `${reason} Give the column another name with the mapping.`));
    } else if (this.isFree(`key ${key}`, position)) {
      if (key !== name)
        this.plan.warnings.push(finding(column, name, `Kept in the metadata as "${key}": ${METADATA_KEY_RULE}`));
      this.plan.metadata.push({ position, key, holdsJson });
    }
  }

  /** Two columns of one name are reported once, as such. */
  private isFree(place: string, position: number): boolean {
    const other = this.takenBy.get(place);
    if (other === undefined) {
      this.takenBy.set(place, position);
      return true;
    }
    const [first, second] = [this.names[other] ?? '', this.names[position] ?? ''];
    if (first !== second) {
      this.errors.push(
        finding(second, second, `Columns "${first}" and "${second}" mean the same; map one to another name.`),
      );
    }
    return false;
  }
}

function keyFor(name: string, position: number): string {
  const key = fitForMetadataKey(name);
  return reasonAgainstMetadataKey(key) === null ? key : `column_${position + 1}`;
}

function seen(names: string[]): string {
  return `the file has: ${cut(names.map((name) => name || '(no name)').join(', '), 500)}`;
}

function cut(text: string, length = 100): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
