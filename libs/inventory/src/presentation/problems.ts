import type { ProblemTable } from '@holdfast/platform';
import type { InventoryErrorCode } from '../domain/errors.js';

export const inventoryProblems: ProblemTable<InventoryErrorCode> = {
  'library-not-found': {
    status: 404,
    title: 'No such library',
    meaning: 'No library has this id or name.',
  },
  'library-name-taken': {
    status: 409,
    title: 'The name is taken',
    meaning: 'Another library has this name; case and accents do not count.',
  },
  'library-in-use': {
    status: 409,
    title: 'The library is in use',
    meaning:
      'The library still holds copies, readers wait for a copy of this library only, or it is the default library. Move its copies, or cancel those reservations, first.',
  },
  'title-not-found': {
    status: 404,
    title: 'No such book',
    meaning: 'No book has this id, or it was deleted.',
  },
  'fewer-than-reserved': {
    status: 409,
    title: 'Fewer copies than are reserved',
    meaning: 'The units of a book at a library cannot be lowered below those that readers have. Wait for returns.',
  },
  'copies-reserved': {
    status: 409,
    title: 'Copies are reserved',
    meaning: 'A book cannot be deleted while readers have copies of it.',
  },
};
