import { DomainError } from '@holdfast/kernel';

export type InventoryErrorCode =
  | 'library-not-found'
  | 'library-name-taken'
  | 'library-in-use'
  | 'title-not-found'
  | 'fewer-than-reserved'
  | 'copies-reserved';

export class InventoryError extends DomainError<InventoryErrorCode> {}

/** Units that cannot be, because readers have more. */
export interface RefusedUnits {
  bookId: string;
  /** The library's name. */
  library: string;
  to: number;
  reserved: number;
}

/** Says for every holding that was refused how many readers have. */
export class FewerThanReserved extends InventoryError {
  constructor(readonly refused: readonly RefusedUnits[]) {
    super('fewer-than-reserved', refused.map(reasonAgainst).join(' '));
  }
}

export const reasonAgainst = ({ reserved, library }: Pick<RefusedUnits, 'reserved' | 'library'>): string =>
  `${reserved} ${reserved === 1 ? 'is' : 'are'} reserved at ${library}.`;
