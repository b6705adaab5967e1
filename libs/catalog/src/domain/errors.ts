import { DomainError } from '@holdfast/kernel';

export type CatalogErrorCode =
  | 'book-not-found'
  | 'author-not-found'
  | 'genre-not-found'
  | 'not-your-book'
  | 'isbn-taken'
  | 'units-held-elsewhere'
  | 'author-name-taken'
  | 'genre-name-taken'
  | 'author-in-use'
  | 'genre-in-use'
  | 'metadata-too-large'
  | 'metadata-unavailable'
  | 'upload-not-found'
  | 'upload-ended';

export class CatalogError extends DomainError<CatalogErrorCode> {}

export const bookNotFound = (): CatalogError => new CatalogError('book-not-found', 'There is no such book.');
export const uploadNotFound = (): CatalogError => new CatalogError('upload-not-found', 'There is no such upload.');
