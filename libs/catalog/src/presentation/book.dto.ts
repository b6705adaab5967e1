import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, Max, Min, ValidateNested } from 'class-validator';
import { tidyName } from '@holdfast/kernel';
import { InvalidInput, IsName, Nullable, Omittable } from '@holdfast/platform';
import type { AuthorReference, BookChange, BookDetails, WantedCopies } from '../domain/book.js';
import { CATALOG_LIMITS } from '../domain/catalog-limits.js';
import { tidyDescription } from '../domain/catalog-row.js';
import { Isbn } from '../domain/isbn.js';
import { normaliseLanguage } from '../domain/language.js';
import { Money } from '../domain/money.js';
import type { Parsed } from '../domain/parsed.js';
import { PublicationDate } from '../domain/publication-date.js';
import {
  AreAuthors,
  AsSent,
  IsDescription,
  IsIsbn,
  IsLanguage,
  IsMetadata,
  IsPrice,
  IsPublicationDate,
  ISBN,
  LANGUAGE,
  PRICE,
  PUBLICATION_DATE,
} from './rules.js';

/** The copies of a book at one library. */
export class HoldingDto {
  /**
   * Name or id.
   * @example "Main Library"
   */
  @IsName(CATALOG_LIMITS.library)
  @ApiProperty({ minLength: 1, maxLength: 200 })
  library!: string;

  /** @example 3 */
  @IsInt()
  @Min(0)
  @Max(100_000)
  @ApiProperty({ type: 'integer' })
  units!: number;
}

/** What a book and a merge patch of one have in common. */
class OptionalDetailsDto {
  /**
   * ISBN-10 or ISBN-13, with or without hyphens; kept as 13 digits.
   * @example "978-0-06-105488-4"
   */
  @Nullable()
  @IsIsbn()
  @ApiProperty({ ...ISBN, nullable: true })
  isbn?: string | null;

  /** Names, made when they are new (case and accents do not count), or ids of known authors, in their order. */
  @Nullable()
  @AsSent()
  @AreAuthors()
  @ApiProperty({
    nullable: true,
    type: 'array',
    maxItems: 100,
    items: {
      oneOf: [
        { type: 'string', minLength: 1, maxLength: 200 },
        { type: 'object', properties: { id: { type: 'string', format: 'uuid' } }, required: ['id'] },
      ],
    },
    example: ['Ursula K. Le Guin'],
  })
  authors?: AuthorReference[] | null;

  /**
   * A name, made when it is new (case and accents do not count).
   * @example "Science fiction"
   */
  @Nullable()
  @IsName(CATALOG_LIMITS.genre)
  @ApiProperty({ type: String, nullable: true, maxLength: 100 })
  genre?: string | null;

  /**
   * At most 20,000 characters.
   * @example "An ambiguous utopia."
   */
  @Nullable()
  @IsDescription()
  @ApiProperty({ type: String, nullable: true, maxLength: 20_000 })
  description?: string | null;

  /**
   * `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, with a minus before our era.
   * @example "1974-05"
   */
  @Nullable()
  @IsPublicationDate()
  @ApiProperty({ ...PUBLICATION_DATE, nullable: true })
  publicationDate?: string | null;

  /**
   * ISO 639 or BCP 47; kept as BCP 47.
   * @example "en"
   */
  @Nullable()
  @IsLanguage()
  @ApiProperty({ ...LANGUAGE, nullable: true })
  language?: string | null;

  /**
   * The copies of all libraries together; the default library takes the difference to what the others hold.
   * @example 3
   */
  @Nullable()
  @IsInt()
  @Min(0)
  @Max(100_000)
  @ApiProperty({ type: 'integer', nullable: true })
  units?: number | null;

  /** The copies of each library; a library that is not named has none. */
  @Nullable()
  @IsArray()
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => HoldingDto)
  @ApiProperty({ type: [HoldingDto], nullable: true })
  holdings?: HoldingDto[] | null;

  /**
   * A JSON object of free form, at most 64 KiB; no key begins with `$` or has a dot.
   * @example { "publisher": "Harper & Row" }
   */
  @Nullable()
  @AsSent()
  @IsMetadata()
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  metadata?: Record<string, unknown> | null;
}

/** A book to create, or to put in the place of one: what is left out gets its default. */
export class BookDto extends OptionalDetailsDto {
  /** @example "The Dispossessed" */
  @IsName(CATALOG_LIMITS.title)
  @ApiProperty({ minLength: 1, maxLength: 500 })
  title!: string;

  /** @example 9.99 */
  @IsPrice()
  @ApiProperty(PRICE)
  price!: number;
}

/** A merge patch of a book (RFC 7396): what is left out stays, null gives the default. */
export class BookPatchDto extends OptionalDetailsDto {
  /** @example "The Dispossessed" */
  @Omittable()
  @IsName(CATALOG_LIMITS.title)
  @ApiProperty({ minLength: 1, maxLength: 500 })
  title?: string;

  /** @example 9.99 */
  @Omittable()
  @IsPrice()
  @ApiProperty(PRICE)
  price?: number;
}

/** Every detail: of a new book, or of a replacement. */
export function detailsOf(book: BookDto): BookDetails {
  const change = changeOf(book);
  return {
    title: book.title,
    isbn: change.isbn ?? null,
    authors: change.authors ?? [],
    genre: change.genre ?? null,
    priceCents: change.priceCents ?? 0,
    description: change.description ?? null,
    publicationDate: change.publicationDate ?? null,
    language: change.language ?? null,
    copies: change.copies ?? { holdings: [] },
    metadata: { replace: book.metadata ?? {} },
  };
}

/** The details that a merge patch names. */
export function changeOf(patch: BookPatchDto): BookChange {
  return {
    title: patch.title,
    isbn: given(patch.isbn, (text) => valueOf(Isbn.read(text)).value),
    authors:
      patch.authors === null
        ? []
        : patch.authors?.map((author) => (typeof author === 'string' ? tidyName(author) : author)),
    genre: patch.genre,
    priceCents: given(patch.price, (price) => valueOf(Money.fromNumber(price)).cents),
    description: given(patch.description, (text) => tidyDescription(text) || null),
    publicationDate: given(patch.publicationDate, (text) => {
      const date = valueOf(PublicationDate.read(text));
      return { text: date.toString(), sortKey: date.sortKey };
    }),
    language: given(patch.language, (text) => valueOf(normaliseLanguage(text))),
    copies: copiesOf(patch),
    metadata: metadataOf(patch),
  };
}

function copiesOf({ units, holdings }: OptionalDetailsDto): WantedCopies | undefined {
  if (holdings === undefined) return units === undefined ? undefined : units === null ? { holdings: [] } : { units };
  const listed = holdings ?? [];
  const sum = listed.reduce((total, holding) => total + holding.units, 0);
  if (typeof units === 'number' && units !== sum) {
    throw new InvalidInput([{ pointer: '/units', detail: `is not the sum of the holdings, ${sum}` }]);
  }
  return { holdings: listed };
}

function metadataOf({ metadata }: OptionalDetailsDto): BookChange['metadata'] {
  if (metadata === undefined) return undefined;
  return metadata === null ? { replace: {} } : { merge: metadata };
}

/** Null and absent stay what they are. */
function given<T, R>(value: T, read: (value: NonNullable<T>) => R): R | Extract<T, null | undefined> {
  return value === null || value === undefined ? (value as Extract<T, null | undefined>) : read(value);
}

/** The value of what the rules of the DTO have checked. */
function valueOf<T>(read: Parsed<T>): T {
  if (!read.ok) throw new Error(`unchecked input: ${read.reason}`);
  return read.value;
}
