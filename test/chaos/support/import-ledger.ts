import type { ImportHouse } from './import-house.js';

/** ISBNs that are right: a prefix, a number, the check digit. */
export function isbn(number: number): string {
  const body = `978${String(100_000_000 + number)}`;
  const sum = [...body].reduce((total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 1 : 3), 0);
  return body + ((10 - (sum % 10)) % 10);
}

/**
 * A file of new books, every tenth row of which is wrong, every fifth without an ISBN, and all with a column that becomes
 * metadata. Files of another `series` have other books.
 */
export function catalogue(series: number, rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const title = row % 10 === 9 ? '' : `Series ${series} Book ${row}`;
    const number = row % 5 === 0 ? '' : isbn(series * 100_000 + row);
    return `${title},Author ${row % 97},${number},${row % 90}.50,Shelf ${row % 7},1`;
  });
  return `title,author,isbn,price,shelf,units\n${lines.join('\n')}\n`;
}

/** What a catalogue comes to that is imported whole, once. */
export const whole = (rows: number): object => ({
  status: 'completed',
  totalRows: rows,
  processedRows: rows,
  insertedRows: 0.9 * rows,
  failedRows: 0.1 * rows,
  updatedRows: 0,
  unchangedRows: 0,
  skippedRows: 0,
  progress: 1,
});

interface Ledger {
  books: number;
  titles: number;
  events: number;
  told: number;
  holdings: number;
  metadata: number;
  ends: { inserted: number; updated: number; failed: number }[];
}

/** What the database has of a series, and what it tells the world of it. */
async function ledgerOf(house: ImportHouse, series: number, uploadId: string): Promise<Ledger> {
  const [ledger] = await house.query<Ledger>(
    `WITH books AS (SELECT id, title FROM catalog.books WHERE title LIKE $1),
          events AS (SELECT subject FROM platform.outbox o JOIN books b ON o.subject = 'books/' || b.id)
     SELECT (SELECT count(*)::int FROM books) AS books,
            (SELECT count(DISTINCT title)::int FROM books) AS titles,
            (SELECT count(*)::int FROM events) AS events,
            (SELECT count(DISTINCT subject)::int FROM events) AS told,
            (SELECT count(*)::int FROM inventory.holdings h JOIN books b ON b.id = h.book_id AND h.units = 1) AS holdings,
            (SELECT count(*)::int FROM catalog.book_metadata m JOIN books b ON b.id = m.book_id) AS metadata,
            (SELECT coalesce(json_agg(json_build_object('inserted', data->'insertedRows', 'updated', data->'updatedRows',
                                                        'failed', data->'failedRows')), '[]')
               FROM platform.outbox WHERE type = 'books_imported' AND subject = 'uploads/' || $2) AS ends`,
    [`Series ${series} Book %`, uploadId],
  );
  if (!ledger) throw new Error('the ledger is empty');
  return ledger;
}

/**
 * The counts of an upload that has ended are true: one book, with its copies and metadata and one event, for each inserted
 * row; one line in the report for each failed one; one `books_imported` that says the same; nothing is left behind.
 */
export async function expectTrue(house: ImportHouse, series: number, upload: any): Promise<void> {
  const { uploadId, insertedRows, updatedRows, unchangedRows, skippedRows, failedRows, processedRows } = upload;
  expect(insertedRows + updatedRows + unchangedRows + skippedRows + failedRows).toBe(processedRows);
  expect(await ledgerOf(house, series, uploadId)).toEqual({
    books: insertedRows,
    titles: insertedRows,
    events: insertedRows,
    told: insertedRows,
    holdings: insertedRows,
    metadata: insertedRows,
    ends: [{ inserted: insertedRows, updated: updatedRows, failed: failedRows }],
  });
  const report = await house.admin.get(`/api/books/upload/${uploadId}/errors.csv`);
  expect(report.body.trim().split('\r\n')).toHaveLength(failedRows + 1);
}
