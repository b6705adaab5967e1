import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiExtension, ApiHeader, ApiPreconditionFailedResponse } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { PreconditionFailed } from './problem.js';
import { etagOfText, GIVES_ETAG, ReadyJson } from './ready-json.js';
import { routeConfig } from './route-config.js';

/** A resource with a version that grows with every change by its editors. */
interface Versioned {
  version: number;
}

/** `"<version>.<digest of the representation>"`: changes with all that is shown; If-Match looks at the version only. */
export const etagOf = (resource: Versioned): string => etagOfText(JSON.stringify(resource), resource.version);

/** Gives the answers of a route an ETag made of the body and its `version`, and answers 304 to If-None-Match. */
export const WithEtag = (): MethodDecorator & ClassDecorator =>
  applyDecorators(routeConfig({ present: (given) => ReadyJson.of(given) }), ApiExtension(GIVES_ETAG, true));

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
