import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, map, type Observable } from 'rxjs';
import { Settings } from '../config/settings.js';
import { ReadyJson } from '../http/ready-json.js';
import { currentContext } from '../http/request-context.js';
import { networkOf } from '../rate-limits/network.js';
import { canonicalJson } from './canonical-json.js';
import { IDEMPOTENCY_KEY_FORM, parseIdempotencyKey } from './idempotency-key.js';
import { AnsweredBefore } from './kept-answers.js';
import { type CreationAnswer, KeyedRequest } from './keyed-request.js';

/** The request header, and how `openapi.ts` knows these routes. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';
export const IDEMPOTENCY_REPLAYED = 'Idempotency-Replayed';

const CREATES = 'holdfast:creates';

interface Presentation<Result> {
  /** Path of what was made, for the Location header. */
  at?: (result: Result) => string;
  /** What is shown of it, where that is not the result itself. */
  as?: (result: Result) => object;
}

/** Answers with what the route gives, at once or, for a key that was answered before, again. */
@Injectable()
class CreatesInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly settings: Settings,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const { at, as } = this.reflector.get<Presentation<unknown>>(CREATES, context.getHandler());
    const present = (result: unknown): CreationAnswer => ({
      status: reply.statusCode,
      location: at?.(result) ?? null,
      content: readyJsonOf(as ? as(result) : result),
    });
    const header = request.headers['idempotency-key'];
    if (header === undefined) return next.handle().pipe(map((result) => send(present(result), reply)));
    const keyed = this.keyedRequest(request, String(header), present);
    request.houseContext.keyed = keyed;
    return next.handle().pipe(
      map((result) => send(keyed.keptAnswerOf(result), reply)),
      catchError((error: unknown) => {
        if (!(error instanceof AnsweredBefore)) throw error;
        void reply.header(IDEMPOTENCY_REPLAYED, 'true');
        return [send(error.answer, reply)];
      }),
    );
  }

  private keyedRequest(
    { actor, ip, method, routeOptions, params, query, body }: FastifyRequest,
    header: string,
    present: (result: unknown) => CreationAnswer,
  ): KeyedRequest {
    const use = {
      caller: actor?.userId ?? networkOf(ip),
      key: parseIdempotencyKey(header),
      request: `${method} ${routeOptions.url}\n${canonicalJson({ params, query, body })}\n`,
      hours: this.settings.idempotencyKeyHours,
    };
    return new KeyedRequest(use, present);
  }
}

const readyJsonOf = (shown: unknown): ReadyJson => (shown instanceof ReadyJson ? shown : ReadyJson.of(shown));

function send({ status, location, content }: CreationAnswer, reply: FastifyReply): ReadyJson {
  void reply.status(status);
  if (location !== null) void reply.header('Location', location);
  return content;
}

/**
 * For a route that creates: sends what it gives, with Location and ETag, and honours Idempotency-Key. With a key the answer
 * is kept by the first transaction of the request, so the route must give the very result of that `UnitOfWork.run`; all
 * that shows it is made of the result, by `at` and `as`.
 */
export const Creates =
  <Result>(presentation: Presentation<Result> = {}) =>
  <Method extends (...args: never[]) => Promise<Result>>(
    controller: object,
    name: string | symbol,
    method: TypedPropertyDescriptor<Method>,
  ): void =>
    applyDecorators(SetMetadata(CREATES, presentation), UseInterceptors(CreatesInterceptor), documentKey)(
      controller,
      name,
      method,
    );

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
