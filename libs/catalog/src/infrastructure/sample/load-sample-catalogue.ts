import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AddLibrary, InventoryError, Libraries } from '@holdfast/inventory';
import { AdvisoryLocks, Database, UnitOfWork } from '@holdfast/platform';
import { CreateBook } from '../../application/create-book.js';
import type { BookDetails } from '../../domain/book.js';
import { Isbn } from '../../domain/isbn.js';
import { Money } from '../../domain/money.js';
import type { Parsed } from '../../domain/parsed.js';
import { PublicationDate } from '../../domain/publication-date.js';
import { SAMPLE_CATALOGUE, SAMPLE_LIBRARIES, type SampleBook } from './sample-catalogue.js';

/** Fills an empty catalogue with books in the public domain, so that a newcomer has something to look at. */
@Injectable()
export class SampleCatalogue {
  constructor(
    private readonly commands: CommandBus,
    private readonly libraries: Libraries,
    private readonly database: Database,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** All of it in one transaction. Tells how many books were loaded: 0 when there were some. */
  load(): Promise<number> {
    return this.unitOfWork.run(async () => {
      await this.database.query('SELECT pg_advisory_xact_lock($1)', [AdvisoryLocks.sampleCatalogue]);
      if (await this.database.maybeOne('SELECT FROM catalog.books LIMIT 1')) return 0;
      for (const name of SAMPLE_LIBRARIES) await this.openLibrary(name);
      for (const book of SAMPLE_CATALOGUE) await this.commands.execute(new CreateBook(detailsOf(book), null));
      return SAMPLE_CATALOGUE.length;
    });
  }

  private async openLibrary(name: string): Promise<void> {
    try {
      await this.libraries.resolve(name);
    } catch (error) {
      if (!(error instanceof InventoryError)) throw error;
      await this.commands.execute(new AddLibrary({ name }));
    }
  }
}

const detailsOf = (book: SampleBook): BookDetails => ({
  title: book.title,
  isbn: book.isbn === undefined ? null : valid(Isbn.read(book.isbn)).value,
  authors: book.authors,
  genre: book.genre,
  priceCents: valid(Money.fromNumber(book.price)).cents,
  description: book.description,
  publicationDate: dateOf(book.publicationDate),
  language: book.language,
  copies: { holdings: Object.entries(book.holdings).map(([library, units]) => ({ library, units })) },
  metadata: { replace: book.metadata ?? {} },
});

function dateOf(text: string): BookDetails['publicationDate'] {
  const date = valid(PublicationDate.read(text));
  return { text: date.toString(), sortKey: date.sortKey };
}

/** A test holds every value of the sample to the rules. */
function valid<T>(result: Parsed<T>): T {
  if (!result.ok) throw new Error(`the sample catalogue is wrong: ${result.reason}`);
  return result.value;
}
