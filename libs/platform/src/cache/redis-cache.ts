import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { answerWithin, failFastRedis } from '../redis/redis.js';
import { Cache } from './cache.js';
import { ForgottenKeys } from './forgotten-keys.js';
import { SharedLoads } from './shared-loads.js';

const ANSWER_MS = 50;
/** A load that takes longer does not fill the cache. */
const LEASE_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
const KEYS_A_COMMAND = 500;

/** The value; or, when there is none, the lease of the key: the one that is there, or the new one that is offered. */
const READ = `
  local value = redis.call('GET', KEYS[1])
  if value then return {value, false} end
  local lease = redis.call('GET', KEYS[2]) or ARGV[1]
  redis.call('SET', KEYS[2], lease, 'PX', ARGV[2])
  return {false, lease}`;

/** Keeps the value only while the lease under which it was loaded is still there. */
const FILL = `
  if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  redis.call('DEL', KEYS[2])
  return 1`;

interface Scripts {
  cacheRead(value: string, lease: string, offered: string, leaseMs: number): Promise<[string | null, string | null]>;
  cacheFill(value: string, lease: string, held: string, text: string, ttlMs: number): Promise<number>;
}

/**
 * Whoever misses a key gets its lease, shared by all until the key is filled or forgotten. `forget` deletes value and
 * lease in one command, and a load fills only under the lease that it began with: an old load cannot come back, and
 * those who share a load all began it or joined it after the last `forget`, on whichever process that was. A lease that
 * expired, or was lost in a flush, forbids the filling, so nothing that Redis loses makes it serve something old.
 *
 * When Redis fails or does not answer in time, this process goes without it and asks it in the background until it
 * answers again; only then, and after the removal of all that was forgotten meanwhile, is it read again.
 *
 * What remains, for the life of an entry at most: other processes that do reach Redis read the old value until this one
 * has told it; so do all when this one crashes before that, or when a failover loses the removal. While Redis is away,
 * those who share a load may see a value from before another process's change that was made during that load.
 */
export class RedisCache extends Cache {
  private readonly logger = new Logger('Cache');
  private readonly redis: Redis & Scripts;
  private readonly keyPrefix: string;
  private readonly loads = new SharedLoads();
  private readonly forgotten = new ForgottenKeys();
  private usable = false;
  private healing = false;
  private failure: string | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** `answerMs`: how long an answer of Redis is waited for. */
  constructor(
    url: string,
    prefix: string,
    private readonly answerMs = ANSWER_MS,
  ) {
    super();
    this.keyPrefix = `${prefix}:cache`;
    const redis = failFastRedis(url, 'the cache');
    redis.defineCommand('cacheRead', { numberOfKeys: 2, lua: READ });
    redis.defineCommand('cacheFill', { numberOfKeys: 2, lua: FILL });
    redis.on('ready', () => void this.heal(FIRST_PAUSE_MS));
    redis.on('close', () => this.goWithout('the connection was lost'));
    this.redis = redis as Redis & Scripts;
  }

  async getOrLoad(key: string, ttlSeconds: number, load: () => Promise<string | null>): Promise<string | null> {
    const [value, lease] = await this.read(key);
    if (value !== null) return value;
    return this.loads.run(key, lease, async (isCurrent) => {
      const loaded = await load();
      if (lease !== '' && isCurrent()) await this.fill(key, lease, loaded, ttlSeconds);
      return loaded;
    });
  }

  async forget(...keys: string[]): Promise<void> {
    for (const key of keys) this.loads.forget(key);
    const mark = this.forgotten.add(keys);
    if (this.forgotten.everything) this.goWithout('more was forgotten at once than can be kept in mind');
    for (let start = 0; this.usable && start < keys.length; start += KEYS_A_COMMAND) {
      await this.remove(keys.slice(start, start + KEYS_A_COMMAND), mark);
    }
  }

  isReady(): boolean {
    return this.usable;
  }

  close(): Promise<void> {
    this.usable = false;
    clearTimeout(this.timer);
    this.redis.disconnect();
    return Promise.resolve();
  }

  private async read(key: string): Promise<[value: string | null, lease: string]> {
    if (!this.usable || this.forgotten.has(key)) return [null, ''];
    const answer = await this.ask(() =>
      this.redis.cacheRead(this.valueKey(key), this.leaseKey(key), randomUUID(), LEASE_MS),
    );
    return [answer?.[0] ?? null, answer?.[1] ?? ''];
  }

  private async fill(key: string, lease: string, value: string | null, ttlSeconds: number): Promise<void> {
    if (value === null) await this.ask(() => this.redis.unlink(this.leaseKey(key)));
    else {
      const ttlMs = Math.ceil(ttlSeconds * 1000);
      await this.ask(() => this.redis.cacheFill(this.valueKey(key), this.leaseKey(key), lease, value, ttlMs));
    }
  }

  private async remove(keys: string[], mark: symbol): Promise<void> {
    const answer = await this.ask(() => this.unlink(keys));
    if (answer !== undefined) this.forgotten.settle(keys, mark);
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
      this.logger.warn(`goes without Redis: ${reason}`);
    }
    this.tryAgainIn(FIRST_PAUSE_MS);
  }

  private tryAgainIn(pauseMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.heal(Math.min(2 * pauseMs, LONGEST_PAUSE_MS)), pauseMs).unref();
  }

  /** Uses Redis again once it takes a write, and after it was told all that was forgotten meanwhile. */
  private async heal(nextPauseMs: number): Promise<void> {
    // Without a connection there is nothing to try; 'ready' comes back here.
    if (this.usable || this.healing || this.redis.status !== 'ready') return;
    this.healing = true;
    try {
      await answerWithin(this.answerMs, this.redis.set(`${this.keyPrefix}:probe`, '', 'PX', 1));
      if (this.forgotten.everything) await this.removeEverything();
      for (
        let batch = this.forgotten.batch(KEYS_A_COMMAND);
        batch.size > 0;
        batch = this.forgotten.batch(KEYS_A_COMMAND)
      ) {
        await answerWithin(this.answerMs, this.unlink([...batch.keys()]));
        for (const [key, mark] of batch) this.forgotten.settle([key], mark);
      }
      this.usable = !this.forgotten.everything && this.redis.status === 'ready';
    } catch {
      // It is still away.
    } finally {
      this.healing = false;
    }
    if (!this.usable) return this.tryAgainIn(nextPauseMs);
    if (this.failure !== undefined) this.logger.log('uses Redis again');
    this.failure = undefined;
  }

  private async removeEverything(): Promise<void> {
    // What is forgotten from here on is remembered by its key again: the scan may have passed it already.
    this.forgotten.everything = false;
    try {
      let cursor = '0';
      do {
        const page = await this.redis.scan(cursor, 'MATCH', `${globLiteral(this.keyPrefix)}:*`, 'COUNT', 1000);
        cursor = page[0];
        if (page[1].length > 0) await this.redis.unlink(...page[1]);
      } while (cursor !== '0');
    } catch (error) {
      this.forgotten.everything = true;
      throw error;
    }
  }

  private unlink(keys: string[]): Promise<number> {
    return this.redis.unlink(...keys.flatMap((key) => [this.valueKey(key), this.leaseKey(key)]));
  }

  private valueKey(key: string): string {
    return `${this.keyPrefix}:value:${key}`;
  }

  private leaseKey(key: string): string {
    return `${this.keyPrefix}:lease:${key}`;
  }
}

const globLiteral = (text: string): string => text.replace(/[\\*?[\]]/g, '\\$&');
