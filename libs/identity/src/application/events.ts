import {
  type DataOf,
  EVENTS_EXCHANGE,
  type EventTable,
  type NewEvent,
  PRIVATE_EXCHANGE,
  roles,
} from '@holdfast/platform';
import { z } from 'zod';
import { USERNAME } from '../domain/account-policies.js';
import { CODE, type CodePurpose } from '../domain/one-time-code.js';
import type { User } from '../domain/user.js';

export type IdentityEventName = 'user_registered' | 'user_deleted' | 'otp_generated' | 'email_verification_requested';

const id = z.uuid();
const time = z.iso.datetime();
/** As wide as the rule for accounts can ever be: a consumer must not refuse an address that was registered. */
const email = z.email({ pattern: /^[^\s@]+@[^\s@]+$/ });
const purposes = ['password_reset'] as const satisfies readonly CodePurpose[];

const ada = '0199a1b2-0000-7000-8000-0000000000cc';
const adasAddress = 'ada@example.org';

const source = '/holdfast/identity';
const ofAccount = { exchange: EVENTS_EXCHANGE, source, subject: 'users/{id}' } as const;
const secret = { exchange: PRIVATE_EXCHANGE, source, subject: 'users/{userId}' } as const;

export const identityEvents = {
  user_registered: {
    ...ofAccount,
    schema: 'UserRegistered',
    description: 'An account was made: by its user, by an admin, or as the first admin.',
    data: z.looseObject({ id, username: z.string().regex(USERNAME), email, role: z.enum(roles) }),
    example: { id: ada, username: 'ada', email: adasAddress, role: 'customer' },
  },
  user_deleted: {
    ...ofAccount,
    schema: 'UserDeleted',
    description: 'An account and all that belonged to it was deleted.',
    data: z.looseObject({ id }),
    example: { id: ada },
  },
  otp_generated: {
    ...secret,
    schema: 'OtpGenerated',
    description: 'A one-time code was made; it carries the code.',
    data: z.looseObject({
      userId: id,
      email,
      otp: z.string().regex(CODE).describe('The code: six digits.'),
      expiresAt: time,
      purpose: z.enum(purposes).describe('What the code is good for.'),
    }),
    example: {
      userId: ada,
      email: adasAddress,
      otp: '012345',
      expiresAt: '2026-11-22T10:10:00.000Z',
      purpose: 'password_reset',
    },
  },
  email_verification_requested: {
    ...secret,
    schema: 'EmailVerificationRequested',
    description: 'A link that proves an e-mail address was made; it carries the secret of the link.',
    data: z.looseObject({
      userId: id,
      email,
      token: z.string().min(1).describe('The secret part of the link.'),
      expiresAt: time,
    }),
    example: {
      userId: ada,
      email: adasAddress,
      token: 'c29tZS10b2tlbi1vZi0yNTYtcmFuZG9tLWJpdHM',
      expiresAt: '2026-11-23T10:00:00.000Z',
    },
  },
} satisfies EventTable<IdentityEventName>;

type Data<Name extends IdentityEventName> = DataOf<typeof identityEvents, Name>;

const event = <Name extends IdentityEventName>(type: Name, userId: string, data: Data<Name>): NewEvent => ({
  type,
  subject: `users/${userId}`,
  data,
});

export const userRegistered = ({ id, username, email, role }: User): NewEvent =>
  event('user_registered', id, { id, username, email, role });

export const userDeleted = ({ id }: User): NewEvent => event('user_deleted', id, { id });

export const otpGenerated = (data: Data<'otp_generated'>): NewEvent => event('otp_generated', data.userId, data);

export const emailVerificationRequested = (data: Data<'email_verification_requested'>): NewEvent =>
  event('email_verification_requested', data.userId, data);
