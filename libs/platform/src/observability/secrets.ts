import { stdSerializers } from 'pino';

/**
 * Values under these names are never written, however deep they are. `parameters` and `detail` are what a failed statement
 * held, `args` those of a failed command of Redis.
 */
const SECRET_NAMES = new Set(
  `password currentPassword newPassword passwd secret clientSecret authorization cookie set-cookie token
   accessToken access_token refreshToken refresh_token resetToken verificationToken otp privateKey
   jwtPrivateKey parameters detail where driverError args`
    .split(/\s+/)
    .map((name) => name.toLowerCase()),
);

/** Secrets inside of texts: in URLs and paths, in headers, in JSON, and those that are known by their looks. */
const PATTERNS: readonly [RegExp, string][] = [
  [/(:\/\/[^\s/?#@:"'<>]*):[^\s/"'<>]*@/g, '$1:[removed]@'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, '$1 [removed]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[removed]'],
  [/(\/verify-email\/)[^\s/?#"']+/g, '$1[removed]'],
  [/([?&;](?:[\w-]*(?:token|secret|password)|otp)=)[^&\s"'#]+/gi, '$1[removed]'],
  [/("(?:\w*(?:password|token|secret)|otp|authorization)"\s*:\s*")(?:[^"\\]|\\.)*/gi, '$1[removed]'],
  [/(\\"(?:\w*(?:password|token|secret)|otp|authorization)\\"\s*:\s*\\")(?:[^"\\]|\\\\(?:\\.)?)*/gi, '$1[removed]'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[removed]'],
];
const MAY_HAVE_ONE = /:\/\/|bearer|basic|eyJ|verify-email|token|secret|password|otp|authorization|-----BEGIN/i;

const DEEPEST = 8;
/** Values of one line that are looked at; the rest is left out. */
const MOST_VALUES = 1000;

export function withoutSecretParts(text: string): string {
  if (!MAY_HAVE_ONE.test(text)) return text;
  return PATTERNS.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}

/** A copy, as JSON takes it, in which no secret is left that can be told by its name or its looks. */
export function withoutSecrets(value: unknown, depth = 0, left = { values: MOST_VALUES }): unknown {
  if (typeof value === 'string') return withoutSecretParts(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST || left.values-- <= 0) return '[left out]';
  if (value instanceof Error) return withoutSecrets(stdSerializers.err(value), depth, left);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, MOST_VALUES).map((one) => withoutSecrets(one, depth + 1, left));
  if (value instanceof Date || value instanceof URL) return withoutSecrets(value.toJSON(), depth, left);
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      one !== undefined && SECRET_NAMES.has(name.toLowerCase()) ? '[removed]' : withoutSecrets(one, depth + 1, left),
    ]),
  );
}
