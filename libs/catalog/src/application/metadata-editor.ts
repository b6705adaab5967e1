import { Injectable } from '@nestjs/common';
import { checkedSize, mergePatch, type Metadata, type MetadataChange } from '../domain/metadata.js';
import { BookMetadata, unlessAway } from './book-metadata.js';
import { type ShownBook, ShownBookWithMetadata } from './shown-book.js';

export interface MetadataOutcome {
  metadata: Metadata;
  changed: boolean;
}

/** Shows a book's metadata, and brings it to what an editor wants. */
@Injectable()
export class MetadataEditor {
  constructor(private readonly metadata: BookMetadata) {}

  /** The book with its metadata, or said to be without. */
  async attach(book: ShownBook): Promise<ShownBookWithMetadata> {
    return new ShownBookWithMetadata(book, await unlessAway(this.metadata.read(book.id)));
  }

  /**
   * Gives the metadata as it is then, and whether anything changed. Joins the transaction that has locked the book: the present metadata is read under
   * this lock, or a merge could lose another; the read is bounded (300 ms).
   * @throws CatalogError `metadata-too-large`; `metadata-unavailable` for a merge only: a replacement needs no present
   */
  async apply(bookId: string, change: MetadataChange, version: number): Promise<MetadataOutcome> {
    const present =
      'replace' in change ? await unlessAway(this.metadata.read(bookId)) : await this.metadata.read(bookId);
    const data = checkedSize('replace' in change ? change.replace : (mergePatch(present, change.merge) as Metadata));
    const changed = !present || JSON.stringify(present) !== JSON.stringify(data);
    if (changed) await this.metadata.stage({ bookId, version, data });
    return { metadata: data, changed };
  }
}
