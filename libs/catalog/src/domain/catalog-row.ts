import { tidyName, toNfc } from '@holdfast/kernel';
import { partAuthors } from './author-names.js';
import { CATALOG_LIMITS } from './catalog-limits.js';
import {
  isPrintable,
  readHoldingsCell,
  readMetadataCell,
  readMetadataObjectCell,
  readUnitsCell,
  unescapeFormula,
} from './csv-cells.js';
import { finding, MOST_FINDINGS, toldOf, type ColumnPlan, type Field, type Finding } from './csv-columns.js';
import { Isbn } from './isbn.js';
import { normaliseLanguage } from './language.js';
import { Money } from './money.js';
import { parsed, type Parsed } from './parsed.js';
import { PublicationDate } from './publication-date.js';

export { type Finding } from './csv-columns.js';

/** One book as a row of a catalogue file gives it; what the row does not say is null, or absent. */
export interface CatalogRow {
  /** Of the book in this catalogue, in small letters; only in files that were exported. */
  id?: string;
  title: string;
  authors: string[];
  /** 13 digits. */
  isbn: string | null;
  priceCents: number;
  publicationDate: { text: string; sortKey: number } | null;
  genre: string | null;
  /** BCP 47. */
  language: string | null;
  description: string | null;
  units: number | null;
  /** The name of the library that has the units. */
  library: string | null;
  /** Units per library name. */
  holdings?: Record<string, number>;
  metadata: Record<string, unknown>;
}

export type CatalogRowReading =
  { ok: true; row: CatalogRow; warnings: Finding[] } | { ok: false; errors: Finding[]; warnings: Finding[] };

/** In NFC, with plain line breaks, trimmed. */
export const tidyDescription = (text: string): string => toNfc(text).replace(/\r\n?/g, '\n').trim();

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Reads one row of a file whose header was planned. All that is wrong with the row is reported at once, up to ten things.
 * A missing price is 0 with a warning. An ISBN, a language or an id that cannot be used is dropped with a warning and
 * kept in the metadata under its column's name; an unusable ISBN beside a usable one is kept there without a warning.
 * Year 0 is unknown, with a warning. Everything else that breaks a rule is an error.
 */
export function readCatalogRow(plan: ColumnPlan, cells: readonly string[]): CatalogRowReading {
  if (cells.length !== plan.names.length) {
    const reason = `The header has ${plan.names.length} columns, this row has ${cells.length}.`;
    return { ok: false, errors: [finding('', cells.slice(0, 200).join(' | '), reason)], warnings: [] };
  }
  const reader = new RowReader(plan, cells);
  const row = reader.read();
  const { errors, warnings } = reader;
  return errors.length > 0 ? { ok: false, errors: toldOf(errors), warnings } : { ok: true, row, warnings };
}

class RowReader {
  readonly errors: Finding[] = [];
  readonly warnings: Finding[] = [];
  private readonly texts: string[];
  private readonly metadata: Record<string, unknown> = {};

  constructor(
    private readonly plan: ColumnPlan,
    cells: readonly string[],
  ) {
    this.texts = cells.map((cell, position) => this.textOf(cell, position));
  }

  read(): CatalogRow {
    this.readMetadata();
    const row: CatalogRow = {
      title: this.title(),
      authors: this.authors(),
      isbn: this.isbn(),
      priceCents: this.priceCents(),
      publicationDate: this.publicationDate(),
      genre: this.name('genre', CATALOG_LIMITS.genre),
      language: this.language(),
      description: this.description(),
      units: this.units(),
      library: this.name('library', CATALOG_LIMITS.library),
      metadata: this.metadata,
    };
    const id = this.id();
    if (id !== null) row.id = id;
    const holdings = this.holdings(row.units);
    if (holdings) row.holdings = holdings;
    this.checkSizeOfMetadata();
    return row;
  }

  private textOf(cell: string, position: number): string {
    if (cell === '') return '';
    const text = unescapeFormula(cell).trim();
    if (isPrintable(text)) return text;
    if (this.errors.length <= MOST_FINDINGS)
      this.errors.push(finding(this.columnAt(position), text, 'The cell has control characters.'));
    return '';
  }

  private columnAt(position = -1): string {
    return this.plan.names[position] ?? '';
  }

  private text(field: Field): string {
    const position = this.plan.fields[field];
    return position === undefined ? '' : (this.texts[position] ?? '');
  }

  /** The column as the file names it, and where it has none, as we do. */
  private finding(field: Field, value: string, reason: string): Finding {
    const position = this.plan.fields[field];
    return finding(position === undefined ? field : this.columnAt(position), value, reason);
  }

  private fail(field: Field, reason: string): void {
    this.errors.push(this.finding(field, this.text(field), reason));
  }

  private warn(field: Field, reason: string): void {
    this.warnings.push(this.finding(field, this.text(field), reason));
  }

  private keep(position: number | undefined): void {
    if (position === undefined) return;
    const key = this.plan.keptAs[position] ?? '';
    if (!Object.hasOwn(this.metadata, key)) this.metadata[key] = this.texts[position];
  }

  private valueOf<T>(field: Field, read: (text: string) => Parsed<T>): T | null {
    const text = this.text(field);
    if (text === '') return null;
    const result = read(text);
    if (result.ok) return result.value;
    this.fail(field, result.reason);
    return null;
  }

  private withinLimit(field: Field, text: string, limit: number): string {
    if (text.length > limit) this.fail(field, `Longer than ${limit} characters.`);
    return text;
  }

  private title(): string {
    const title = this.withinLimit('title', tidyName(this.text('title')), CATALOG_LIMITS.title);
    if (title !== '') return title;
    const missing = this.finding('title', this.text('title'), 'The title is missing.');
    if (!this.errors.some(({ column }) => column === missing.column)) this.errors.push(missing);
    return title;
  }

  private authors(): string[] {
    const authors = partAuthors(this.text('authors'));
    if (authors.length > CATALOG_LIMITS.authors) this.fail('authors', `More than ${CATALOG_LIMITS.authors} authors.`);
    if (authors.some((name) => name.length > CATALOG_LIMITS.author)) {
      this.fail('authors', `The name of an author is longer than ${CATALOG_LIMITS.author} characters.`);
    }
    // A JSON list writes them with signs that are printable themselves.
    if (!authors.every(isPrintable)) this.fail('authors', 'The name of an author has control characters.');
    return authors;
  }

  private isbn(): string | null {
    let counting: string | null = null;
    const reasons: Finding[] = [];
    for (const position of this.plan.isbns) {
      const text = this.texts[position] ?? '';
      if (text === '') continue;
      const mended = Isbn.mendFirst(text);
      if (mended.ok && counting === null) counting = mended.value.value;
      if (mended.ok && mended.value.value === counting && Isbn.mend(text).ok) continue;
      this.keep(position);
      if (!mended.ok) reasons.push(finding(this.columnAt(position), text, `${mended.reason} Kept in the metadata.`));
    }
    if (counting === null) this.warnings.push(...reasons);
    return counting;
  }

  private priceCents(): number {
    if (this.text('price') === '') this.warn('price', 'The price is missing; 0 is taken.');
    return this.valueOf('price', (text) => Money.fromText(text))?.cents ?? 0;
  }

  private publicationDate(): CatalogRow['publicationDate'] {
    const text = this.text('publicationDate');
    if (text === '') return null;
    const errorsBefore = this.errors.length;
    const date = this.valueOf('publicationDate', (value) => PublicationDate.fromCsv(value));
    if (date === null && this.errors.length === errorsBefore) {
      this.warn('publicationDate', 'There is no year 0; the date is taken as unknown.');
    }
    return date && { text: date.toString(), sortKey: date.sortKey };
  }

  private name(field: 'genre' | 'library', limit: number): string | null {
    return this.withinLimit(field, tidyName(this.text(field)), limit) || null;
  }

  private language(): string | null {
    const text = this.text('language');
    if (text === '') return null;
    const language = normaliseLanguage(text);
    if (language.ok) return language.value;
    this.warn('language', `${language.reason} Kept in the metadata.`);
    this.keep(this.plan.fields.language);
    return null;
  }

  private description(): string | null {
    const text = tidyDescription(this.text('description'));
    return this.withinLimit('description', text, CATALOG_LIMITS.description) || null;
  }

  private units(): number | null {
    return this.valueOf('units', readUnitsCell);
  }

  private id(): string | null {
    const text = this.text('id');
    if (text === '') return null;
    if (UUID.test(text)) return text.toLowerCase();
    this.warn('id', 'Not an id of this catalogue. Kept in the metadata.');
    this.keep(this.plan.fields.id);
    return null;
  }

  private holdings(units: number | null): Record<string, number> | null {
    const holdings = this.valueOf('holdings', readHoldingsCell);
    if (holdings && units !== null) this.fail('units', 'The row has holdings; the units are their sum and stay empty.');
    return holdings;
  }

  private readMetadata(): void {
    const whole = readMetadataObjectCell(this.text('metadata'));
    if (whole?.ok) Object.assign(this.metadata, whole.value);
    else if (whole) this.fail('metadata', whole.reason);
    else if (this.text('metadata') !== '') this.keep(this.plan.fields.metadata);
    for (const { position, key, holdsJson } of this.plan.metadata) {
      const text = this.texts[position] ?? '';
      if (text === '') continue;
      const value = holdsJson ? readMetadataCell(text) : parsed(text);
      if (value.ok) this.metadata[key] = value.value;
      else this.errors.push(finding(this.columnAt(position), text, value.reason));
    }
  }

  private checkSizeOfMetadata(): void {
    // A UTF-16 unit takes at most 3 bytes; most rows stay far below the limit and need no exact count.
    let mostBytes = 3 * this.text('metadata').length;
    for (const { position, key } of this.plan.metadata)
      mostBytes += 3 * (key.length + (this.texts[position] ?? '').length) + 6;
    if (mostBytes <= CATALOG_LIMITS.metadataBytes) return;
    if (Buffer.byteLength(JSON.stringify(this.metadata)) <= CATALOG_LIMITS.metadataBytes) return;
    this.errors.push(finding('', '', `The metadata is larger than ${CATALOG_LIMITS.metadataBytes / 1024} KiB.`));
  }
}
