import type { ProblemTable } from '@holdfast/platform';
import type { CatalogErrorCode } from '../domain/errors.js';

export const catalogProblems: ProblemTable<CatalogErrorCode> = {
  'book-not-found': { status: 404, title: 'No such book', meaning: 'No book has this id, or it was deleted.' },
  'author-not-found': { status: 404, title: 'No such author', meaning: 'No author has this id, or it was deleted.' },
  'genre-not-found': { status: 404, title: 'No such genre', meaning: 'No genre has this id, or it was deleted.' },
  'not-your-book': {
    status: 403,
    title: 'Not your book',
    meaning: 'The role author may change and delete only the books that it created.',
  },
  'isbn-taken': {
    status: 409,
    title: 'The ISBN is taken',
    meaning: 'Another book has this ISBN; an ISBN-10 and the ISBN-13 made of it are the same.',
  },
  'units-held-elsewhere': {
    status: 409,
    title: 'Other libraries hold more units',
    meaning:
      '`units` is the sum over all libraries, and the default library takes the difference; the others hold more than that already. Name the units of each library in `holdings`.',
  },
  'author-name-taken': {
    status: 409,
    title: 'The author exists',
    meaning: 'Another author has this name; case and accents do not count.',
  },
  'genre-name-taken': {
    status: 409,
    title: 'The genre exists',
    meaning: 'Another genre has this name; case and accents do not count.',
  },
  'author-in-use': {
    status: 409,
    title: 'The author has books',
    meaning: 'An author can be deleted only when no book names it.',
  },
  'genre-in-use': {
    status: 409,
    title: 'The genre has books',
    meaning: 'A genre can be deleted only when no book has it.',
  },
  'metadata-too-large': {
    status: 413,
    title: 'The metadata is too large',
    meaning: 'The metadata of a book has at most 64 KiB as JSON in UTF-8, also after a merge.',
  },
  'metadata-unavailable': {
    status: 503,
    title: 'The metadata does not answer',
    meaning:
      'The store of the metadata is away. Books can be read (`metadata` is null then) and changed as long as the change does not depend on their present metadata. Try again after Retry-After.',
  },
  'upload-not-found': {
    status: 404,
    title: 'No such upload',
    meaning: 'No upload has this id, or it ended longer ago than uploads are kept: 30 days unless set otherwise.',
  },
  'upload-ended': {
    status: 409,
    title: 'The upload has ended',
    meaning: 'An upload that is completed, failed or cancelled cannot be cancelled. What it imported stays.',
  },
};
