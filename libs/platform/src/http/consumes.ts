import { type CanActivate, type ExecutionContext, Injectable, UnsupportedMediaTypeException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { routeConfig } from './route-config.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The media types of the body, where they are not JSON. */
    consumes?: readonly string[];
  }
}

/** The media types of the body that a route takes, where they are not JSON. */
export const Consumes = (...consumes: string[]): MethodDecorator => routeConfig({ consumes });

/** A merge patch is no whole resource, so only PATCH takes it. */
const typesTaken = ({ method, routeOptions }: FastifyRequest): readonly string[] =>
  routeOptions.config.consumes ??
  (method === 'PATCH' ? ['application/merge-patch+json', 'application/json'] : ['application/json']);

/**
 * The refusal of a body of another media type, which says what would be taken: in `Accept` (RFC 9110, section 15.5.16), of
 * a patch in `Accept-Patch` too (RFC 5789, section 2.2).
 */
export function refusalOfType(request: FastifyRequest, reply: FastifyReply): UnsupportedMediaTypeException {
  const taken = typesTaken(request);
  void reply.header('Accept', taken.join(', '));
  if (request.method === 'PATCH') void reply.header('Accept-Patch', taken.join(', '));
  return new UnsupportedMediaTypeException(`This route takes ${taken.join(' or ')}.`);
}

/**
 * The refusal of a body with a Content-Encoding, or a Transfer-Encoding besides chunks, before it is read: none is undone
 * here, and to take the bytes for what they are not would be worse. `identity` is none.
 */
export function refusalOfEncoding(
  { headers, is404 }: FastifyRequest,
  reply: FastifyReply,
): UnsupportedMediaTypeException | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  const transfer = headers['transfer-encoding'];
  const hasBody = transfer !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody || is404) return undefined;
  // Others than chunks at the end are no HTTP: Node answers that.
  if (transfer && /,\s*chunked\s*$/i.test(transfer)) {
    return new UnsupportedMediaTypeException('Send the body without a Transfer-Encoding, but for chunks.');
  }
  if (encoding === '' || encoding === 'identity') return undefined;
  void reply.header('Accept-Encoding', 'identity');
  return new UnsupportedMediaTypeException('Send the body without a Content-Encoding.');
}

/** Answers 415 to a body in a form that some other route takes. */
@Injectable()
export class ContentTypeGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const header = request.headers['content-type'];
    if (!header) return true;
    const type = header.split(';')[0]?.trim().toLowerCase() ?? '';
    if (typesTaken(request).includes(type)) return true;
    throw refusalOfType(request, context.switchToHttp().getResponse<FastifyReply>());
  }
}
