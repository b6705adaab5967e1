import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsNumber, IsString, Max, MaxLength, Min } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { InvalidInput, OffsetPageQuery, Omittable } from '@holdfast/platform';
import type { BookFilters, BookSort } from '../application/book-list-sql.js';
import { bookSorts } from '../application/book-list-sql.js';
import { CATALOG_LIMITS } from '../domain/catalog-limits.js';
import { Isbn } from '../domain/isbn.js';
import { normaliseLanguage } from '../domain/language.js';
import { reasonAgainstMetadataKey } from '../domain/metadata-keys.js';
import { PublicationDate } from '../domain/publication-date.js';
import { IsIsbn, IsLanguage, IsPublicationDate } from './rules.js';

/** A list of books. */
export class BookListQuery extends OffsetPageQuery {
  /**
   * Words of the title, the authors or the ISBN; case and accents do not matter. A word of one or two letters is looked for
   * where a word begins, a longer one anywhere. Where no book has all words, books with words like them are found. With a
   * search or a filter `offset` goes to 10,000; the cursor leads on.
   */
  @Omittable()
  @IsString()
  @MaxLength(CATALOG_LIMITS.title)
  search?: string;

  /** Name or id. */
  @Omittable()
  @IsString()
  @MaxLength(200)
  genre?: string;

  /** Name or id. */
  @Omittable()
  @IsString()
  @MaxLength(200)
  author?: string;

  /**
   * ISO 639 or BCP 47; `en` finds `en-US` too.
   * @example en
   */
  @Omittable()
  @IsLanguage()
  language?: string;

  /** ISBN-10 or ISBN-13. */
  @Omittable()
  @IsIsbn()
  isbn?: string;

  @Omittable()
  @Type(() => Number)
  @IsNumber({ maxDecimalPlaces: 2 })
  @Min(0)
  @Max(9_999_999.99)
  minPrice?: number;

  @Omittable()
  @Type(() => Number)
  @IsNumber({ maxDecimalPlaces: 2 })
  @Min(0)
  @Max(9_999_999.99)
  maxPrice?: number;

  /**
   * `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
   * @example 1970
   */
  @Omittable()
  @IsPublicationDate()
  publishedFrom?: string;

  /** Including the whole of the year or month. */
  @Omittable()
  @IsPublicationDate()
  publishedTo?: string;

  /** Whether a copy is free, at the library when one is named. */
  @Omittable()
  @IsIn(['true', 'false'])
  @ApiProperty({ required: false, type: Boolean })
  available?: 'true' | 'false';

  /** Name or id of a library that holds the book. */
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
    genre: clean(query.genre),
    author: clean(query.author),
    library: clean(query.library),
    language: language?.ok ? language.value : undefined,
    isbn: query.isbn === undefined ? undefined : Isbn.parse(query.isbn)?.value,
    minPriceCents: query.minPrice === undefined ? undefined : Math.round(query.minPrice * 100),
    maxPriceCents: query.maxPrice === undefined ? undefined : Math.round(query.maxPrice * 100),
    publishedFrom: query.publishedFrom === undefined ? undefined : PublicationDate.parse(query.publishedFrom)?.sortKey,
    publishedTo: query.publishedTo === undefined ? undefined : PublicationDate.parse(query.publishedTo)?.lastSortKey,
    available: query.available === undefined ? undefined : query.available === 'true',
  };
}

/** U+0000, which PostgreSQL cannot take, is in no name; neither are the other control characters. */
const clean = (name: string | undefined): string | undefined => name?.replace(/\p{Cc}/gu, ' ').trim();

const PREFIX = 'metadata.';
const MOST_FILTERS = 5;

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
