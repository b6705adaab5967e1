import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Database, InvalidInput, type Page } from '@holdfast/platform';
import { Isbn } from '../domain/isbn.js';
import { BookMetadata } from './book-metadata.js';
import { BookList } from './book-list.js';
import { type BookFilters, type BookSort, resolve } from './book-list-sql.js';
import { BookSearch, wordsOf } from './book-search.js';
import { LongLists } from './long-lists.js';

export interface BookListPage {
  /** `relevance` with a search, else `title`, when absent. */
  sort?: BookSort;
  limit: number;
  offset: number;
  cursor?: string;
}

/**
 * A page of books, finished JSON each (BookView): at most thirteen statements, most often two, whatever its size and depth (docs/search.md).
 * @throws InvalidInput for a cursor that is not ours, an offset beyond what is counted of a narrowed list, and metadata of
 * more books than its store can name; CatalogError `metadata-unavailable`
 */
export class ListBooks extends Query<Page<string>> {
  constructor(
    readonly filters: BookFilters,
    readonly metadata: ReadonlyMap<string, string>,
    readonly page: BookListPage,
  ) {
    super();
  }
}

@QueryHandler(ListBooks)
export class ListBooksHandler implements IQueryHandler<ListBooks> {
  constructor(
    private readonly database: Database,
    private readonly metadata: BookMetadata,
    private readonly longLists: LongLists,
  ) {}

  async execute({ filters, metadata, page }: ListBooks): Promise<Page<string>> {
    const words = wordsOf(filters.search ?? '');
    const sort = page.sort ?? (words.length ? 'relevance' : 'title');
    if (sort === 'relevance' && !words.length) {
      throw new InvalidInput([{ pointer: '/sort', detail: 'relevance needs a search' }]);
    }
    const described = metadata.size === 0 ? {} : { metadata: await this.metadata.condition(metadata) };
    const list = new BookList(
      this.database,
      { ...(await resolve(this.database, filters)), ...described },
      exactly(words),
      sort,
      page,
    );
    const found = await list.page(this.longLists);
    if (found.total > 0 || words.length === 0 || (await list.hasHiddenHits())) return found;
    const meant = await this.meant(words);
    return meant ? list.searchingFor(meant).page(this.longLists) : found;
  }

  /** What the words that no book has may have been meant to be; null when nothing is like one of them, or all are known. */
  private async meant(words: readonly string[]): Promise<BookSearch | null> {
    const rows = await this.database.query<{ forms: string[]; known: boolean }>(
      `SELECT known, CASE WHEN known THEN ARRAY[typed.word] ELSE ARRAY(SELECT catalog.words_like(typed.word)) END AS forms
         FROM unnest($1::text[]) WITH ORDINALITY AS typed (word, place),
              LATERAL (SELECT platform.fold(typed.word) !~ '[[:alnum:]]{3}'
                           OR EXISTS (SELECT FROM catalog.words w WHERE w.word = platform.fold(typed.word)) AS known) AS looked
        ORDER BY typed.place`,
      [words],
    );
    const forms = rows.map((row) => row.forms);
    const canHelp = rows.some(({ known }) => !known) && forms.every(({ length }) => length > 0);
    return canHelp ? new BookSearch(forms, null) : null;
  }
}

function exactly(words: readonly string[]): BookSearch | null {
  if (words.length === 0) return null;
  const forms = words.map((word) => [word]);
  return new BookSearch(forms, Isbn.parse(words.join(' '))?.value ?? null);
}
