import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Settings } from '../config/settings.js';
import { UNCOUNTED } from './limited.js';
import { networkOf } from './network.js';
import { RateLimiter } from './rate-limiter.js';

/**
 * All requests of one caller in a minute (`REQUESTS_PER_MINUTE`) that can be read and are for some route, whatever becomes of
 * them: of an account, where the route looks at the token, else of a network address.
 */
@Injectable()
export class CallerLimit {
  constructor(
    private readonly reflector: Reflector,
    private readonly limiter: RateLimiter,
    private readonly settings: Settings,
  ) {}

  /** Whether there is such a limit. */
  get isOn(): boolean {
    return this.settings.requestsPerMinute > 0;
  }

  /** @throws TooManyRequests */
  async count(context: ExecutionContext): Promise<void> {
    const quota = this.settings.requestsPerMinute;
    if (this.reflector.getAllAndOverride(UNCOUNTED, [context.getHandler(), context.getClass()])) return;
    const { actor, ip } = context.switchToHttp().getRequest<FastifyRequest>();
    await this.limiter.take({
      limit: { name: 'requests', quota, windowSeconds: 60 },
      key: actor?.userId ?? networkOf(ip),
    });
  }
}
