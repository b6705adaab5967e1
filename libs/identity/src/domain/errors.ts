import { DomainError } from '@holdfast/kernel';

export type IdentityErrorCode =
  | 'username-taken'
  | 'email-taken'
  | 'wrong-credentials'
  | 'account-inactive'
  | 'email-not-verified'
  | 'refresh-refused'
  | 'code-refused'
  | 'reset-refused'
  | 'verification-link-invalid'
  | 'wrong-current-password'
  | 'user-not-found'
  | 'customer-not-found'
  | 'session-not-found'
  | 'last-admin';

export class IdentityError extends DomainError<IdentityErrorCode> {}
