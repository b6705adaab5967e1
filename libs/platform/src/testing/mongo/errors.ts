import { type Document } from 'bson';

/** The error codes of MongoDB that the stand-in answers with. */
const CODE_NAMES = {
  1: 'InternalError',
  2: 'BadValue',
  26: 'NamespaceNotFound',
  43: 'CursorNotFound',
  48: 'NamespaceExists',
  59: 'CommandNotFound',
  85: 'IndexOptionsConflict',
  86: 'IndexKeySpecsConflict',
  121: 'DocumentValidationFailure',
  352: 'UnsupportedOpQueryCommand',
  10334: 'BSONObjectTooLarge',
  11000: 'DuplicateKey',
} as const;

export type ErrorCode = keyof typeof CODE_NAMES;

/** A refusal in the server's own words: becomes `{ ok: 0, code, codeName, errmsg }` or one entry of `writeErrors`. */
export class ServerError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }

  toAnswer(): Document {
    return { ok: 0, errmsg: this.message, code: this.code, codeName: CODE_NAMES[this.code] };
  }
}

/** MongoDB could do it, this stand-in cannot: said aloud, so that no test passes on a guess. */
export const unsupported = (what: string): ServerError =>
  new ServerError(2, `${what} is not supported by the MongoDB stand-in`);

/** @throws ServerError for a field with a name that is not known, unless it is `false`. */
export function onlyFields(document: Document, known: readonly string[], of: string): void {
  const other = Object.keys(document).find((name) => !known.includes(name) && document[name] !== false);
  if (other !== undefined) throw unsupported(`${other} in ${of}`);
}
