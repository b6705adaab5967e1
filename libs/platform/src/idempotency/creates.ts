import {
  applyDecorators,
  type ArgumentsHost,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Settings } from '../config/settings.js';
import { ReadyJson } from '../http/ready-json.js';
import { currentContext } from '../http/request-context.js';
import { routeConfig } from '../http/route-config.js';
import { networkOf } from '../rate-limits/network.js';
import { canonicalJson } from './canonical-json.js';
import { IDEMPOTENCY_KEY_FORM, parseIdempotencyKey } from './idempotency-key.js';
import { AnsweredBefore } from './kept-answers.js';
import { type CreationAnswer, KeyedRequest } from './keyed-request.js';

/** The request header, and how `openapi.ts` knows these routes. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';
export const IDEMPOTENCY_REPLAYED = 'Idempotency-Replayed';

interface Presentation<Result> {
  /** Path of what was made, for the Location header. */
  at?: (result: Result) => string;
  /** What is shown of it, where that is not the result itself. */
  as?: (result: Result) => object;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How what the route has made is shown. */
    creates?: Presentation<unknown>;
  }
}

/** Reads the key of a request to a route that creates. @throws PlatformError: it is none */
@Injectable()
class IdempotencyKeyGuard implements CanActivate {
  constructor(private readonly settings: Settings) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const header = request.headers['idempotency-key'];
    if (header === undefined) return true;
    const { actor, ip, method, routeOptions, params, query, body } = request;
    const use = {
      caller: actor?.userId ?? networkOf(ip),
      key: parseIdempotencyKey(String(header)),
      request: `${method} ${routeOptions.url}\n${canonicalJson({ params, query, body })}\n`,
      hours: this.settings.idempotencyKeyHours,
    };
    const reply = http.getResponse<FastifyReply>();
    request.houseContext.keyed = new KeyedRequest(use, (result) => answerOf(result, request, reply));
    return true;
  }
}

/** Answers a request whose key was answered before as the first time. */
@Catch(AnsweredBefore)
class AnsweredBeforeFilter implements ExceptionFilter<AnsweredBefore> {
  catch({ answer }: AnsweredBefore, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    void reply.header(IDEMPOTENCY_REPLAYED, 'true').send(take(answer, reply));
  }
}

/** What the route gives, as an answer; what is sent again is one already. */
function present(given: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
  if (reply.hasHeader(IDEMPOTENCY_REPLAYED)) return given;
  const { keyed } = request.houseContext;
  return take(keyed ? keyed.keptAnswerOf(given) : answerOf(given, request, reply), reply);
}

function answerOf(result: unknown, { routeOptions }: FastifyRequest, { statusCode }: FastifyReply): CreationAnswer {
  const { at, as } = routeOptions.config.creates ?? {};
  return {
    status: statusCode,
    location: at?.(result) ?? null,
    content: ReadyJson.of(as ? as(result) : result),
  };
}

/** The body, once the reply has all else of the answer. */
function take({ status, location, content }: CreationAnswer, reply: FastifyReply): ReadyJson {
  void reply.status(status);
  if (location !== null) void reply.header('Location', location);
  return content;
}

/**
 * For a route that creates: sends what it gives, with Location and ETag, and honours Idempotency-Key. With a key the answer
 * is kept by the first transaction of the request, so the route must give the very result of that `UnitOfWork.run`; all
 * that shows it is made of the result, by `at` and `as`. It has to be an object: Fastify takes a string for an answer that is
 * finished, and would send it as it is.
 */
export const Creates =
  <Result extends object>(presentation: Presentation<Result> = {}) =>
  <Method extends (...args: never[]) => Promise<Result>>(
    controller: object,
    name: string | symbol,
    method: TypedPropertyDescriptor<Method>,
  ): void =>
    applyDecorators(
      routeConfig({ creates: presentation as Presentation<unknown>, present }),
      UseGuards(IdempotencyKeyGuard),
      UseFilters(AnsweredBeforeFilter),
      documentKey,
    )(controller, name, method);

const documentKey = ApiHeader({
  name: IDEMPOTENCY_KEY,
  required: false,
  description:
    'A key of the client’s choice for this one request, best a UUID: 1 to 255 printable ASCII characters, bare or in ' +
    'quotes. The same request with the same key is done once; repeated, it gets the answer of the first time.',
  schema: { ...IDEMPOTENCY_KEY_FORM, example: '8e03978e-40d5-43e8-bc93-6894a57f9324' },
});

/**
 * A streamed body as it is, read on into what tells the present request from others with its key. `about` is all else of
 * the form that counts. The body must be read to its end before the transaction of the request begins.
 */
export function fingerprinted(body: AsyncIterable<Uint8Array>, about: object): AsyncIterable<Uint8Array> {
  return currentContext()?.keyed?.reading(canonicalJson(about), body) ?? body;
}
