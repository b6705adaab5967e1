import type { ProblemTable } from '@holdfast/platform';
import type { AvailabilityErrorCode } from '../domain/errors.js';

export const availabilityProblems: ProblemTable<AvailabilityErrorCode> = {
  'book-not-found': { status: 404, title: 'No such book', meaning: 'No book has this id, or it was deleted.' },
  'reservation-cut-off': {
    status: 502,
    title: 'The reservation may have been made',
    meaning:
      'The API took the request and cut the connection before its answer was there. Send the same again with the Idempotency-Key that this answer has: it is made once, and you get its answer.',
  },
  'reservation-unanswered': {
    status: 504,
    title: 'The reservation may have been made, or may yet be',
    meaning:
      'The API took the request and did not answer in time. Send the same again with the Idempotency-Key that this answer has: it is made once, and you get its answer.',
  },
};

/**
 * Refusals of `POST /api/reservations` that are passed on, so that their types lead to a page here too. In the words of the
 * API, whose contexts this program does not load; test/e2e/availability.spec.ts holds the one against the other.
 */
export const passedOnProblems: ProblemTable<string> = {
  'library-not-found': { status: 404, title: 'No such library', meaning: 'No library has this id or name.' },
  'customer-not-found': {
    status: 404,
    title: 'No such customer',
    meaning: 'No account with the role customer has this id, or it was deleted.',
  },
  'already-reserved': {
    status: 409,
    title: 'Reserved already',
    meaning: 'The customer has a pending or active reservation of this book; there can be one at a time.',
  },
  'ends-in-the-past': {
    status: 422,
    title: 'The end is in the past',
    meaning: '`reservedUntil` must lie in the future.',
  },
  'longer-than-the-longest-loan': {
    status: 422,
    title: 'Longer than the longest loan',
    meaning:
      '`reservedUntil` lies further from now than the longest loan of this library network (30 days unless set otherwise).',
  },
  'too-many-open-reservations': {
    status: 422,
    title: 'Too many open reservations',
    meaning:
      'The customer has as many pending and active reservations as are allowed (10 unless set otherwise). Return or cancel one first.',
  },
  'customer-inactive': {
    status: 422,
    title: 'The account is not active',
    meaning: 'The account of the customer was deactivated, so nothing can be reserved for it.',
  },
};
