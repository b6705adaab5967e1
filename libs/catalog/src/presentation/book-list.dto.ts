import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiProperty, ApiQuery, ApiServiceUnavailableResponse } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { tidyName } from '@holdfast/kernel';
import { InvalidInput, Omittable, PageQuery } from '@holdfast/platform';
import type { BookFilters, BookSort } from '../application/book-list-sql.js';
import { bookSorts } from '../application/book-list-sql.js';
import { CATALOG_LIMITS } from '../domain/catalog-limits.js';
import { Isbn } from '../domain/isbn.js';
import { normaliseLanguage } from '../domain/language.js';
import { reasonAgainstMetadataKey } from '../domain/metadata-keys.js';
import { Money } from '../domain/money.js';
import { PublicationDate } from '../domain/publication-date.js';
import {
  IsIsbn,
  IsLanguage,
  IsPriceInText,
  IsPublicationDate,
  ISBN,
  LANGUAGE,
  PRICE,
  PUBLICATION_DATE,
} from './rules.js';

/** A list of books. */
export class BookListQuery extends PageQuery {
  /**
   * Words of the title, the authors or the ISBN; case and accents do not matter. A word of one or two letters is looked for
   * where a word begins, a longer one anywhere. Where no book has all words, books with words like them are found. With a
   * search or a filter `offset` goes to 10,000; the cursor leads on.
   * @example "dispossessed"
   */
  @Omittable()
  @IsString()
  @MaxLength(CATALOG_LIMITS.title)
  search?: string;

  /**
   * Name or id.
   * @example "Science fiction"
   */
  @Omittable()
  @IsString()
  @MaxLength(200)
  genre?: string;

  /**
   * Name or id.
   * @example "Ursula K. Le Guin"
   */
  @Omittable()
  @IsString()
  @MaxLength(200)
  author?: string;

  /**
   * ISO 639 or BCP 47; `en` finds `en-US` too.
   * @example "en"
   */
  @Omittable()
  @IsLanguage()
  @ApiProperty({ ...LANGUAGE, required: false })
  language?: string;

  /**
   * ISBN-10 or ISBN-13.
   * @example "9780061054884"
   */
  @Omittable()
  @IsIsbn()
  @ApiProperty({ ...ISBN, required: false })
  isbn?: string;

  /** Books of this price or a higher one. */
  @Omittable()
  @IsPriceInText()
  @ApiProperty({ ...PRICE, required: false, example: 5 })
  minPrice?: string;

  /** Books of this price or a lower one. */
  @Omittable()
  @IsPriceInText()
  @ApiProperty({ ...PRICE, required: false, example: 12.5 })
  maxPrice?: string;

  /**
   * `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
   * @example "1970"
   */
  @Omittable()
  @IsPublicationDate()
  @ApiProperty({ ...PUBLICATION_DATE, required: false })
  publishedFrom?: string;

  /**
   * Including the whole of the year or month.
   * @example "1979"
   */
  @Omittable()
  @IsPublicationDate()
  @ApiProperty({ ...PUBLICATION_DATE, required: false })
  publishedTo?: string;

  /** Whether a copy is free, at the library when one is named. */
  @Omittable()
  @IsIn(['true', 'false'])
  @ApiProperty({ required: false, type: Boolean, enum: [true, false], example: true })
  available?: 'true' | 'false';

  /**
   * Name or id of a library that holds the book.
   * @example "Main Library"
   */
  @Omittable()
  @IsString()
  @MaxLength(200)
  library?: string;

  /** `-` for descending; `relevance` needs a search, and is the default with one. Without: `title`. */
  @Omittable()
  @IsIn(bookSorts)
  @ApiProperty({ required: false, enum: bookSorts })
  sort?: BookSort;
}

export function filtersOf(query: BookListQuery): BookFilters {
  const language = query.language === undefined ? undefined : normaliseLanguage(query.language);
  return {
    search: query.search,
    genre: query.genre && tidyName(query.genre),
    author: query.author && tidyName(query.author),
    library: query.library && tidyName(query.library),
    language: language?.ok ? language.value : undefined,
    isbn: query.isbn === undefined ? undefined : Isbn.parse(query.isbn)?.value,
    minPriceCents: centsOf(query.minPrice),
    maxPriceCents: centsOf(query.maxPrice),
    publishedFrom: query.publishedFrom === undefined ? undefined : PublicationDate.parse(query.publishedFrom)?.sortKey,
    publishedTo: query.publishedTo === undefined ? undefined : PublicationDate.parse(query.publishedTo)?.lastSortKey,
    available: query.available === undefined ? undefined : query.available === 'true',
  };
}

/** Of a price that the DTO has checked. */
function centsOf(price: string | undefined): number | undefined {
  const read = price === undefined ? undefined : Money.fromDecimal(price);
  return read?.ok ? read.value.cents : undefined;
}

const PREFIX = 'metadata.';
const MOST_FILTERS = 5;

/** Documents a route that takes `MetadataFilters`. */
export const FiltersByMetadata = (): MethodDecorator =>
  applyDecorators(
    ApiQuery({
      name: `${PREFIX}<key>`,
      required: false,
      description: `Books whose metadata has this value under the key; at most ${MOST_FILTERS} keys.`,
      schema: { type: 'string', maxLength: 200, example: 'Harper & Row' },
    }),
    ApiServiceUnavailableResponse({ description: 'metadata-unavailable, with `metadata.<key>` only' }),
  );

/** The parameters `metadata.<key>=<value>` of a request. @throws InvalidInput */
export const MetadataFilters = createParamDecorator((_: unknown, context: ExecutionContext): Map<string, string> => {
  const query = context.switchToHttp().getRequest<FastifyRequest>().query as Record<string, unknown>;
  const filters = Object.entries(query).filter(([name]) => name.startsWith(PREFIX));
  if (filters.length > MOST_FILTERS)
    throw new InvalidInput([{ pointer: '/metadata', detail: `at most ${MOST_FILTERS} keys` }]);
  return new Map(filters.map(([name, value]) => [name.slice(PREFIX.length), checked(name, value)]));
});

function checked(name: string, value: unknown): string {
  const reason = reasonAgainstMetadataKey(name.slice(PREFIX.length));
  const fits = typeof value === 'string' && value.length <= 200 && !value.includes('\0');
  if (reason === null && fits) return value;
  throw new InvalidInput([{ pointer: `/${name}`, detail: reason ?? 'must be one text of at most 200 characters' }]);
}
