import type { Database } from '@holdfast/platform';
import { bookNotFound } from '../domain/errors.js';
import type { BookView } from './book.view.js';

/** The book as the API shows it, without metadata. @throws CatalogError `book-not-found` */
export async function readBook(database: Database, id: string): Promise<BookView> {
  const [row] = await database.prepared<{ book: BookView }>(
    'book_read',
    'SELECT catalog.book_json(b) AS book FROM catalog.books b WHERE b.id = $1',
    [id],
  );
  if (!row) throw bookNotFound();
  return row.book;
}
