import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Authenticator, bearerToken } from './actor.js';

/** For answers that last, such as streams of events: the guard has looked only when they began. */
@Injectable()
export class LastingAccess {
  constructor(private readonly authenticator: Authenticator) {}

  /** Whether the request's token is still good, and its account has still the role that it had. */
  async holds(request: FastifyRequest): Promise<boolean> {
    const token = bearerToken(request);
    const actor = token === null ? null : await this.authenticator.authenticate(token);
    return actor !== null && actor.role === request.actor?.role;
  }
}
