import { Injectable } from '@nestjs/common';
import { Database, violatedConstraint } from '@holdfast/platform';
import { BookRepository } from '../application/book-repository.js';
import { Books } from '../application/books.js';
import type { Book, BookChange, BookFields } from '../domain/book.js';
import { bookNotFound, CatalogError } from '../domain/errors.js';
import { SqlHeadings } from './sql-headings.js';

interface BookRow {
  id: string;
  version: number;
  created_by: string | null;
  title: string;
  isbn: string | null;
  genre_id: string | null;
  price_cents: number;
  description: string | null;
  publication_date: string | null;
  publication_sort: number | null;
  language: string | null;
  author_ids: string[];
}

@Injectable()
export class SqlBooks extends BookRepository {
  constructor(
    private readonly database: Database,
    private readonly headings: SqlHeadings,
  ) {
    super();
  }

  load(id: string): Promise<Book> {
    return this.lock(id, 'NO KEY UPDATE');
  }

  loadToDelete(id: string): Promise<Book> {
    return this.lock(id, 'UPDATE');
  }

  async resolve({ authors, genre, ...change }: BookChange, present?: BookFields): Promise<BookFields> {
    const details = { ...NOTHING, ...present, ...definedOf(change) };
    return {
      title: details.title,
      isbn: details.isbn,
      authorIds: authors ? await this.headings.authors(authors) : details.authorIds,
      genreId: genre === undefined ? details.genreId : genre && (await this.headings.genre(genre)),
      priceCents: details.priceCents,
      description: details.description,
      publicationDate: details.publicationDate,
      language: details.language,
    };
  }

  async add(id: string, fields: BookFields, createdBy: string | null): Promise<void> {
    await unlessIsbnTaken(() =>
      this.database.prepared(
        'book_add',
        `WITH book AS (
           INSERT INTO catalog.books (id, title, isbn, genre_id, price_cents, description, publication_date,
                                      publication_sort, language, search_text, created_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, catalog.search_text($2, $3, $10), $11))
         INSERT INTO catalog.book_authors (book_id, author_id, place)
         SELECT $1, author_id, place FROM unnest($10::uuid[]) WITH ORDINALITY AS listed (author_id, place)`,
        [id, ...valuesOf(fields), createdBy],
      ),
    );
  }

  async save(id: string, fields: BookFields): Promise<void> {
    await this.database.prepared(
      'book_authors_remove',
      'DELETE FROM catalog.book_authors WHERE book_id = $1 AND author_id <> ALL ($2::uuid[])',
      [id, fields.authorIds],
    );
    await this.database.prepared(
      'book_authors_save',
      `INSERT INTO catalog.book_authors (book_id, author_id, place)
       SELECT $1, author_id, place FROM unnest($2::uuid[]) WITH ORDINALITY AS listed (author_id, place)
       ON CONFLICT (book_id, author_id) DO UPDATE SET place = excluded.place WHERE book_authors.place <> excluded.place`,
      [id, fields.authorIds],
    );
    // The row comes last: with it the book's document is composed.
    await unlessIsbnTaken(() =>
      this.database.prepared(
        'book_save',
        `UPDATE catalog.books
            SET title = $2, isbn = $3, genre_id = $4, price_cents = $5, description = $6, publication_date = $7,
                publication_sort = $8, language = $9, search_text = catalog.search_text($2, $3, $10),
                version = version + 1, updated_at = now()
          WHERE id = $1`,
        [id, ...valuesOf(fields)],
      ),
    );
  }

  async remove(id: string): Promise<void> {
    await this.database.execute('DELETE FROM catalog.books WHERE id = $1', [id]);
  }

  private async lock(id: string, strength: 'UPDATE' | 'NO KEY UPDATE'): Promise<Book> {
    this.database.requireTransaction('loading a book');
    // The locking read comes first: what else is read of the book is read after the lock was got.
    const [row] = await this.database.query<BookRow>(`SELECT b.* FROM catalog.books b WHERE id = $1 FOR ${strength}`, [
      id,
    ]);
    if (!row) throw bookNotFound();
    const authors = await this.database.query<{ author_id: string }>(
      'SELECT author_id FROM catalog.book_authors WHERE book_id = $1 ORDER BY place',
      [id],
    );
    return bookOf({ ...row, author_ids: authors.map(({ author_id }) => author_id) });
  }
}

@Injectable()
export class SqlBooksForLending extends Books {
  constructor(private readonly database: Database) {
    super();
  }

  async priceCents(bookId: string): Promise<number> {
    const [book] = await this.database.prepared<{ price: number }>(
      'book_price',
      'SELECT price_cents AS price FROM catalog.books WHERE id = $1',
      [bookId],
    );
    return book?.price ?? 0;
  }

  async title(bookId: string): Promise<string | null> {
    const [book] = await this.database.prepared<{ title: string }>(
      'book_title',
      'SELECT title FROM catalog.books WHERE id = $1',
      [bookId],
    );
    return book?.title ?? null;
  }
}

const NOTHING: BookFields = {
  title: '',
  isbn: null,
  authorIds: [],
  genreId: null,
  priceCents: 0,
  description: null,
  publicationDate: null,
  language: null,
};

const definedOf = <T extends object>(change: T): Partial<T> =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;

const valuesOf = (fields: BookFields): unknown[] => [
  fields.title,
  fields.isbn,
  fields.genreId,
  fields.priceCents,
  fields.description,
  fields.publicationDate?.text ?? null,
  fields.publicationDate?.sortKey ?? null,
  fields.language,
  fields.authorIds,
];

const bookOf = (row: BookRow): Book => ({
  id: row.id,
  version: row.version,
  createdBy: row.created_by,
  fields: {
    title: row.title,
    isbn: row.isbn,
    authorIds: row.author_ids,
    genreId: row.genre_id,
    priceCents: row.price_cents,
    description: row.description,
    publicationDate:
      row.publication_date === null || row.publication_sort === null
        ? null
        : { text: row.publication_date, sortKey: row.publication_sort },
    language: row.language,
  },
});

async function unlessIsbnTaken(statement: () => Promise<unknown>): Promise<void> {
  try {
    await statement();
  } catch (error) {
    if (violatedConstraint(error) !== 'books_isbn') throw error;
    throw new CatalogError('isbn-taken', 'Another book has this ISBN.');
  }
}
