import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TitleChanges } from '@holdfast/inventory';
import { Database, JobsWorkerModule, LastingAccess, Settings, UnitOfWork } from '@holdfast/platform';
import { BookCache } from './application/book-cache.js';
import { BookCopies } from './application/book-copies.js';
import { BookMetadata } from './application/book-metadata.js';
import { BookNews } from './application/book-news.js';
import { BookRepository } from './application/book-repository.js';
import { Books } from './application/books.js';
import { ChangeBookHandler } from './application/change-book.js';
import { CreateBookHandler } from './application/create-book.js';
import { DeleteBookHandler } from './application/delete-book.js';
import { GetBookHandler, GetBookMetadataHandler } from './application/get-book.js';
import { ExportBooksHandler } from './application/export-books.js';
import { Headings } from './application/headings.js';
import { AcceptUploadHandler } from './application/import/accept-upload.js';
import { CancelUploadHandler } from './application/import/cancel-upload.js';
import { ImportJobs } from './application/import/import-jobs.js';
import { ImportSweep } from './application/import/import-sweep.js';
import { ImportNews } from './application/import/import-news.js';
import { ImportUpload } from './application/import/import-upload.js';
import {
  GetUploadHandler,
  ListUploadsHandler,
  ReadUploadErrorsHandler,
  ReadUploadMarksHandler,
} from './application/import/read-uploads.js';
import { UploadFiles } from './application/import/upload-files.js';
import { Uploads } from './application/import/uploads.js';
import { ListBooksHandler } from './application/list-books.js';
import { LongLists } from './application/long-lists.js';
import { AddHeadingHandler, RemoveHeadingHandler, RenameHeadingHandler } from './application/manage-headings.js';
import { MetadataEditor } from './application/metadata-editor.js';
import { MetadataSweep } from './application/metadata-sweep.js';
import { GetHeadingHandler, ListHeadingsHandler } from './application/read-headings.js';
import { RecordCopiesChanged } from './application/record-copies-changed.js';
import { importAdapters } from './infrastructure/import/import-adapters.js';
import { JsonbBookMetadata } from './infrastructure/jsonb-book-metadata.js';
import { SampleCatalogue } from './infrastructure/sample/load-sample-catalogue.js';
import { MongoBookMetadata } from './infrastructure/mongo-book-metadata.js';
import { SqlBooks, SqlBooksForLending } from './infrastructure/sql-books.js';
import { SqlHeadings } from './infrastructure/sql-headings.js';
import { AuthorsController } from './presentation/authors.controller.js';
import { CachedBooksFirst } from './presentation/cached-books-first.js';
import { BooksController } from './presentation/books.controller.js';
import { ExportController } from './presentation/export.controller.js';
import { GenresController } from './presentation/genres.controller.js';
import { MetadataController } from './presentation/metadata.controller.js';
import { UploadProgress } from './presentation/upload-progress.js';
import { UploadsController } from './presentation/uploads.controller.js';

/** Use cases and adapters. Needs the modules of the platform and of inventory beside it. */
@Global()
@Module({
  imports: [CqrsModule],
  providers: [
    {
      provide: BookMetadata,
      inject: [Settings, Database, UnitOfWork],
      useFactory: ({ mongodbUrl }: Settings, database: Database, unitOfWork: UnitOfWork): BookMetadata =>
        mongodbUrl ? new MongoBookMetadata(mongodbUrl, database, unitOfWork) : new JsonbBookMetadata(database),
    },
    { provide: BookRepository, useClass: SqlBooks },
    { provide: Books, useClass: SqlBooksForLending },
    { provide: Headings, useExisting: SqlHeadings },
    { provide: TitleChanges, useClass: RecordCopiesChanged },
    SqlHeadings,
    BookCache,
    LongLists,
    BookCopies,
    BookNews,
    MetadataEditor,
    SampleCatalogue,
    CreateBookHandler,
    ChangeBookHandler,
    DeleteBookHandler,
    GetBookHandler,
    GetBookMetadataHandler,
    ListBooksHandler,
    ExportBooksHandler,
    AddHeadingHandler,
    RenameHeadingHandler,
    RemoveHeadingHandler,
    GetHeadingHandler,
    ListHeadingsHandler,
    ...importAdapters,
    ImportNews,
    ImportUpload,
    AcceptUploadHandler,
    CancelUploadHandler,
    GetUploadHandler,
    ListUploadsHandler,
    ReadUploadErrorsHandler,
    ReadUploadMarksHandler,
  ],
  exports: [
    BookMetadata,
    Books,
    BookCache,
    ImportNews,
    ImportUpload,
    SampleCatalogue,
    TitleChanges,
    UploadFiles,
    Uploads,
  ],
})
export class CatalogModule implements OnApplicationShutdown {
  constructor(private readonly metadata: BookMetadata) {}

  async onApplicationShutdown(): Promise<void> {
    await this.metadata.close();
  }
}

@Module({
  imports: [CqrsModule],
  providers: [CachedBooksFirst, LastingAccess, UploadProgress],
  controllers: [
    UploadsController,
    ExportController,
    BooksController,
    MetadataController,
    AuthorsController,
    GenresController,
  ],
})
export class CatalogHttpModule {}

@Module({ imports: [JobsWorkerModule.forSources([MetadataSweep, ImportJobs, ImportSweep])] })
export class CatalogWorkerModule {}
