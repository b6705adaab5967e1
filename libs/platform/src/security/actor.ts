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

  /** The actors behind those of the tokens that are good now. For whoever serves many for long, and asks again and again. */
  async authenticateAll(accessTokens: readonly string[]): Promise<ReadonlyMap<string, Actor>> {
    const actors = new Map<string, Actor>();
    for (const token of accessTokens) {
      const actor = await this.authenticate(token);
      if (actor) actors.set(token, actor);
    }
    return actors;
  }
}

/** RFC 6750, section 2.1: only the Authorization header carries the token. */
export const bearerToken = ({ headers }: FastifyRequest): string | null =>
  /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(headers.authorization ?? '')?.[1] ?? null;

/** The token of a route whose rule needs a signed-in one. */
export const AccessToken = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const token = bearerToken(context.switchToHttp().getRequest<FastifyRequest>());
  if (token === null) throw new Unauthenticated();
  return token;
});

/** The actor of a route whose rule needs a signed-in one. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const { actor } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!actor) throw new Unauthenticated();
  return actor;
});
