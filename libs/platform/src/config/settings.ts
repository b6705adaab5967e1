import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

/** One environment variable: its name, the check that turns its text into a value, and a sentence for `.env.example`. */
interface Variable<T> {
  name: string;
  schema: z.ZodType<T>;
  description: string;
}

const variable = <T>(name: string, schema: z.ZodType<T>, description: string): Variable<T> => ({
  name,
  schema,
  description,
});

const text = (fallback: string) => z.string().default(fallback);
const whole = (fallback: number, min: number, max: number) =>
  z.coerce.number('must be a number').int('must be a whole number').min(min).max(max).default(fallback);
const yesNo = (fallback: boolean) =>
  z
    .enum(['true', 'false'], 'must be true or false')
    .default(fallback ? 'true' : 'false')
    .transform((value) => value === 'true');
const url = (...protocols: string[]) =>
  z
    .string()
    .default('')
    .refine((value) => value === '' || (URL.canParse(value) && protocols.includes(new URL(value).protocol)), {
      error: `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    });

/** Comma-separated origins of web pages, each exactly as a browser names it. */
const origins = () =>
  z
    .string()
    .default('')
    .transform(
      (list) =>
        new Set(
          list
            .split(',')
            .map((origin) => origin.trim())
            .filter(Boolean),
        ) as ReadonlySet<string>,
    )
    .refine(
      (all) => [...all].every((one) => /^https?:/.test(one) && URL.canParse(one) && new URL(one).origin === one),
      {
        error: 'must be origins such as https://shop.example.org, without a path, with commas between them',
      },
    );

/**
 * Every variable that Holdfast reads. `NAME_FILE` may be set instead of `NAME`: the value is then the file's content.
 * An empty value counts as not set.
 */
export const variables = {
  environment: variable(
    'NODE_ENV',
    z.enum(['development', 'test', 'production']).default('development'),
    'production refuses every embedded stand-in.',
  ),
  port: variable('PORT', whole(3000, 0, 65_535), 'TCP port of the API; 0 takes a free one.'),
  host: variable('HOST', text('127.0.0.1'), 'Address to listen on; 0.0.0.0 in a container.'),
  workerPort: variable(
    'WORKER_PORT',
    whole(3002, 0, 65_535),
    'TCP port of the health and metrics of a separate worker.',
  ),
  availabilityPort: variable(
    'AVAILABILITY_PORT',
    whole(3001, 0, 65_535),
    'TCP port of the availability service; 0 takes a free one.',
  ),
  publicUrl: variable(
    'PUBLIC_URL',
    url('http:', 'https:'),
    'Where clients reach the API; made of HOST and PORT when empty.',
  ),
  trustedProxies: variable(
    'TRUSTED_PROXIES',
    text(''),
    'Comma-separated addresses or CIDR ranges whose X-Forwarded-For is believed; none when empty.',
  ),
  corsOrigins: variable(
    'CORS_ORIGINS',
    origins(),
    'Comma-separated origins of web pages elsewhere whose scripts may read answers; none when empty.',
  ),
  logLevel: variable(
    'LOG_LEVEL',
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    'Least severe level that is logged.',
  ),
  dataDir: variable(
    'HOLDFAST_DATA_DIR',
    text('.holdfast').transform((path) => resolve(path)),
    'Folder for uploads and for all that the embedded stand-ins keep.',
  ),
  sampleCatalogue: variable(
    'SAMPLE_CATALOGUE',
    z.enum(['auto', 'yes', 'no']).default('auto'),
    'Load the sample books into an empty catalogue at start; auto: only with the embedded PostgreSQL.',
  ),

  databaseUrl: variable(
    'DATABASE_URL',
    url('postgres:', 'postgresql:'),
    'PostgreSQL 15 or later; embedded when empty.',
  ),
  databasePoolSize: variable('DATABASE_POOL_SIZE', whole(20, 2, 500), 'Connections of each process to PostgreSQL.'),
  redisUrl: variable('REDIS_URL', url('redis:', 'rediss:'), 'Redis 7 or later (noeviction); in process when empty.'),
  redisPrefix: variable('REDIS_PREFIX', text('holdfast'), 'Prefix of every key in Redis.'),
  rabbitmqUrl: variable('RABBITMQ_URL', url('amqp:', 'amqps:'), 'RabbitMQ 3.10 or later; in process when empty.'),
  mongodbUrl: variable('MONGODB_URL', url('mongodb:', 'mongodb+srv:'), 'MongoDB 5 or later; PostgreSQL when empty.'),
  smtpUrl: variable(
    'SMTP_URL',
    url('smtp:', 'smtps:'),
    'SMTP server; .eml files in HOLDFAST_DATA_DIR/mail when empty.',
  ),
  mailFrom: variable('MAIL_FROM', text('Holdfast <library@holdfast.example>'), 'Sender of every mail.'),
  mailRetryHours: variable(
    'MAIL_RETRY_HOURS',
    whole(48, 1, 240),
    'How long a mail is tried again that the server does not take, in hours; then it has failed.',
  ),
  mailRetentionDays: variable(
    'MAIL_RETENTION_DAYS',
    whole(30, 1, 3650),
    'How long it is kept what became of a mail, without its content, in days.',
  ),

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
  requestsPerMinute: variable(
    'REQUESTS_PER_MINUTE',
    whole(0, 0, 100_000),
    'Requests of one caller (account, or network address without one) in a minute; 0: no limit.',
  ),
  idempotencyKeyHours: variable(
    'IDEMPOTENCY_KEY_HOURS',
    whole(24, 1, 720),
    'How long a repetition with the same Idempotency-Key gets the first answer, in hours.',
  ),
  auditDays: variable(
    'AUDIT_RETENTION_DAYS',
    whole(730, 1, 36_500),
    'How long it is kept who changed which account, in days.',
  ),

  cataloguePublic: variable('CATALOGUE_PUBLIC', yesNo(true), 'false: the catalogue is shown to signed-in users only.'),
  privateStatusUrlsAllowed: variable(
    'ALLOW_PRIVATE_STATUS_URLS',
    yesNo(false),
    'true: the status URL of an external library may lead to a private network.',
  ),
  apiUrl: variable(
    'API_URL',
    url('http:', 'https:'),
    'Where the availability service reaches the API; made of PORT when empty. In one process it is always its own.',
  ),
  availabilityBudgetMs: variable(
    'AVAILABILITY_BUDGET_MS',
    whole(5000, 100, 60_000),
    'Within this time the availability service answers, whoever is silent, in milliseconds.',
  ),
  availabilityTryMs: variable(
    'AVAILABILITY_TRY_MS',
    whole(1500, 50, 60_000),
    'How long one question to the API or to an external library may take, in milliseconds.',
  ),
  availabilityRetries: variable(
    'AVAILABILITY_RETRIES',
    whole(2, 0, 10),
    'How often a question that failed is put again, with growing pauses.',
  ),
  availabilityParallel: variable(
    'AVAILABILITY_PARALLEL',
    whole(10, 1, 1000),
    'Questions to one external library at a time; ten times as many wait.',
  ),
  breakerFailures: variable(
    'AVAILABILITY_BREAKER_FAILURES',
    whole(5, 1, 1000),
    'Failures in a row after which an external library is left alone for a while.',
  ),
  breakerOpenMs: variable(
    'AVAILABILITY_BREAKER_OPEN_MS',
    whole(30_000, 10, 3_600_000),
    'How long it is left alone before one question tries again, in milliseconds.',
  ),
  reserveTimeoutMs: variable(
    'AVAILABILITY_RESERVE_MS',
    whole(10_000, 100, 120_000),
    'How long the availability service waits for the API to answer a reservation that it passes on, in milliseconds.',
  ),
  uploadMaxBytes: variable(
    'UPLOAD_MAX_BYTES',
    whole(200 * 1024 * 1024, 1024, 10 * 1024 ** 3),
    'Largest CSV file that is taken, in bytes.',
  ),
  importChunkRows: variable(
    'IMPORT_CHUNK_ROWS',
    whole(2000, 1, 20_000),
    'Rows of an import that are committed together. Fewer: others wait less for the books; more: a little quicker.',
  ),
  uploadRetentionDays: variable(
    'UPLOAD_RETENTION_DAYS',
    whole(30, 1, 36_500),
    'How long an upload and its report are kept after its end, in days.',
  ),
  uploadOrphanMinutes: variable(
    'UPLOAD_ORPHAN_MINUTES',
    whole(60, 10, 10_080),
    'When a file of an upload that was cut off by a crash is removed, in minutes since the last byte.',
  ),
  uploadLeaseSeconds: variable(
    'UPLOAD_LEASE_SECONDS',
    whole(15, 1, 600),
    'How long a worker may be silent before another one takes its import, in seconds.',
  ),
  uploadPatienceSeconds: variable(
    'UPLOAD_PATIENCE_SECONDS',
    whole(30, 1, 3600),
    'How long an upload may keep us waiting for its bytes, in seconds; each KiB that has come adds one. Then 408.',
  ),
  requestMaxSeconds: variable(
    'REQUEST_MAX_SECONDS',
    whole(900, 30, 86_400),
    'Longest time in which a request must have come in whole, uploads too (200 MB: 1.9 Mbit/s); then 408.',
  ),
  headersMaxSeconds: variable(
    'HEADERS_MAX_SECONDS',
    whole(20, 1, 300),
    'Longest time in which the header of a request must have come in, in seconds; then 408.',
  ),
  bodyMaxSeconds: variable(
    'BODY_MAX_SECONDS',
    whole(60, 1, 900),
    'Longest time in which a body that is no upload must have come in, in seconds; then 408.',
  ),
  readerPatienceSeconds: variable(
    'READER_PATIENCE_SECONDS',
    whole(60, 1, 3600),
    'How long a client may take nothing of an answer that waits for it, in seconds; then its connection ends.',
  ),
  longestLoanDays: variable('LENDING_LONGEST_LOAN_DAYS', whole(30, 1, 3650), 'Longest time of a reservation, in days.'),
  openReservationsLimit: variable(
    'LENDING_OPEN_RESERVATIONS_LIMIT',
    whole(10, 1, 10_000),
    'Open reservations (pending or active) that a customer may have.',
  ),
  renewalsLimit: variable('LENDING_RENEWALS_LIMIT', whole(2, 0, 100), 'Times that a reservation can be renewed.'),
  endsSoonHours: variable('LENDING_ENDS_SOON_HOURS', whole(24, 1, 720), 'Notice before a reservation ends, in hours.'),
  dailyRatePercent: variable(
    'LENDING_DAILY_RATE_PERCENT',
    z.coerce.number('must be a number').min(0).max(100).multipleOf(0.01).default(1),
    'Price of a day, in percent of the price of the book; at most two decimals.',
  ),
  lendingAuditMinutes: variable(
    'LENDING_AUDIT_MINUTES',
    whole(60, 1, 1_440),
    'How often a worker checks that lending keeps its promises, in minutes.',
  ),
} satisfies Record<string, Variable<unknown>>;

type Values = { readonly [K in keyof typeof variables]: (typeof variables)[K] extends Variable<infer T> ? T : never };

/** The injection token of the settings: a class whose instances have every value. */
const SettingsToken = Object as unknown as abstract new () => Values;

/** The checked settings of this process; immutable. Also the injection token. */
export abstract class Settings extends SettingsToken {}

/** Names every variable that is wrong, one a line; the start ends with it. */
export class SettingsError extends Error {
  constructor(readonly problems: string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/** What has a stand-in, which production does not use. */
const NEEDED_IN_PRODUCTION = [
  'databaseUrl',
  'redisUrl',
  'rabbitmqUrl',
  'mongodbUrl',
  'smtpUrl',
  'jwtPrivateKey',
] as const;

/**
 * Reads the settings from environment variables. `needed` must be set in production; an app that does without stores of its
 * own says what it needs instead.
 * @throws SettingsError that names every wrong one, not only the first.
 */
export function readSettings(
  env: Record<string, string | undefined>,
  needed: readonly (keyof typeof variables)[] = NEEDED_IN_PRODUCTION,
): Settings {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, { name, schema }] of Object.entries(variables)) {
    const result = schema.safeParse(valueOf(name, env, problems));
    if (result.success) values[key] = result.data;
    else problems.push(`${name} ${result.error.issues.map((issue) => issue.message).join(', ')}`);
  }
  const settings = values as unknown as Settings;
  if (problems.length === 0) problems.push(...missingInProduction(settings, needed));
  if (problems.length > 0) throw new SettingsError(problems);
  return Object.freeze(settings);
}

/**
 * For apps that are one of several processes: what they share cannot be embedded in one of them.
 * @throws SettingsError that names what is not set
 */
export function requireServices(settings: Settings, ...needed: ('databaseUrl' | 'redisUrl' | 'rabbitmqUrl')[]): void {
  const missing = needed.filter((key) => settings[key] === '').map((key) => variables[key].name);
  if (missing.length === 0) return;
  throw new SettingsError(missing.map((name) => `${name} must be set: api and worker share it; npm start embeds it`));
}

function valueOf(name: string, env: Record<string, string | undefined>, problems: string[]): string | undefined {
  const file = env[`${name}_FILE`];
  if (!file) return env[name] || undefined;
  try {
    return readFileSync(file, 'utf8').trimEnd() || undefined;
  } catch (error) {
    problems.push(`${name}_FILE cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}

function missingInProduction(settings: Settings, needed: readonly (keyof typeof variables)[]): string[] {
  if (settings.environment !== 'production') return [];
  return needed
    .filter((key) => settings[key] === '')
    .map((key) => `${variables[key].name} must be set: NODE_ENV=production uses no stand-in and no default for it`);
}
