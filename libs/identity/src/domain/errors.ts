import { DomainError } from '@holdfast/kernel';

export type IdentityErrorCode =
  | 'username-taken'
  | 'email-taken'
  | 'wrong-credentials'
  | 'account-inactive'
  | 'refresh-refused'
  | 'verification-link-invalid'
  | 'wrong-current-password'
  | 'user-not-found'
  | 'customer-not-found'
  | 'session-not-found'
  | 'last-admin';

export class IdentityError extends DomainError<IdentityErrorCode> {}
