import type { ProblemTable } from '@holdfast/platform';
import type { LendingErrorCode } from '../domain/errors.js';

export const lendingProblems: ProblemTable<LendingErrorCode> = {
  'reservation-not-found': { status: 404, title: 'No such reservation', meaning: 'No reservation has this id.' },
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
  'reservation-ended': {
    status: 409,
    title: 'The reservation has ended',
    meaning: 'It is completed or cancelled already, so it cannot be cancelled.',
  },
  'reservation-not-active': {
    status: 409,
    title: 'The reservation is not active',
    meaning: 'Only an active reservation has a copy that can be returned or kept for longer.',
  },
  'somebody-waits': {
    status: 409,
    title: 'Somebody waits',
    meaning: 'A reservation cannot be renewed while another reader waits for the copy.',
  },
  'renewals-used-up': {
    status: 409,
    title: 'No renewals left',
    meaning: 'The reservation was renewed as often as is allowed (twice unless set otherwise).',
  },
  'renewal-not-later': {
    status: 422,
    title: 'The renewal is not later',
    meaning: '`reservedUntil` of a renewal must be later than the present end.',
  },
  'copies-out': {
    status: 409,
    title: 'Copies are out',
    meaning: 'An account cannot be deleted while its owner has copies. Return them first.',
  },
};
