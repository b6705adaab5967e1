import type { EntitySchema } from 'typeorm';

export { BookCache } from './application/book-cache.js';
export { BookMetadata } from './application/book-metadata.js';
export { BookView, BookWithMetadataView } from './application/book.view.js';
export { Books } from './application/books.js';
export { ChangeBook } from './application/change-book.js';
export { CreateBook } from './application/create-book.js';
export { DeleteBook } from './application/delete-book.js';
export { type CatalogEventName, catalogEvents } from './catalog-events.js';
export { CatalogHttpModule, CatalogModule, CatalogWorkerModule } from './catalog.module.js';
export type { BookDetails } from './domain/book.js';
export { CatalogError, type CatalogErrorCode } from './domain/errors.js';
export { Money } from './domain/money.js';
export { catalogMigrations } from './infrastructure/catalog-schema.migration.js';
export { MetadataProbe } from './infrastructure/metadata-probe.js';
export { SampleCatalogue } from './infrastructure/sample/load-sample-catalogue.js';
export { catalogProblems } from './presentation/problems.js';

/** The context speaks SQL; nothing of it is mapped by TypeORM. */
export const catalogSchemas: EntitySchema[] = [];
