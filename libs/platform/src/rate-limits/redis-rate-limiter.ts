import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { newId } from '../kernel/index.js';
import { answerWithin, failFastRedis } from '../redis/redis.js';
import { MemoryRateLimiter } from './memory-rate-limiter.js';
import { type LimitedUse, type LimitState, nameOfKey } from './rate-limit.js';
import { type Counted, RateLimiter } from './rate-limiter.js';

const ANSWER_MS = 50;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/**
 * A sorted set for each limit and key: the uses' ids by their times, in microseconds of Redis' clock. ARGV: the use's id,
 * then quota and window of each limit. Gives whether it was counted, then of each limit the number of uses and the
 * microseconds until there is room for one more.
 */
const COUNT = `
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local counted = 1
  for i, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - ARGV[2 * i + 1] * 1000000)
    if redis.call('ZCARD', key) >= tonumber(ARGV[2 * i]) then counted = 0 end
  end
  local answer = {counted}
  for i, key in ipairs(KEYS) do
    local quota, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
    if counted == 1 then
      redis.call('ZADD', key, now, ARGV[1])
      redis.call('PEXPIRE', key, window * 1000 + 1)
    end
    local used = redis.call('ZCARD', key)
    local place = math.max(0, used - quota)
    local next = redis.call('ZRANGE', key, place, place, 'WITHSCORES')[2] or now
    answer[2 * i] = used
    answer[2 * i + 1] = next + window * 1000000 - now
  end
  return answer`;

const UNCOUNT = `for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end`;

interface Scripts {
  limitCount(...keysAndArguments: (string | number)[]): Promise<number[]>;
  limitUncount(...keysAndArguments: (string | number)[]): Promise<null>;
}

/**
 * One script, and so one round trip and one moment, for all limits of a use; by the clock of Redis, so that those of the
 * processes do not matter. Refused uses are not kept, and every key ends with its window.
 *
 * When Redis fails or does not answer in time, this process counts in its own memory, at once, and asks Redis in the
 * background until it answers again. Meanwhile the limits hold for each process by itself, from none used. A use whose
 * answer was late may stand in both places until its window ends; nobody gets more for that.
 */
export class RedisRateLimiter extends RateLimiter {
  private readonly logger = new Logger('RateLimits');
  private readonly redis: Redis & Scripts;
  private readonly keyPrefix: string;
  private readonly memory = new MemoryRateLimiter();
  private usable = false;
  private failure: string | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** `answerMs`: how long an answer of Redis is waited for. */
  constructor(
    url: string,
    prefix: string,
    private readonly answerMs = ANSWER_MS,
  ) {
    super();
    this.keyPrefix = `${prefix}:limits`;
    const redis = failFastRedis(url, 'the rate limits');
    redis.defineCommand('limitCount', { lua: COUNT });
    redis.defineCommand('limitUncount', { lua: UNCOUNT });
    redis.on('ready', () => void this.heal(FIRST_PAUSE_MS));
    redis.on('close', () => this.goWithout('the connection was lost'));
    this.redis = redis as Redis & Scripts;
  }

  /** Whether it counts in Redis at present. */
  isReady(): boolean {
    return this.usable;
  }

  close(): Promise<void> {
    this.usable = false;
    clearTimeout(this.timer);
    this.redis.disconnect();
    return this.memory.close();
  }

  async forget(use: LimitedUse): Promise<void> {
    await this.memory.forget(use);
    await this.ask(() => this.redis.unlink(this.keyOf(use)));
  }

  protected async count(uses: readonly LimitedUse[]): Promise<Counted> {
    const id = newId();
    return (await this.ask(() => this.countInRedis(uses, id))) ?? this.memory.count(uses);
  }

  private async countInRedis(uses: readonly LimitedUse[], id: string): Promise<Counted> {
    const keys = uses.map((use) => this.keyOf(use));
    const limits = uses.flatMap(({ limit }) => [limit.quota, limit.windowSeconds]);
    const [isCounted, ...figures] = await this.redis.limitCount(keys.length, ...keys, id, ...limits);
    const states = uses.map(({ limit }, place): LimitState => {
      const [used = 0, microseconds = 0] = figures.slice(2 * place, 2 * place + 2);
      return { limit, used, resetSeconds: Math.ceil(microseconds / 1_000_000) };
    });
    const uncount = async (): Promise<void> => {
      await this.ask(() => this.redis.limitUncount(keys.length, ...keys, id));
    };
    return { isCounted: isCounted === 1, states, uncount };
  }

  private keyOf({ limit, key }: LimitedUse): string {
    return `${this.keyPrefix}:${limit.name}:${nameOfKey(key)}`;
  }

  /** The answer of Redis, or undefined when it failed or took too long, after which this process goes without it. */
  private async ask<T>(command: () => Promise<T>): Promise<T | undefined> {
    if (!this.usable) return undefined;
    try {
      return await answerWithin(this.answerMs, command());
    } catch (error) {
      this.goWithout((error as Error).message);
      return undefined;
    }
  }

  private goWithout(reason: string): void {
    if (!this.usable) return;
    this.usable = false;
    // While the connection is lost, the connection itself says so.
    if (this.redis.status === 'ready') {
      this.failure = reason;
      this.logger.warn(`counts without Redis: ${reason}`);
    }
    this.tryAgainIn(FIRST_PAUSE_MS);
  }

  private tryAgainIn(pauseMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.heal(Math.min(2 * pauseMs, LONGEST_PAUSE_MS)), pauseMs).unref();
  }

  /** Uses Redis again once it counts: with the same script, since it may answer and refuse to write, or to run scripts. */
  private async heal(nextPauseMs: number): Promise<void> {
    // Without a connection there is nothing to try; 'ready' comes back here.
    if (this.usable || this.redis.status !== 'ready') return;
    try {
      const probe = { limit: { name: 'probe', quota: 1, windowSeconds: 1 }, key: newId() };
      await answerWithin(this.answerMs, this.countInRedis([probe], newId()));
    } catch {
      return this.tryAgainIn(nextPauseMs);
    }
    this.usable = this.redis.status === 'ready';
    if (this.usable && this.failure !== undefined) this.logger.log('counts in Redis again');
    this.failure = undefined;
  }
}
