import { text, variable, whole, yesNo } from './variable.js';

/** Accounts, sessions and passwords. */
export const identityVariables = {
  adminUsername: variable('ADMIN_USERNAME', text('admin'), 'Username of the first admin, made when there is none.'),
  adminEmail: variable('ADMIN_EMAIL', text('admin@holdfast.example'), 'E-mail address of the first admin.'),
  adminPassword: variable(
    'ADMIN_PASSWORD',
    text(''),
    'Password of the first admin (12 characters or more). Embedded and empty: one is made and shown at start.',
  ),
  jwtPrivateKey: variable(
    'JWT_PRIVATE_KEY',
    text(''),
    'PKCS #8 PEM, Ed25519 or P-256, that signs access tokens. Empty: made once and kept in HOLDFAST_DATA_DIR.',
  ),
  jwtPreviousPublicKeys: variable(
    'JWT_PREVIOUS_PUBLIC_KEYS',
    text(''),
    'SPKI PEMs, one after the other, of keys that sign no more, or not yet, and whose tokens count.',
  ),
  jwtIssuer: variable('JWT_ISSUER', text('holdfast'), 'iss of access tokens.'),
  jwtAudience: variable('JWT_AUDIENCE', text('holdfast-api'), 'aud of access tokens.'),
  jwtAccessSeconds: variable('JWT_ACCESS_SECONDS', whole(900, 1, 86_400), 'Life of an access token, in seconds.'),
  jwtRefreshSeconds: variable(
    'JWT_REFRESH_SECONDS',
    whole(2_592_000, 60, 31_536_000),
    'Life of a session without use, in seconds.',
  ),
  sessionSeconds: variable(
    'JWT_SESSION_SECONDS',
    whole(7_776_000, 60, 157_680_000),
    'Longest life of a session, however often it is refreshed, in seconds.',
  ),
  verifiedEmailRequired: variable(
    'REQUIRE_VERIFIED_EMAIL',
    yesNo(false),
    'true: nobody signs in before their e-mail address is verified.',
  ),
  passwordHashMemory: variable(
    'PASSWORD_HASH_MEMORY_KIB',
    whole(19_456, 1024, 4_194_304),
    'Memory of argon2id, in KiB. A password is hashed anew at the next sign-in when this or the next one changes.',
  ),
  passwordHashPasses: variable('PASSWORD_HASH_PASSES', whole(2, 1, 100), 'Passes of argon2id over its memory.'),
  signInTriesPerAccount: variable(
    'SIGN_IN_TRIES_PER_ACCOUNT',
    whole(10, 1, 1_000_000),
    'Failed sign-ins to one account in 10 minutes; then 429.',
  ),
  signInTriesPerAddress: variable(
    'SIGN_IN_TRIES_PER_ADDRESS',
    whole(100, 1, 1_000_000),
    'Failed sign-ins from one network address in 10 minutes; then 429.',
  ),
  registrationsPerHour: variable(
    'REGISTRATIONS_PER_HOUR',
    whole(60, 1, 1_000_000),
    'Registrations from one network address in an hour; then 429.',
  ),
  codesPerTwoMinutes: variable(
    'CODES_PER_TWO_MINUTES',
    whole(5, 1, 1_000_000),
    'One-time codes asked for in 2 minutes, for one account and from one network address; then 429.',
  ),
  codesPerHour: variable(
    'CODES_PER_HOUR',
    whole(10, 1, 1_000_000),
    'One-time codes asked for in an hour, for one account and from one network address; then 429.',
  ),
  codeTriesPerDay: variable(
    'CODE_TRIES_PER_DAY',
    whole(50, 1, 1_000_000),
    'Wrong codes for one account in a day, ten times as many from one network address; then 429.',
  ),
  auditDays: variable(
    'AUDIT_RETENTION_DAYS',
    whole(730, 1, 36_500),
    'How long it is kept who changed which account, in days.',
  ),
};
