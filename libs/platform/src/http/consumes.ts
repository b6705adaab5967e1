import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';

const CONSUMES = 'holdfast:consumes';
const JSON_TYPES = ['application/json', 'application/merge-patch+json'];

/** The media types of the body that a route takes, where they are not JSON. */
export const Consumes = (...types: string[]): MethodDecorator => SetMetadata(CONSUMES, types);

/** Answers 415 to a body in a form that some other route takes. */
@Injectable()
export class ContentTypeGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const header = context.switchToHttp().getRequest<FastifyRequest>().headers['content-type'];
    if (!header) return true;
    const accepted = this.reflector.get<string[] | undefined>(CONSUMES, context.getHandler()) ?? JSON_TYPES;
    const type = header.split(';')[0]?.trim().toLowerCase() ?? '';
    if (accepted.includes(type)) return true;
    throw new UnsupportedMediaTypeException(`This route takes ${accepted.join(' or ')}.`);
  }
}
