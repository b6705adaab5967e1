import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';

const CONSUMES = 'holdfast:consumes';

/** The media types of the body that a route takes, where they are not JSON. */
export const Consumes = (...types: string[]): MethodDecorator => SetMetadata(CONSUMES, types);

/** What a route takes that does not say: a merge patch is no whole resource, so only PATCH takes it. */
const jsonTypes = (method: string): string[] =>
  method === 'PATCH' ? ['application/merge-patch+json', 'application/json'] : ['application/json'];

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
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const { method, headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const header = headers['content-type'];
    if (!header) return true;
    const accepted = this.reflector.get<string[] | undefined>(CONSUMES, context.getHandler()) ?? jsonTypes(method);
    const type = header.split(';')[0]?.trim().toLowerCase() ?? '';
    if (accepted.includes(type)) return true;
    throw new UnsupportedMediaTypeException(`This route takes ${accepted.join(' or ')}.`);
  }
}
