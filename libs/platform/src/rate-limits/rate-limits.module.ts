import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { MemoryRateLimiter } from './memory-rate-limiter.js';
import { RateLimiter } from './rate-limiter.js';
import { RedisRateLimiter } from './redis-rate-limiter.js';

/** `RateLimiter` for the whole program: Redis, or memory when no URL is set. */
@Global()
@Module({
  providers: [
    {
      provide: RateLimiter,
      inject: [Settings],
      useFactory: ({ redisUrl, redisPrefix }: Settings) =>
        redisUrl ? new RedisRateLimiter(redisUrl, redisPrefix) : new MemoryRateLimiter(),
    },
  ],
  exports: [RateLimiter],
})
export class RateLimitsModule implements OnApplicationShutdown {
  constructor(private readonly limiter: RateLimiter) {}

  async onApplicationShutdown(): Promise<void> {
    await this.limiter.close();
  }
}
