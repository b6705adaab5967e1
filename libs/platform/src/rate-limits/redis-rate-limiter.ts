import type { Redis } from 'ioredis';
import { newId } from '../kernel/index.js';
import { OptionalRedis } from '../redis/optional-redis.js';
import { failFastRedis } from '../redis/redis.js';
import { MemoryRateLimiter } from './memory-rate-limiter.js';
import { type LimitedUse, type LimitState, nameOfKey } from './rate-limit.js';
import { type Counted, RateLimiter } from './rate-limiter.js';

const ANSWER_MS = 50;

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
  private readonly redis: Redis & Scripts;
  private readonly keyPrefix: string;
  private readonly connection: OptionalRedis;
  private readonly memory = new MemoryRateLimiter();

  /** `answerMs`: how long an answer of Redis is waited for. */
  constructor(url: string, prefix: string, answerMs = ANSWER_MS) {
    super();
    this.keyPrefix = `${prefix}:limits`;
    const redis = failFastRedis(url, 'the rate limits');
    redis.defineCommand('limitCount', { lua: COUNT });
    redis.defineCommand('limitUncount', { lua: UNCOUNT });
    this.redis = redis as Redis & Scripts;
    this.connection = new OptionalRedis('RateLimits', redis, answerMs, { probe: () => this.countProbe() });
  }

  /** Whether it counts in Redis at present. */
  isReady(): boolean {
    return this.connection.isUsable();
  }

  close(): Promise<void> {
    this.connection.close();
    return this.memory.close();
  }

  async forget(use: LimitedUse): Promise<void> {
    await this.memory.forget(use);
    await this.connection.ask(() => this.redis.unlink(this.keyOf(use)));
  }

  protected async count(uses: readonly LimitedUse[]): Promise<Counted> {
    const id = newId();
    return (await this.connection.ask(() => this.countInRedis(uses, id))) ?? this.memory.count(uses);
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
      await this.connection.ask(() => this.redis.limitUncount(keys.length, ...keys, id));
    };
    return { isCounted: isCounted === 1, states, uncount };
  }

  private keyOf({ limit, key }: LimitedUse): string {
    return `${this.keyPrefix}:${limit.name}:${nameOfKey(key)}`;
  }

  private countProbe(): Promise<Counted> {
    const probe = { limit: { name: 'probe', quota: 1, windowSeconds: 1 }, key: newId() };
    return this.countInRedis([probe], newId());
  }
}
