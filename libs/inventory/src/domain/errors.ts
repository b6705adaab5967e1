import { DomainError } from '@holdfast/kernel';

export type InventoryErrorCode =
  | 'library-not-found'
  | 'library-name-taken'
  | 'library-in-use'
  | 'title-not-found'
  | 'fewer-than-reserved'
  | 'copies-reserved';

export class InventoryError extends DomainError<InventoryErrorCode> {}
