import { PlatformError } from '../http/problem.js';

const LONGEST = 255;
/** A String of RFC 9651, section 3.3.3, without parameters: printable ASCII, `"` and `\` behind a `\`. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** What many clients send: visible ASCII, but for what only a quoted one can have, and for the comma of two headers. */
const BARE = /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/;

/** The same for the document: with quotes, and a `\` before each character, it is as long as it can be. */
export const IDEMPOTENCY_KEY_FORM = {
  type: 'string',
  minLength: 1,
  maxLength: 2 * LONGEST + 2,
  pattern: '^([!#-+\\x2D-\\x5B\\x5D-~]{1,255}|"([ !#-\\x5B\\x5D-~]|\\\\["\\\\]){1,255}")$',
} as const;

/**
 * The key of an `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header): 1 to 255 printable ASCII characters,
 * in quotes as the draft has it, or bare; `"k"` and `k` are the same key.
 * @throws PlatformError `idempotency-key-invalid`; also for two headers, which Node joins to one
 */
export function parseIdempotencyKey(header: string): string {
  const key = keyIn(header.trim());
  if (key !== undefined && key.length >= 1 && key.length <= LONGEST) return key;
  throw new PlatformError(
    'idempotency-key-invalid',
    `The Idempotency-Key must be one text of 1 to ${LONGEST} printable ASCII characters, such as a UUID.`,
  );
}

const keyIn = (header: string): string | undefined =>
  BARE.test(header) ? header : QUOTED.exec(header)?.[1]?.replace(/\\(.)/g, '$1');
