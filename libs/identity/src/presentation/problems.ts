import type { ProblemTable } from '@holdfast/platform';
import type { IdentityErrorCode } from '../domain/errors.js';

export const identityProblems: ProblemTable<IdentityErrorCode> = {
  'username-taken': {
    status: 409,
    title: 'The username is taken',
    meaning: 'Another account has this username; upper and lower case do not count. Choose another one.',
  },
  'email-taken': {
    status: 409,
    title: 'The e-mail address is taken',
    meaning: 'Another account has this address; upper and lower case do not count. Sign in there, or use another one.',
  },
  'wrong-credentials': {
    status: 401,
    title: 'Wrong credentials',
    meaning: 'There is no such account, or the password is wrong; which of them is not told.',
  },
  'account-inactive': {
    status: 403,
    title: 'The account is inactive',
    meaning: 'The password is right, but an admin has deactivated the account.',
  },
  'email-not-verified': {
    status: 403,
    title: 'The e-mail address is not verified',
    meaning:
      'The password is right, but this library wants the address verified first. Open the link that was mailed, or ask for another.',
  },
  'refresh-refused': {
    status: 401,
    title: 'The refresh token is refused',
    meaning:
      'It is unknown, or its session has ended or expired, or it was used before: then the session has ended now. Sign in again.',
  },
  'code-refused': {
    status: 400,
    title: 'The code does not work',
    meaning:
      'The code is wrong, was used, has expired, or was tried wrongly five times; which of them is not told. Ask for another.',
  },
  'reset-refused': {
    status: 400,
    title: 'The reset token does not work',
    meaning: 'The token is unknown, was used or has expired, or the account has changed since. Ask for another code.',
  },
  'verification-link-invalid': {
    status: 400,
    title: 'The link does not work',
    meaning: 'The link is not complete, has expired, or was replaced by a newer one. Ask for another.',
  },
  'wrong-current-password': {
    status: 400,
    title: 'The current password is wrong',
    meaning: 'A change of password needs the present one. Nothing was changed.',
  },
  'user-not-found': { status: 404, title: 'No such user', meaning: 'No account has this id, or it was deleted.' },
  'customer-not-found': {
    status: 404,
    title: 'No such customer',
    meaning: 'No account with the role customer has this id, or it was deleted.',
  },
  'session-not-found': {
    status: 404,
    title: 'No such session',
    meaning: 'You have no session of this id, or it has ended already.',
  },
  'last-admin': {
    status: 409,
    title: 'The last admin must stay',
    meaning:
      'The last active admin can be neither deleted, deactivated nor given another role. Make another admin first.',
  },
};
