import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Broadcast } from './broadcast.js';
import { LocalBroadcast } from './local-broadcast.js';
import { RedisBroadcast } from './redis-broadcast.js';

/** `Broadcast` for the whole program: Redis, or this process alone when no URL is set. */
@Global()
@Module({
  providers: [
    {
      provide: Broadcast,
      inject: [Settings],
      useFactory: ({ redisUrl, redisPrefix }: Settings) =>
        redisUrl ? new RedisBroadcast(redisUrl, redisPrefix) : new LocalBroadcast(),
    },
  ],
  exports: [Broadcast],
})
export class BroadcastModule implements OnApplicationShutdown {
  constructor(private readonly broadcast: Broadcast) {}

  async onApplicationShutdown(): Promise<void> {
    await this.broadcast.close();
  }
}
