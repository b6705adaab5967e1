import { type Document } from 'bson';

/** The error codes of MongoDB that the stand-in answers with. */
const CODE_NAMES = {
  1: 'InternalError',
  2: 'BadValue',
  9: 'FailedToParse',
  14: 'TypeMismatch',
  20: 'IllegalOperation',
  26: 'NamespaceNotFound',
  27: 'IndexNotFound',
  28: 'PathNotViable',
  40: 'ConflictingUpdateOperators',
  43: 'CursorNotFound',
  48: 'NamespaceExists',
  53: 'InvalidIdField',
  59: 'CommandNotFound',
  66: 'ImmutableField',
  67: 'CannotCreateIndex',
  72: 'InvalidOptions',
  73: 'InvalidNamespace',
  85: 'IndexOptionsConflict',
  86: 'IndexKeySpecsConflict',
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
    /** Further fields of the answer, such as `keyPattern` and `keyValue`. */
    readonly details: Document = {},
  ) {
    super(message);
  }

  toAnswer(): Document {
    return { ok: 0, errmsg: this.message, code: this.code, codeName: CODE_NAMES[this.code], ...this.details };
  }
}

/** MongoDB could do it, this stand-in cannot: said aloud, so that no test passes on a guess. */
export const unsupported = (what: string): ServerError =>
  new ServerError(2, `${what} is not supported by the MongoDB stand-in`);
