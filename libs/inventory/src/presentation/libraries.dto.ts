import { IsInt, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import { Nullable, Omittable, SingleLine, Trimmed } from '@holdfast/platform';

/** A new library. */
export class AddLibraryDto {
  /** @example Harbour Branch */
  @Trimmed()
  @IsString()
  @Length(1, 200)
  @SingleLine()
  name!: string;

  /** @example 1 Harbour Street */
  @Nullable()
  @Trimmed()
  @IsString()
  @MaxLength(500)
  address?: string | null;

  /**
   * For an external library: a GET there, `{isbn}` and `{bookId}` filled in, answers `{"available": true|false}`.
   * @example https://library.example/status/{isbn}
   */
  @Nullable()
  @IsString()
  @MaxLength(2000)
  statusUrl?: string | null;
}

/** A merge patch of a library. */
export class ChangeLibraryDto {
  @Omittable()
  @Trimmed()
  @IsString()
  @Length(1, 200)
  @SingleLine()
  name?: string;

  @Nullable()
  @Trimmed()
  @IsString()
  @MaxLength(500)
  address?: string | null;

  @Nullable()
  @IsString()
  @MaxLength(2000)
  statusUrl?: string | null;
}

/** The copies of a book at a library. */
export class SetHoldingDto {
  /** @example 3 */
  @IsInt()
  @Min(0)
  @Max(100_000)
  units!: number;
}
