import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Unauthenticated } from '../http/problem.js';
import type { Role } from './permissions.js';

/** Who calls: an account in a session. */
export interface Actor {
  userId: string;
  role: Role;
  sessionId: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    actor?: Actor;
  }
}

/** Turns an access token into the actor behind it. A port: identity fills it in. */
export abstract class Authenticator {
  /** Null when the token is not ours, expired, revoked, or its account is gone or inactive. */
  abstract authenticate(accessToken: string): Promise<Actor | null>;
}

/** The actor of a route whose rule needs a signed-in one. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { actor } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!actor) throw new Unauthenticated();
  return actor;
});
