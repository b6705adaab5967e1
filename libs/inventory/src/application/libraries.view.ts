import { ApiProperty } from '@nestjs/swagger';

/** A library of the network. */
export class LibraryView {
  /** @example "0199a1b2-0000-7000-8000-000000000003" */
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** @example "Main Library" */
  name!: string;
  /** @example "1 Harbour Street" */
  address!: string | null;
  /**
   * An external library: where it is asked whether it has a book.
   * @example "https://library.example/status/{isbn}"
   */
  statusUrl!: string | null;
  /**
   * Takes the copies for which no library is named.
   * @example true
   */
  isDefault!: boolean;
  /**
   * Counts its changes.
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  version!: number;
  /** @example "2026-11-22T10:00:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
  /** @example "2026-11-22T10:00:00.000Z" */
  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
}

/** The name of a library with its id. */
export class LibraryReferenceView {
  /** @example "0199a1b2-0000-7000-8000-000000000003" */
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /** @example "Main Library" */
  name!: string;
}

/** The copies of a book at one library. */
export class LibraryAvailabilityView {
  library!: LibraryReferenceView;
  /** @example 3 */
  @ApiProperty({ type: 'integer' })
  units!: number;
  /**
   * Copies that are free.
   * @example 2
   */
  @ApiProperty({ type: 'integer' })
  availableUnits!: number;
}

/** The copies of a book at every library that holds some. */
export class AvailabilityView {
  /** @example "0199a1b2-0000-7000-8000-000000000001" */
  @ApiProperty({ format: 'uuid' })
  bookId!: string;
  /**
   * Copies of all libraries together.
   * @example 3
   */
  @ApiProperty({ type: 'integer' })
  units!: number;
  /**
   * Copies that are free.
   * @example 2
   */
  @ApiProperty({ type: 'integer' })
  availableUnits!: number;
  libraries!: LibraryAvailabilityView[];
}

/** An availability with the version that it shares with its book: ETags are made of both. */
export interface VersionedAvailability {
  version: number;
  availability: AvailabilityView;
}
