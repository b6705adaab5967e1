import { DomainError, type FieldError } from '../kernel/index.js';

/** What a problem type says on its page and in an answer. `status` is the HTTP status. */
export interface ProblemType {
  status: number;
  title: string;
  /** When it happens and what the client can do, in one or two sentences. */
  meaning: string;
}

/** One entry for every code of a context: a code without a status does not compile. */
export type ProblemTable<Code extends string> = Readonly<Record<Code, ProblemType>>;

export type PlatformErrorCode =
  | 'malformed-request'
  | 'invalid-input'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'request-timeout'
  | 'precondition-failed'
  | 'payload-too-large'
  | 'unsupported-media-type'
  | 'too-many-requests'
  | 'header-fields-too-large'
  | 'idempotency-key-invalid'
  | 'idempotency-key-in-use'
  | 'idempotency-key-reused'
  | 'dead-letter-without-data'
  | 'temporarily-unavailable'
  | 'overloaded'
  | 'internal-error';

export const platformProblems: ProblemTable<PlatformErrorCode> = {
  'malformed-request': {
    status: 400,
    title: 'The request cannot be read',
    meaning: 'The body is not valid JSON (or not the announced form), or the HTTP request itself is malformed.',
  },
  'invalid-input': {
    status: 400,
    title: 'The input is invalid',
    meaning:
      'Something in the body, the path or the query breaks its schema; `errors` names each place with a JSON pointer. Unknown properties of a body are refused too. Nothing was changed.',
  },
  unauthenticated: {
    status: 401,
    title: 'Sign in first',
    meaning:
      'The route needs an access token, and none was sent or it is expired, revoked or not ours. Sign in, or refresh the session.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    meaning: 'The token is good, but its role may not do this, or the resource belongs to somebody else.',
  },
  'not-found': {
    status: 404,
    title: 'Nothing here',
    meaning: 'No route or resource has this address.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    meaning: 'The resource exists, but not with this method; `Allow` lists those that it has.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request came too slowly',
    meaning:
      'The body did not come in time: an upload must not pause for long, and every request is to be there in whole within a limit of the installation. Nothing was kept; send it again.',
  },
  'precondition-failed': {
    status: 412,
    title: 'The resource has changed',
    meaning:
      'If-Match names another version than the present one. Read the resource again, and repeat the change on what it is now.',
  },
  'payload-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body exceeds the limit of the route; `detail` says which.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    meaning:
      'The route does not take a body of this Content-Type or Content-Encoding; `Accept`, or `Accept-Encoding`, says what it takes.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    meaning: 'A rate limit is used up; wait for the seconds in Retry-After.',
  },
  'header-fields-too-large': {
    status: 431,
    title: 'The header fields are too large',
    meaning: 'The request line and the header fields are more than 16 KiB together. Send fewer, or shorter ones.',
  },
  'idempotency-key-invalid': {
    status: 400,
    title: 'The Idempotency-Key is malformed',
    meaning:
      'An Idempotency-Key is one text of 1 to 255 printable ASCII characters, bare or in quotes; best a new UUID for each request. Nothing was changed.',
  },
  'idempotency-key-in-use': {
    status: 409,
    title: 'The first request still runs',
    meaning:
      'Another request with this Idempotency-Key is being handled at this moment. Send the same again after a moment: it gets the answer of the first, or is done then if that was refused.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The key belongs to another request',
    meaning:
      'This Idempotency-Key came with another body, or to another route, in the last 24 hours (unless set otherwise). Take a new key for each request, and send the same request with the same key.',
  },
  'dead-letter-without-data': {
    status: 422,
    title: 'The dead letter has no data',
    meaning:
      'The event was private: what it said was not kept when it failed, so it cannot be handled again. Discard it; whoever waits for a code or a link asks for another.',
  },
  'temporarily-unavailable': {
    status: 503,
    title: 'Temporarily unavailable',
    meaning:
      'Something that the request needs does not answer now, or too much happens at once. Try again after Retry-After; as a rule nothing was changed, but a change whose commit was cut off may have happened.',
  },
  overloaded: {
    status: 503,
    title: 'Too many requests at once',
    meaning:
      'More requests of this kind are under way than can be answered in good time, so this one was refused before anything was done. Send it again after the seconds in Retry-After, and fewer at once.',
  },
  'internal-error': {
    status: 500,
    title: 'Internal error',
    meaning: 'A fault of ours. It is logged under the request id of the answer.',
  },
};

export class PlatformError extends DomainError<PlatformErrorCode> {}

/** More than that help nobody, and an answer must not be larger than the question. */
const ERRORS_TOLD = 20;

export class InvalidInput extends PlatformError {
  constructor(errors: readonly FieldError[]) {
    const told = errors
      .slice(0, ERRORS_TOLD)
      .map(({ pointer, detail }) => ({ pointer: cut(pointer), detail: cut(detail) }));
    const more = errors.length > told.length ? ` (and ${errors.length - told.length} more)` : '';
    const sentence = told.map(({ pointer, detail }) => `${pointer} ${detail}`.trim()).join('; ');
    super('invalid-input', `${sentence || 'invalid'}${more}`, told);
  }
}

const cut = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

export class Unauthenticated extends PlatformError {
  constructor(detail = 'An access token is needed.') {
    super('unauthenticated', detail);
  }
}

export class Forbidden extends PlatformError {
  constructor(detail = 'Your role may not do this.') {
    super('forbidden', detail);
  }
}

export class PreconditionFailed extends PlatformError {
  constructor(detail = 'The resource has changed since it was read.') {
    super('precondition-failed', detail);
  }
}

/** The body does not come on. */
export class RequestTooSlow extends PlatformError {
  constructor() {
    super('request-timeout', 'The body came too slowly, or not at all.');
  }
}

/** A rate limit is used up. */
export class TooManyRequests extends PlatformError {
  constructor(readonly retryAfterSeconds: number) {
    super('too-many-requests', `Too many tries: wait ${retryAfterSeconds} seconds.`);
  }
}

/** A dependency does not answer, or conflicts do not go away; the client may try again. */
export class TemporarilyUnavailable extends PlatformError {
  constructor(detail: string, cause?: unknown) {
    super('temporarily-unavailable', detail);
    this.cause = cause;
  }
}

/** All problem types of the program by name; composed by the apps, used by the filter, the pages and the docs. */
export class ProblemCatalogue {
  private readonly types: ReadonlyMap<string, ProblemType>;

  constructor(...tables: ProblemTable<string>[]) {
    const types = new Map<string, ProblemType>();
    for (const [code, type] of tables.flatMap((table) => Object.entries(table))) {
      if (types.has(code)) throw new Error(`two contexts have a problem "${code}"; rename one`);
      types.set(code, type);
    }
    this.types = types;
  }

  get(code: string): ProblemType | undefined {
    return this.types.get(code);
  }

  entries(): [string, ProblemType][] {
    return [...this.types].sort(([a], [b]) => a.localeCompare(b));
  }
}
