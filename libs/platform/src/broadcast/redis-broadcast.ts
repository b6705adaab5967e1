import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { answerWithin, failFastRedis } from '../redis/redis.js';
import { Broadcast } from './broadcast.js';
import { Listeners } from './listeners.js';

const ANSWER_MS = 50;
/** A subscriber that hears nothing cannot tell silence from a dead connection, so it asks. */
const PING_MS = 1000;

/**
 * Redis pub/sub on two connections, since one that subscribes can do little else. The one that listens is replaced when it
 * breaks, or when Redis stays silent for some three seconds although it was asked; it then subscribes again and says `lost`.
 */
export class RedisBroadcast extends Broadcast {
  private readonly logger = new Logger('Broadcast');
  private readonly listeners = new Listeners();
  private readonly channelPrefix: string;
  private readonly speaker: Redis;
  private readonly ear: Redis;
  private readonly pings: NodeJS.Timeout;
  /** Connected, but Redis has refused to let us listen. */
  private deaf = false;

  /** `answerMs`: how long `tell` waits for Redis. */
  constructor(
    url: string,
    prefix: string,
    private readonly answerMs = ANSWER_MS,
  ) {
    super();
    this.channelPrefix = `${prefix}:broadcast:`;
    this.speaker = failFastRedis(url, 'telling other processes');
    this.ear = failFastRedis(url, 'hearing other processes');
    this.ear.on('ready', () => void this.subscribe(this.listeners.channels));
    this.ear.on('message', (name: string, message: string) => {
      this.listeners.hear(name.slice(this.channelPrefix.length), message);
    });
    this.pings = setInterval(() => void this.ping(), PING_MS).unref();
  }

  async tell(channel: string, message: string): Promise<void> {
    // Who is not told finds out by itself a little later; the outage is logged with the connection.
    await answerWithin(this.answerMs, this.speaker.publish(this.channelPrefix + channel, message)).catch(
      () => undefined,
    );
  }

  listen(channel: string, hear: (message: string) => void, lost?: () => void): void {
    this.listeners.add(channel, { hear, lost });
    void this.subscribe([channel]);
  }

  close(): Promise<void> {
    clearInterval(this.pings);
    this.listeners.clear();
    this.ear.disconnect();
    this.speaker.disconnect();
    return Promise.resolve();
  }

  private async ping(): Promise<void> {
    if (this.deaf) return this.subscribe(this.listeners.channels);
    // The answer does not matter: when none comes, the connection's own time limit ends it.
    await this.ear.ping().catch(() => undefined);
  }

  private async subscribe(channels: string[]): Promise<void> {
    if (channels.length === 0 || this.ear.status !== 'ready') return;
    try {
      await this.ear.subscribe(...channels.map((channel) => this.channelPrefix + channel));
    } catch (error) {
      if (!this.deaf) this.logger.warn(`cannot hear other processes: ${(error as Error).message}`);
      this.deaf = true;
      return;
    }
    this.deaf = false;
    for (const channel of channels) this.listeners.lost(channel);
  }
}
