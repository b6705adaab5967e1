import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { IsName, Omittable, PageQuery } from '@holdfast/platform';
import { CATALOG_LIMITS } from '../domain/catalog-limits.js';

/** A list of authors or genres by name. */
export class HeadingListQuery extends PageQuery {
  /**
   * Words of the name; case and accents do not matter.
   * @example "le guin"
   */
  @Omittable()
  @IsString()
  @MaxLength(200)
  search?: string;
}

/** A new author. */
export class AuthorDto {
  /** @example "Ursula K. Le Guin" */
  @IsName(CATALOG_LIMITS.author)
  @ApiProperty({ minLength: 1, maxLength: 200 })
  name!: string;
}

/** A merge patch of an author. */
export class AuthorPatchDto {
  /** @example "Ursula K. Le Guin" */
  @Omittable()
  @IsName(CATALOG_LIMITS.author)
  @ApiProperty({ minLength: 1, maxLength: 200 })
  name?: string;
}

/** A new genre. */
export class GenreDto {
  /** @example "Science fiction" */
  @IsName(CATALOG_LIMITS.genre)
  @ApiProperty({ minLength: 1, maxLength: 100 })
  name!: string;
}

/** A merge patch of a genre. */
export class GenrePatchDto {
  /** @example "Science fiction" */
  @Omittable()
  @IsName(CATALOG_LIMITS.genre)
  @ApiProperty({ minLength: 1, maxLength: 100 })
  name?: string;
}
