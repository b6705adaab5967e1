import { EVENTS_EXCHANGE, type EventTable } from '@holdfast/platform';

export type CatalogEventName = 'book_created' | 'book_updated' | 'book_deleted' | 'books_imported';

const published = { exchange: EVENTS_EXCHANGE, source: '/holdfast/catalog' } as const;

export const catalogEvents: EventTable<CatalogEventName> = {
  book_created: { ...published, schema: 'BookCreated', description: 'A book was created.' },
  book_updated: {
    ...published,
    schema: 'BookUpdated',
    description: 'Anything of a book was changed, its metadata and copies too; `changed` names the fields.',
  },
  book_deleted: { ...published, schema: 'BookDeleted', description: 'A book was deleted.' },
  books_imported: {
    ...published,
    schema: 'BooksImported',
    description: 'An import ended. Besides, each of its books has its own event.',
  },
};
