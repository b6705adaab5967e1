import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { newId } from '@holdfast/kernel';
import { AdvisoryLocks, Database } from '@holdfast/platform';
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
import { BookRows, type BookWrite, type LockedBook } from './book-rows.js';
import { RowHeadingIds, type RowHeadings } from './row-headings.js';
import { RowMatching } from './row-matching.js';
import { stepsTo, WantedCopies, type WantedUnits } from './wanted-copies.js';

const ROWS_A_TURN = 200;

/** What of the catalogue the rows are compared with. */
interface Present {
  books: Map<string, LockedBook>;
  units: Awaited<ReturnType<WantedCopies['present']>>;
  metadata: Map<string, Metadata>;
}

/**
 * The number of statements does not depend on the number of rows, but for those who waited for copies that are more now.
 * Chunks of different imports come after each other. Order of locks then, as everywhere in this context: books by id,
 * authors and genres by name, new ISBNs, titles by book id.
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
    { id, uploadedBy, options: { dryRun, onExisting } }: ClaimedUpload,
    rows: readonly UploadRow[],
  ): Promise<{ results: RowResult[]; books: WrittenBook[] }> {
    this.database.requireTransaction('BookImport.write');
    // Before anything is looked for: what another import writes meanwhile could not be found, and nothing but this keeps
    // two from making the same book where it has no ISBN.
    if (!dryRun) await this.database.execute('SELECT pg_advisory_xact_lock($1)', [AdvisoryLocks.import]);
    await this.database.execute(BY_INDEXES);
    const { wanted, failed } = await this.copies.of(rows);
    const candidates = rows.filter(({ line }) => !failed.has(line));
    const { toWrite, settled } = judgeRows(await this.matching.of(id, candidates), onExisting);
    const present = await this.present(toWrite, wanted);
    const headings = await this.headings.of(toWrite, dryRun);
    const writes = await planned(toWrite, (row) => plan(row, headings(row), wanted.get(row.line), present));
    if (!dryRun) await this.books.write(writes, uploadedBy);
    const results = [
      ...[...failed].map(([line, reason]) => failedRow(line, [reason])),
      ...settled,
      ...toWrite.map((row, place) => resultOf(row, writes[place])),
    ];
    return { results, books: await this.keysOf(writes) };
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

  /** How later lines would mean these books. Only of a new title with the authors that a book has it must be asked. */
  private async keysOf(writes: readonly BookWrite[]): Promise<WrittenBook[]> {
    const unknown = writes.filter(({ fields, titleKey }) => fields.isbn === null && titleKey === null);
    const keys =
      unknown.length === 0
        ? []
        : await this.database.query<{ bookId: string; key: string }>(TITLE_KEYS, [
            unknown.map(({ bookId }) => bookId),
            unknown.map(({ fields }) => fields.title),
            unknown.map(({ fields }) => fields.authorIds[0] ?? null),
          ]);
    const asked = new Map(keys.map(({ bookId, key }) => [bookId, key]));
    return writes.map(({ bookId, line, fields: { isbn }, titleKey }) => ({
      bookId,
      line,
      isbn,
      titleKey: isbn === null ? (titleKey ?? asked.get(bookId) ?? null) : null,
    }));
  }
}

/** Tables of this transaction have no statistics, and the planner must not read a whole catalogue for a chunk. */
const BY_INDEXES = 'SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off';

const TITLE_KEYS = `
  SELECT w.book_id AS "bookId", catalog.title_key(w.title, a.name) AS key
    FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS w (book_id, title, author_id)
    LEFT JOIN catalog.authors a ON a.id = w.author_id`;

/** The writes of all rows; others have their turn between. @throws RowsRefused with the reasons of all that cannot be */
async function planned(
  rows: readonly JudgedRow[],
  planOf: (row: JudgedRow) => BookWrite | Finding,
): Promise<BookWrite[]> {
  const writes: BookWrite[] = [];
  const refused = new Map<number, Finding>();
  for (const [place, row] of rows.entries()) {
    const plan = planOf(row);
    if ('reason' in plan) refused.set(row.line, plan);
    else writes.push(plan);
    if (place % ROWS_A_TURN === ROWS_A_TURN - 1) await setImmediate();
  }
  if (refused.size > 0) throw new RowsRefused(refused);
  return writes;
}

function plan(
  row: JudgedRow,
  { authors, genreId }: RowHeadings,
  wanted: WantedUnits | undefined,
  present: Present,
): BookWrite | Finding {
  const { bookId, line } = row;
  const before = bookId === null ? null : (present.books.get(bookId) ?? null);
  const authorIds = authors.map(({ id }) => id);
  const fields = fieldsAfter(row, { authorIds, genreId }, before?.fields ?? null);
  const steps = wanted ? stepsTo(wanted, (bookId !== null && present.units.get(bookId)) || new Map()) : [];
  if ('reason' in steps) return steps;
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
    authorNames: authors.map(({ name }) => name),
    changed,
    steps,
    metadata: metadata?.data ?? null,
    titleKey: titleKeyAfter(row, before),
  };
}

/** Null where it must be asked, or where there is an ISBN. */
function titleKeyAfter({ matches, row }: JudgedRow, before: LockedBook | null): string | null {
  if (!before || row.authors.length > 0) return matches.titleKey;
  return before.fields.title === row.title ? before.titleKey : null;
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
