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
