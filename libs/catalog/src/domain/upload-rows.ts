import type { BookFields } from './book.js';
import { type CatalogRow, readCatalogRow } from './catalog-row.js';
import { type ColumnPlan, type Finding, finding } from './csv-columns.js';
import type { RowResult, UploadOptions } from './upload.js';

/** A record that could be read. */
export interface UploadRow {
  line: number;
  row: CatalogRow;
  /** Whether the record says a price; the row has 0 where it does not. */
  saysPrice: boolean;
  warnings: readonly Finding[];
  /** About the missing price: true of a new book only. */
  priceWarnings: readonly Finding[];
}

/**
 * What a row hits, looked for by id, by ISBN, and, only where the row has no ISBN, by title and first author among books
 * without one. `written…` is the line of this file whose book it is; that book is then not among the others.
 */
export interface RowMatches {
  /** Of title and first author, folded: equal for rows that mean the same book. Null where an ISBN tells. */
  titleKey: string | null;
  writtenById: number | null;
  byId: string | null;
  writtenByIsbn: number | null;
  byIsbn: string | null;
  writtenByTitle: number | null;
  /** The oldest first; at least as many as rows without ISBN up to this one have the title and first author. */
  byTitle: readonly string[];
}

export interface MatchedRow extends UploadRow {
  matches: RowMatches;
}

/** A row to write: to a book that is there, or (null) to a new one. */
export interface JudgedRow extends MatchedRow {
  bookId: string | null;
  /** The book was found by this row's ISBN. */
  foundByIsbn: boolean;
}

/** The record as a row, or as a result when it cannot be one. */
export function readUploadRow(plan: ColumnPlan, line: number, cells: readonly string[]): UploadRow | RowResult {
  const read = readCatalogRow(plan, cells);
  if (!read.ok) return failedRow(line, read.errors);
  const { price } = plan.fields;
  const saysPrice = price !== undefined && cells[price]?.trim() !== '';
  const aboutPrice = ({ column }: Finding): boolean => !saysPrice && column === (plan.names[price ?? -1] ?? 'price');
  return {
    line,
    row: read.row,
    saysPrice,
    warnings: read.warnings.filter((warning) => !aboutPrice(warning)),
    priceWarnings: read.warnings.filter(aboutPrice),
  };
}

export const failedRow = (line: number, errors: readonly Finding[]): RowResult => ({
  line,
  outcome: 'failed',
  errors,
  warnings: [],
});

/** Decides in the order of the lines which rows are written to which book, and what becomes of the others. */
export function judgeRows(
  rows: readonly MatchedRow[],
  onExisting: UploadOptions['onExisting'],
): { toWrite: JudgedRow[]; settled: RowResult[] } {
  const judge = new Judge(onExisting);
  for (const row of rows) judge.take(row);
  return judge;
}

class Judge {
  readonly toWrite: JudgedRow[] = [];
  readonly settled: RowResult[] = [];
  /** Keys of the books that rows of this call are written to, with the line of the row. */
  private readonly lines = new Map<string, number>();

  constructor(private readonly onExisting: UploadOptions['onExisting']) {}

  take(row: MatchedRow): void {
    const { matches } = row;
    const { isbn } = row.row;
    const bookId = matches.byId ?? matches.byIsbn ?? this.byTitle(row, matches);
    const isbnLine = matches.writtenByIsbn ?? this.lineOf('isbn', isbn);
    const ownLine = matches.writtenById ?? this.lineOf('id', matches.byId);
    const titleLine =
      isbn === null && row.row.id === undefined
        ? (matches.writtenByTitle ?? this.lineOf('title', matches.titleKey))
        : null;
    const sameAs = ownLine ?? (matches.byId === null ? (isbnLine ?? this.lineOf('id', bookId) ?? titleLine) : null);
    if (sameAs !== null)
      return this.skip(row, [finding('', row.row.title, `The same book as line ${sameAs}; left out.`)]);
    const isTaken = matches.byId !== null && (isbnLine !== null || (matches.byIsbn ?? matches.byId) !== matches.byId);
    if (isTaken) {
      this.settled.push(failedRow(row.line, [finding('isbn', isbn ?? '', 'Another book has this ISBN.')]));
    } else if (bookId !== null && this.onExisting === 'skip') {
      this.skip(row, []);
    } else {
      this.remember(row, bookId, matches.titleKey);
      const foundByIsbn = matches.byId === null && matches.byIsbn !== null;
      this.toWrite.push({ ...row, bookId, foundByIsbn });
    }
  }

  /** Rows with ids are books apart, though title and author be the same: each takes one that no other row has. */
  private byTitle({ row: { id } }: UploadRow, { byTitle }: RowMatches): string | null {
    const free = id === undefined ? byTitle : byTitle.filter((bookId) => this.lineOf('id', bookId) === null);
    return free[0] ?? null;
  }

  private skip({ line, warnings }: UploadRow, reasons: readonly Finding[]): void {
    this.settled.push({ line, outcome: 'skipped', errors: [], warnings: [...warnings, ...reasons] });
  }

  private lineOf(kind: string, key: string | null): number | null {
    return key === null ? null : (this.lines.get(`${kind} ${key}`) ?? null);
  }

  private remember({ line, row: { isbn } }: UploadRow, bookId: string | null, titleKey: string | null): void {
    if (bookId !== null) this.lines.set(`id ${bookId}`, line);
    this.lines.set(isbn === null ? `title ${titleKey}` : `isbn ${isbn}`, line);
  }
}

/** The book once the row is written to it. What the row does not say stays, and a new book has it empty. */
export function fieldsAfter(
  { row, saysPrice }: UploadRow,
  headings: { authorIds: readonly string[]; genreId: string | null },
  before: BookFields | null,
): BookFields {
  return {
    title: row.title,
    isbn: row.isbn ?? before?.isbn ?? null,
    authorIds: headings.authorIds.length > 0 ? headings.authorIds : (before?.authorIds ?? []),
    genreId: headings.genreId ?? before?.genreId ?? null,
    priceCents: saysPrice ? row.priceCents : (before?.priceCents ?? 0),
    description: row.description ?? before?.description ?? null,
    publicationDate: row.publicationDate ?? before?.publicationDate ?? null,
    language: row.language ?? before?.language ?? null,
  };
}
