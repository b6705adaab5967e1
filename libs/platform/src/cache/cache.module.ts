import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { MetricsModule } from '../observability/metrics.module.js';
import { CacheMetrics } from './cache-metrics.js';
import { Cache } from './cache.js';
import { MemoryCache } from './memory-cache.js';
import { RedisCache } from './redis-cache.js';

/** The cache of the program: Redis, or memory when no URL is set. */
@Global()
@Module({
  imports: [MetricsModule],
  providers: [
    CacheMetrics,
    {
      provide: Cache,
      inject: [Settings],
      useFactory: ({ redisUrl, redisPrefix }: Settings) =>
        redisUrl ? new RedisCache(redisUrl, redisPrefix) : new MemoryCache(),
    },
  ],
  exports: [Cache],
})
export class CacheModule implements OnApplicationShutdown {
  constructor(private readonly cache: Cache) {}

  async onApplicationShutdown(): Promise<void> {
    await this.cache.close();
  }
}
