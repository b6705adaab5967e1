import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { IsName, Nullable, Omittable, Printable, Trimmed } from '@holdfast/platform';

/** A new library. */
export class AddLibraryDto {
  /** @example "Harbour Branch" */
  @IsName(200)
  @ApiProperty({ minLength: 1, maxLength: 200 })
  name!: string;

  /** @example "1 Harbour Street" */
  @Nullable()
  @Trimmed()
  @IsString()
  @MaxLength(500)
  @Printable()
  address?: string | null;

  /**
   * For an external library: a GET there, `{isbn}` and `{bookId}` filled in, answers `{"available": true|false}`.
   * @example "https://library.example/status/{isbn}"
   */
  @Nullable()
  @IsString()
  @MaxLength(2000)
  @ApiProperty({ type: String, nullable: true, pattern: '^[Hh][Tt][Tt][Pp][Ss]?://' })
  statusUrl?: string | null;
}

/** A merge patch of a library. */
export class ChangeLibraryDto {
  /** @example "Harbour Branch" */
  @Omittable()
  @IsName(200)
  @ApiProperty({ minLength: 1, maxLength: 200 })
  name?: string;

  /** @example "1 Harbour Street" */
  @Nullable()
  @Trimmed()
  @IsString()
  @MaxLength(500)
  @Printable()
  address?: string | null;

  /**
   * For an external library: a GET there, `{isbn}` and `{bookId}` filled in, answers `{"available": true|false}`.
   * @example "https://library.example/status/{isbn}"
   */
  @Nullable()
  @IsString()
  @MaxLength(2000)
  @ApiProperty({ type: String, nullable: true, pattern: '^[Hh][Tt][Tt][Pp][Ss]?://' })
  statusUrl?: string | null;
}

/** The copies of a book at a library. */
export class SetHoldingDto {
  /** @example 3 */
  @IsInt()
  @Min(0)
  @Max(100_000)
  @ApiProperty({ type: 'integer' })
  units!: number;
}
