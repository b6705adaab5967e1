import { DomainError } from '@holdfast/kernel';

export type LendingErrorCode =
  | 'reservation-not-found'
  | 'already-reserved'
  | 'ends-in-the-past'
  | 'longer-than-the-longest-loan'
  | 'too-many-open-reservations'
  | 'customer-inactive'
  | 'reservation-ended'
  | 'reservation-not-active'
  | 'somebody-waits'
  | 'renewals-used-up'
  | 'renewal-not-later'
  | 'copies-out';

export class LendingError extends DomainError<LendingErrorCode> {}
