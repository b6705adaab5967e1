import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, type FieldError } from '../kernel/index.js';
import { isConnectionFailure } from '../database/failures.js';
import { sqlState } from '../database/sql-state.js';
import { refusalOfType } from './consumes.js';
import {
  InvalidInput,
  type PlatformErrorCode,
  type ProblemCatalogue,
  TemporarilyUnavailable,
  TooManyRequests,
} from './problem.js';

/** The body of every error answer (RFC 9457). */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance: string;
  errors?: readonly FieldError[];
}

const codeOfStatus: Record<number, PlatformErrorCode> = {
  400: 'malformed-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  412: 'precondition-failed',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
  431: 'header-fields-too-large',
  503: 'temporarily-unavailable',
};

/** Turns whatever was thrown into a problem document. Nothing internal leaks: an unexpected error is logged, not told. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  constructor(private readonly catalogue: ProblemCatalogue) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = this.problemOf(isOfNoKnownType(thrown) ? refusalOfType(request, reply) : thrown, request.url);
    // Who hung up gets no answer, and is no fault of ours.
    if (request.raw.socket?.destroyed) return;
    if (problem.status >= 500)
      this.logger.error({ err: thrown, method: request.method, path: pathOf(request) }, 'request failed');
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    if (problem.status === 401) void reply.header('WWW-Authenticate', challengeOf(request));
    if (problem.status === 503) void reply.header('Retry-After', '1');
    if (thrown instanceof TooManyRequests) void reply.header('Retry-After', String(thrown.retryAfterSeconds));
    void reply.status(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem));
  }

  problemOf(thrown: unknown, instance: string): ProblemDocument {
    const error = this.refusalOf(thrown);
    const type = this.catalogue.get(error.code);
    if (!type) throw new Error(`the code ${error.code} is in no problem table`);
    return {
      type: `/problems/${error.code}`,
      title: type.title,
      status: type.status,
      ...(error.detail ? { detail: error.detail } : {}),
      instance,
      ...(error.errors?.length ? { errors: error.errors } : {}),
    };
  }

  private refusalOf(thrown: unknown): { code: string; detail?: string; errors?: readonly FieldError[] } {
    if (thrown instanceof DomainError) {
      const { code, message: detail, errors } = thrown as DomainError;
      return { code, detail, errors };
    }
    if (isUnstorable(thrown)) return this.refusalOf(new InvalidInput([{ pointer: '', detail: UNSTORABLE }]));
    if (isConnectionFailure(thrown)) return this.refusalOf(new TemporarilyUnavailable('The database does not answer.'));
    const status = thrown instanceof HttpException ? thrown.getStatus() : statusOfFastify(thrown);
    const code = codeOfStatus[status];
    if (code) return { code, detail: (thrown as Error).message };
    return { code: 'internal-error' };
  }
}

/** Of Fastify, which refuses a type that no route takes before our guard can; Nest makes it an exception without a class. */
const isOfNoKnownType = (thrown: unknown): boolean =>
  thrown instanceof HttpException && !(thrown instanceof UnsupportedMediaTypeException) && thrown.getStatus() === 415;

/** Without the query, and as a pattern where a secret is part of it. */
const pathOf = ({ url, params, routeOptions }: FastifyRequest): string =>
  Object.hasOwn(params ?? {}, 'token') ? (routeOptions.url ?? '') : (url.split('?')[0] ?? '');

/** RFC 6750, section 3.1: the error is named only to who came with a token. */
const challengeOf = ({ headers, actor }: FastifyRequest): string =>
  headers.authorization && !actor ? 'Bearer realm="holdfast", error="invalid_token"' : 'Bearer realm="holdfast"';

const UNSTORABLE = 'a text has a character that cannot be stored, such as U+0000';

/** PostgreSQL refused the bytes of a text: from the path or the query, for bodies are checked before. */
const isUnstorable = (thrown: unknown): boolean => ['22021', '22P05'].includes(sqlState(thrown));

/** Fastify's own errors (body parser, limits) carry a status; those of 5xx stay internal. */
function statusOfFastify(thrown: unknown): number {
  const { statusCode, code } = (thrown ?? {}) as { statusCode?: unknown; code?: unknown };
  const fromFastify = typeof code === 'string' && code.startsWith('FST_');
  const fromParser = thrown instanceof SyntaxError && typeof statusCode === 'number';
  return (fromFastify || fromParser) && typeof statusCode === 'number' ? statusCode : 500;
}
