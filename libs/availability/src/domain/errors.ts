import { DomainError } from '@holdfast/kernel';

export type AvailabilityErrorCode = 'book-not-found' | 'reservation-cut-off' | 'reservation-unanswered';

export class AvailabilityError extends DomainError<AvailabilityErrorCode> {}
