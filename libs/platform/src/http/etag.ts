import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiExtension, ApiHeader, ApiPreconditionFailedResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { PreconditionFailed } from './problem.js';
import { etagOfText, GIVES_ETAG, isRead, matchesAny } from './ready-json.js';

/** A resource with a version that grows with every change by its editors. */
interface Versioned {
  version: number;
}

/** `"<version>.<digest of the representation>"`: changes with all that is shown; If-Match looks at the version only. */
export const etagOf = (resource: Versioned): string => etagOfText(JSON.stringify(resource), resource.version);

@Injectable()
class EtagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((body: Versioned | undefined) => {
        if (typeof body?.version !== 'number') return body;
        const etag = etagOf(body);
        void reply.header('ETag', etag);
        if (!isRead(request) || !matchesAny(request.headers['if-none-match'], etag)) return body;
        void reply.status(304);
        return undefined;
      }),
    );
  }
}

/** Gives the answers of a route an ETag made of the body and its `version`, and answers 304 to If-None-Match. */
export const WithEtag = (): MethodDecorator & ClassDecorator =>
  applyDecorators(UseInterceptors(EtagInterceptor), ApiExtension(GIVES_ETAG, true));

/** The versions that If-Match accepts; undefined when the header is absent or `*`. */
export type ExpectedVersions = readonly number[] | undefined;

const ExpectedOf = createParamDecorator((_: unknown, context: ExecutionContext): ExpectedVersions =>
  parseIfMatch(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
);

const documentIfMatch = applyDecorators(
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'ETag of the resource as the client knows it: refused with 412 when its version is another by now.',
    schema: { type: 'string' },
  }),
  ApiPreconditionFailedResponse({ description: 'precondition-failed' }),
);

/** The versions that the client expects; the route's description says so too. */
export const IfMatch = (): ParameterDecorator => (controller, name, place) => {
  ExpectedOf()(controller, name, place);
  const method = name === undefined ? undefined : Object.getOwnPropertyDescriptor(controller, name);
  if (name !== undefined && method) documentIfMatch(controller, name, method);
};

/** A tag that is weak or not of ours can never match (RFC 9110, section 13.1.1), so it becomes no version. */
export function parseIfMatch(header: string | undefined): ExpectedVersions {
  if (header === undefined || header.trim() === '*') return undefined;
  return header.split(',').flatMap((tag) => {
    const version = /^"(\d{1,15})\.[\w-]+"$/.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}

/** @throws PreconditionFailed when the present version is not one that the caller has seen. */
export function requireVersion(present: number, expected: ExpectedVersions): void {
  if (expected && !expected.includes(present)) throw new PreconditionFailed();
}
