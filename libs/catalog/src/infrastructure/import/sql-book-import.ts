import { Injectable } from '@nestjs/common';
import { newId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { BookImport, RowsRefused, type WrittenBook } from '../../application/import/book-import.js';
import type { ClaimedUpload } from '../../application/import/uploads.js';
import { BookMetadata } from '../../application/book-metadata.js';
import { changedFields } from '../../domain/book.js';
import type { Finding } from '../../domain/csv-columns.js';
import { finding } from '../../domain/csv-columns.js';
import { CatalogError } from '../../domain/errors.js';
import { checkedSize, inOrder, type Metadata } from '../../domain/metadata.js';
import type { RowResult } from '../../domain/upload.js';
import { failedRow, fieldsAfter, type JudgedRow, judgeRows, type UploadRow } from '../../domain/upload-rows.js';
import { BookRows, type BookWrite } from './book-rows.js';
import { RowHeadingIds, type RowHeadings } from './row-headings.js';
import { RowMatching } from './row-matching.js';
import { stepsTo, WantedCopies, type WantedUnits } from './wanted-copies.js';

/** What of the catalogue the rows are compared with. */
interface Present {
  books: Awaited<ReturnType<BookRows['lock']>>;
  units: Awaited<ReturnType<WantedCopies['present']>>;
  metadata: Map<string, Metadata>;
}

/**
 * The number of statements does not depend on the number of rows, but for those who waited for copies that are more now.
 * Order of locks, as everywhere in this context: books by id, authors and genres by name, new ISBNs, titles by book id.
 */
@Injectable()
export class SqlBookImport extends BookImport {
  constructor(
    private readonly database: Database,
    private readonly matching: RowMatching,
    private readonly headings: RowHeadingIds,
    private readonly copies: WantedCopies,
    private readonly books: BookRows,
    private readonly metadata: BookMetadata,
  ) {
    super();
  }

  async write(
    upload: ClaimedUpload,
    rows: readonly UploadRow[],
  ): Promise<{ results: RowResult[]; books: WrittenBook[] }> {
    this.database.requireTransaction('BookImport.write');
    // The statements look costly to the planner, yet run for some milliseconds: compiling them takes longer.
    await this.database.execute('SET LOCAL jit = off');
    const { wanted, failed } = await this.copies.of(rows);
    const candidates = rows.filter(({ line }) => !failed.has(line));
    const { toWrite, settled } = judgeRows(await this.matching.of(upload.id, candidates), upload.options.onExisting);
    const present = await this.present(toWrite, wanted);
    const headings = await this.headings.of(toWrite);
    const writes = planned(toWrite, (row) => plan(row, headings(row), wanted.get(row.line), present));
    await this.books.write(writes, upload.uploadedBy);
    const results = [
      ...[...failed].map(([line, reason]) => failedRow(line, [reason])),
      ...settled,
      ...toWrite.map((row, place) => resultOf(row, writes[place])),
    ];
    return { results, books: await this.books.keysOf(writes) };
  }

  private async present(rows: readonly JudgedRow[], wanted: ReadonlyMap<number, WantedUnits>): Promise<Present> {
    const idsOf = (chosen: readonly JudgedRow[]): string[] =>
      chosen.flatMap(({ bookId }) => (bookId === null ? [] : [bookId]));
    const describing = idsOf(rows.filter(({ row }) => Object.keys(row.metadata).length > 0));
    return {
      books: await this.books.lock(rows),
      units: await this.copies.present(idsOf(rows.filter(({ line }) => wanted.has(line)))),
      metadata: describing.length > 0 ? await this.metadata.readMany(describing) : new Map<string, Metadata>(),
    };
  }
}

/** The writes of all rows. @throws RowsRefused with the reasons of all that cannot be */
function planned(rows: readonly JudgedRow[], planOf: (row: JudgedRow) => BookWrite | Finding): BookWrite[] {
  const plans = rows.map((row) => ({ line: row.line, plan: planOf(row) }));
  const refused = plans.flatMap(({ line, plan }) => ('reason' in plan ? [[line, plan] as const] : []));
  if (refused.length > 0) throw new RowsRefused(new Map(refused));
  return plans.flatMap(({ plan }) => ('reason' in plan ? [] : [plan]));
}

function plan(
  row: JudgedRow,
  headings: RowHeadings,
  wanted: WantedUnits | undefined,
  present: Present,
): BookWrite | Finding {
  const { bookId, line } = row;
  const before = bookId === null ? null : (present.books.get(bookId) ?? null);
  const fields = fieldsAfter(row, headings, before?.fields ?? null);
  const steps = wanted ? stepsTo(wanted, (bookId !== null && present.units.get(bookId)) || new Map()) : [];
  const metadata = metadataAfter(row, (bookId !== null && present.metadata.get(bookId)) || {});
  if (metadata && 'reason' in metadata) return metadata.reason;
  const changed = before ? changedFields(before.fields, fields) : [];
  if (steps.length > 0) changed.push('units', 'holdings');
  if (metadata) changed.push('metadata');
  return {
    line,
    bookId: bookId ?? newId(),
    isNew: before === null,
    version: (before?.version ?? 0) + 1,
    fields,
    changed,
    steps,
    metadata: metadata?.data ?? null,
  };
}

/** Null: as it is. The row's keys replace those that are there, whole. */
function metadataAfter({ row }: UploadRow, before: Metadata): { data: Metadata } | { reason: Finding } | null {
  if (Object.keys(row.metadata).length === 0) return null;
  try {
    const data = checkedSize(Object.fromEntries([...Object.entries(before), ...Object.entries(row.metadata)]));
    return JSON.stringify(data) === JSON.stringify(inOrder(before)) ? null : { data };
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    return { reason: finding('', '', `With what the book has already: ${error.message}`) };
  }
}

function resultOf({ line, warnings, priceWarnings }: JudgedRow, write: BookWrite | undefined): RowResult {
  if (write?.isNew) return { line, outcome: 'inserted', errors: [], warnings: [...priceWarnings, ...warnings] };
  return { line, outcome: write && write.changed.length > 0 ? 'updated' : 'unchanged', errors: [], warnings };
}
