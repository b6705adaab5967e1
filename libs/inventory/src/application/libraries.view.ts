/** A library of the network. */
export class LibraryView {
  /** @example 0199a1b2-0000-7000-8000-000000000001 */
  id!: string;
  /** @example Main Library */
  name!: string;
  /** @example 1 Harbour Street */
  address!: string | null;
  /** An external library: where it is asked whether it has a book. */
  statusUrl!: string | null;
  /** Takes the copies for which no library is named. */
  isDefault!: boolean;
  version!: number;
  createdAt!: string;
  updatedAt!: string;
}

/** The name of a library with its id. */
export class LibraryReferenceView {
  id!: string;
  /** @example Main Library */
  name!: string;
}

/** The copies of a book at one library. */
export class LibraryAvailabilityView {
  library!: LibraryReferenceView;
  units!: number;
  availableUnits!: number;
}

/** The copies of a book at every library that holds some. */
export class AvailabilityView {
  bookId!: string;
  units!: number;
  availableUnits!: number;
  libraries!: LibraryAvailabilityView[];
}

/** An availability with the version that it shares with its book: ETags are made of both. */
export interface VersionedAvailability {
  version: number;
  availability: AvailabilityView;
}
