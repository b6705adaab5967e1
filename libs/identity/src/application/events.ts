import { EVENTS_EXCHANGE, type EventTable, type NewEvent, PRIVATE_EXCHANGE } from '@holdfast/platform';
import type { CodePurpose } from '../domain/one-time-code.js';
import type { User } from '../domain/user.js';

export type IdentityEventName = 'user_registered' | 'user_deleted' | 'otp_generated' | 'email_verification_requested';

const source = '/holdfast/identity';

export const identityEvents: EventTable<IdentityEventName> = {
  user_registered: {
    exchange: EVENTS_EXCHANGE,
    source,
    schema: 'UserRegistered',
    description: 'An account was made: by its user, by an admin, or as the first admin.',
  },
  user_deleted: {
    exchange: EVENTS_EXCHANGE,
    source,
    schema: 'UserDeleted',
    description: 'An account and all that belonged to it was deleted.',
  },
  otp_generated: {
    exchange: PRIVATE_EXCHANGE,
    source,
    schema: 'OtpGenerated',
    description: 'A one-time code was made; it carries the code.',
  },
  email_verification_requested: {
    exchange: PRIVATE_EXCHANGE,
    source,
    schema: 'EmailVerificationRequested',
    description: 'A link that proves an e-mail address was made; it carries the secret of the link.',
  },
};

const event = (type: IdentityEventName, userId: string, data: object): NewEvent => ({
  type,
  subject: `users/${userId}`,
  data,
});

export const userRegistered = ({ id, username, email, role }: User): NewEvent =>
  event('user_registered', id, { id, username, email, role });

export const userDeleted = ({ id }: User): NewEvent => event('user_deleted', id, { id });

/** `expiresAt` in RFC 3339; `otp` is six digits. */
export const otpGenerated = (data: {
  userId: string;
  email: string;
  otp: string;
  expiresAt: string;
  purpose: CodePurpose;
}): NewEvent => event('otp_generated', data.userId, data);

/** `expiresAt` in RFC 3339. */
export const emailVerificationRequested = (data: {
  userId: string;
  email: string;
  token: string;
  expiresAt: string;
}): NewEvent => event('email_verification_requested', data.userId, data);
