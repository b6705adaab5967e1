import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { OffsetPageQuery, Omittable } from '@holdfast/platform';
import { IsAuthorName, IsGenreName } from './rules.js';

/** A list of authors or genres by name. */
export class HeadingListQuery extends OffsetPageQuery {
  /** Words of the name; case and accents do not matter. */
  @Omittable()
  @IsString()
  @MaxLength(200)
  search?: string;
}

/** A new author. */
export class AuthorDto {
  /** @example "Ursula K. Le Guin" */
  @IsAuthorName()
  @ApiProperty({ minLength: 1, maxLength: 200 })
  name!: string;
}

/** A merge patch of an author. */
export class AuthorPatchDto {
  /** @example "Ursula K. Le Guin" */
  @Omittable()
  @IsAuthorName()
  @ApiProperty({ minLength: 1, maxLength: 200 })
  name?: string;
}

/** A new genre. */
export class GenreDto {
  /** @example "Science fiction" */
  @IsGenreName()
  @ApiProperty({ minLength: 1, maxLength: 100 })
  name!: string;
}

/** A merge patch of a genre. */
export class GenrePatchDto {
  /** @example "Science fiction" */
  @Omittable()
  @IsGenreName()
  @ApiProperty({ minLength: 1, maxLength: 100 })
  name?: string;
}
