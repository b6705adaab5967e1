import { EVENTS_EXCHANGE, type EventTable } from '@holdfast/platform';
import { z } from 'zod';
import type { BookView } from './application/book.view.js';
import { BOOK_FIELDS } from './domain/book.js';

export type CatalogEventName = 'book_created' | 'book_updated' | 'book_deleted' | 'books_imported';

const id = z.uuid();
const title = z.string().min(1);
const isbn = z
  .string()
  .regex(/^[0-9]{13}$/)
  .nullable()
  .describe('13 digits.');
const named = z.looseObject({ id, name: z.string().min(1) });
const count = (what: string) => z.int().min(0).describe(what);

/** The book as the API shows it, without its metadata: where a field of the view is missing, this does not compile. */
const book = z.looseObject({
  id,
  title,
  isbn,
  authors: z.array(named).describe('In the order of the title page.'),
  genre: named.nullable(),
  price: z.number().min(0).describe('With two decimal places at most.'),
  description: z.string().nullable(),
  publicationDate: z
    .string()
    .regex(/^-?[0-9]{4,}(-[0-9]{2}){0,2}$/)
    .nullable()
    .describe('`YYYY`, `YYYY-MM` or `YYYY-MM-DD`, with a minus before our era.'),
  language: z.string().nullable().describe('BCP 47.'),
  units: count('Copies of all libraries together.'),
  reservedUnits: count('Copies that readers have.'),
  availableUnits: count('Copies that are free.'),
  queueLength: count('Readers who wait for a copy.'),
  version: z.int().min(1).describe('Counts the changes by editors; a reservation is none.'),
  createdBy: id.nullable().describe('The account that created it.'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime().describe('When an editor changed it last.'),
}) satisfies z.ZodType<BookView>;

const theDispossessed: BookView = {
  id: '0199a1b2-0000-7000-8000-000000000001',
  title: 'The Dispossessed',
  isbn: '9780061054884',
  authors: [{ id: '0199a1b2-0000-7000-8000-000000000002', name: 'Ursula K. Le Guin' }],
  genre: { id: '0199a1b2-0000-7000-8000-000000000003', name: 'Science fiction' },
  price: 9.99,
  description: 'An ambiguous utopia.',
  publicationDate: '1974-05',
  language: 'en',
  units: 3,
  reservedUnits: 1,
  availableUnits: 2,
  queueLength: 0,
  version: 1,
  createdBy: '0199a1b2-0000-7000-8000-0000000000ee',
  createdAt: '2026-11-22T10:00:00.000Z',
  updatedAt: '2026-11-22T10:00:00.000Z',
};

const ofBook = { exchange: EVENTS_EXCHANGE, source: '/holdfast/catalog', subject: 'books/{id}' } as const;

export const catalogEvents = {
  book_created: {
    ...ofBook,
    schema: 'BookCreated',
    description: 'A book was created.',
    data: book,
    example: theDispossessed,
  },
  book_updated: {
    ...ofBook,
    schema: 'BookUpdated',
    description: 'Anything of a book was changed, its metadata and copies too; `changed` names the fields.',
    data: book.extend({ changed: z.array(z.enum(BOOK_FIELDS)).min(1).describe('The fields that differ.') }),
    example: { ...theDispossessed, version: 2, units: 4, availableUnits: 3, changed: ['units', 'holdings'] },
  },
  book_deleted: {
    ...ofBook,
    schema: 'BookDeleted',
    description: 'A book was deleted.',
    data: z.looseObject({ id, isbn, title }),
    example: { id: theDispossessed.id, isbn: theDispossessed.isbn, title: theDispossessed.title },
  },
  books_imported: {
    ...ofBook,
    subject: 'uploads/{uploadId}',
    schema: 'BooksImported',
    description: 'An import ended. Besides, each of its books has its own event.',
    data: z.looseObject({
      uploadId: id,
      uploadedBy: id.optional().describe('The account that uploaded the file.'),
      fileName: z.string().optional().describe('As the client named it.'),
      status: z.enum(['completed', 'failed', 'cancelled']).optional(),
      insertedRows: count('Rows that made a book.'),
      updatedRows: count('Rows that changed a book.'),
      failedRows: count('Rows that were refused.'),
    }),
    example: {
      uploadId: '0199a1b2-0000-7000-8000-0000000000dd',
      uploadedBy: '0199a1b2-0000-7000-8000-0000000000ee',
      fileName: 'spring-2026.csv',
      status: 'completed',
      insertedRows: 9_000,
      updatedRows: 700,
      failedRows: 3,
    },
  },
} satisfies EventTable<CatalogEventName>;
