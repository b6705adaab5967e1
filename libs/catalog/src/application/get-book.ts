import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Database, ReadyJson } from '@holdfast/platform';
import type { Metadata } from '../domain/metadata.js';
import { BookCache } from './book-cache.js';
import { BookMetadata } from './book-metadata.js';
import { readBook, readWholeBook } from './shown-book.js';

/** A book with its metadata, from the cache. @throws CatalogError `book-not-found` */
export class GetBook extends Query<ReadyJson> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(GetBook)
export class GetBookHandler implements IQueryHandler<GetBook> {
  constructor(
    private readonly database: Database,
    private readonly metadata: BookMetadata,
    private readonly cache: BookCache,
  ) {}

  async execute({ id }: GetBook): Promise<ReadyJson> {
    try {
      return ReadyJson.kept(await this.cache.getOrLoad(id, () => this.load(id)));
    } catch (error) {
      if (error instanceof MetadataIsAway) return error.answer;
      throw error;
    }
  }

  private async load(id: string): Promise<string> {
    const book = await readWholeBook(this.database, this.metadata, id);
    if (book.metadata === null) throw new MetadataIsAway(book.answer());
    return book.answer().keep();
  }
}

/** Carries a book past the cache, which must not keep it, to everybody who waits for the same load. */
class MetadataIsAway extends Error {
  constructor(readonly answer: ReadyJson) {
    super('the metadata is away');
  }
}

/** The metadata of a book with the version that its editors see. */
export interface VersionedMetadata {
  version: number;
  metadata: Metadata;
}

/** @throws CatalogError `book-not-found`, `metadata-unavailable` */
export class GetBookMetadata extends Query<VersionedMetadata> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(GetBookMetadata)
export class GetBookMetadataHandler implements IQueryHandler<GetBookMetadata> {
  constructor(
    private readonly database: Database,
    private readonly metadata: BookMetadata,
  ) {}

  async execute({ id }: GetBookMetadata): Promise<VersionedMetadata> {
    const { version } = await readBook(this.database, id);
    return { version, metadata: await this.metadata.read(id) };
  }
}
