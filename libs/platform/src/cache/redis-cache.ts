import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { OptionalRedis } from '../redis/optional-redis.js';
import { answerWithin, failFastRedis } from '../redis/redis.js';
import { type CacheScripts, defineCacheScripts } from './cache-scripts.js';
import { Cache } from './cache.js';
import { ForgottenKeys } from './forgotten-keys.js';
import { COPY_MS, HotKeys } from './hot-keys.js';
import { SharedLoads } from './shared-loads.js';

const ANSWER_MS = 50;
/** So many times as long: a process too busy to read the answers in time has not lost them. */
const COMMANDS_GIVEN_UP_AFTER = 20;
/** A load that takes longer does not fill the cache. */
const LEASE_MS = 60_000;
/** A grant is remembered somewhat longer than its copy lasts: clocks of two machines may run a little apart. */
const GRANT_MS = COPY_MS + 5;
/** No copies of a hot key that was written so short a time ago: of a storm's writers only the first have to wait. */
const CALM_MS = 1000;
const KEYS_A_COMMAND = 500;
/** Redis that is only slow has been asked again by then; one that hangs costs writers no more than that, once. */
const TELL_MS = 500;
const LOOK_EVERY_MS = 5;
/** When Redis comes back, one process may find it that much earlier than another, and does not read it before it was told all. */
const RECONNECT_PAUSE_MS = 250;
const SETTLE_MS = RECONNECT_PAUSE_MS + 500;

/**
 * Whoever misses a key gets its lease, shared by all until the key is filled or forgotten. `forget` deletes value and
 * lease in one command, and a load fills only under the lease that it began with: an old load cannot come back, and
 * those who share a load all began it or joined it after the last `forget`, on whichever process that was. A lease that
 * expired, or was lost in a flush, forbids the filling, so nothing that Redis loses makes it serve something old.
 *
 * What a process reads often it may keep for 50 ms, if Redis grants it and so knows of it; `forget` waits until the last
 * grant has ended. When Redis lost its memory (a flush), or was lost or found just now, all keys count as granted.
 *
 * When Redis fails or does not answer in time, this process goes without it and asks it in the background until it
 * answers again; only then, and after the removal of all that was forgotten meanwhile, is it read again.
 *
 * A writer waits for Redis to be told for up to half a second after it was lost or found: longer than a reader, for others
 * may still reach it. And who finds it again first waits until the others must have found and told it, too.
 *
 * What remains, for the life of an entry at most: where Redis is out of reach for one process alone, the others read the old
 * value until this one has told it; so do all when it crashes before that, or when a failover loses the removal. While Redis is away,
 * those who share a load may see a value from before another process's change that was made during that load. And for 50
 * ms at most: a copy outlasts its grant when Redis' clock is set forward right then, or the machine of its holder sleeps.
 */
export class RedisCache extends Cache {
  private readonly redis: Redis & CacheScripts;
  private readonly connection: OptionalRedis;
  private readonly keyPrefix: string;
  private readonly loads = new SharedLoads();
  private readonly hotKeys = new HotKeys();
  private readonly forgotten = new ForgottenKeys();
  /** When the last copy ends, in other processes, of what Redis was told afterwards. */
  private toldCopiesEnd = 0;

  /** `answerMs`: how long an answer of Redis is waited for. */
  constructor(
    url: string,
    prefix: string,
    private readonly answerMs = ANSWER_MS,
  ) {
    super();
    this.keyPrefix = `${prefix}:cache`;
    const redis = failFastRedis(url, 'the cache', {
      commandTimeoutMs: COMMANDS_GIVEN_UP_AFTER * answerMs,
      longestPauseMs: RECONNECT_PAUSE_MS,
      oneWriteATurn: true,
    });
    this.redis = defineCacheScripts(redis);
    this.connection = new OptionalRedis('Cache', redis, answerMs, {
      settleMs: SETTLE_MS,
      probe: () => redis.set(this.nameOf('probe'), '', 'PX', 1),
      isBehind: () => this.forgotten.isNotEmpty(),
      catchUp: () => this.catchUp(),
      onFailure: () => (this.counts.failures += 1),
    });
  }

  async getOrLoad(key: string, ttlSeconds: number, load: () => Promise<string | null>): Promise<string | null> {
    const copy = this.copyOf(key);
    if (copy !== undefined) return copy;
    const [value, lease] = await this.read(key);
    if (value !== null) return value;
    return this.loads.run(key, lease, async (isCurrent) => {
      this.counts.loads += 1;
      const loaded = await load();
      if (lease !== '' && isCurrent()) await this.fill(key, lease, loaded, ttlSeconds);
      return loaded;
    });
  }

  find(key: string): string | null | Promise<string | null> {
    return this.copyOf(key) ?? this.findInRedis(key);
  }

  async forget(...keys: string[]): Promise<void> {
    for (const key of keys) {
      this.loads.forget(key);
      this.hotKeys.forget(key);
    }
    const mark = this.forgotten.add(keys);
    if (this.forgotten.everything) this.connection.goWithout('more was forgotten at once than can be kept in mind');
    let copiesEnd = 0;
    for (let start = 0; this.isReady() && start < keys.length; start += KEYS_A_COMMAND) {
      copiesEnd = Math.max(copiesEnd, await this.remove(keys.slice(start, start + KEYS_A_COMMAND), mark));
    }
    while (this.canStillTell() && this.forgotten.hasAnyOf(keys, mark)) await sleep(LOOK_EVERY_MS);
    await this.until(Math.max(copiesEnd, this.toldCopiesEnd, this.connection.changedAt + GRANT_MS));
  }

  isReady(): boolean {
    return this.connection.isUsable();
  }

  /** Redis was too slow for readers just now. Others may still read from it what a writer has to see forgotten. */
  private canStillTell(): boolean {
    const isRecent = performance.now() < this.connection.changedAt + TELL_MS;
    // Longer than it settles: only some time after that it is used again, and others may have come so far before.
    return this.redis.status === 'ready' && (isRecent || this.connection.isSettling(TELL_MS));
  }

  close(): Promise<void> {
    this.connection.close();
    this.hotKeys.clear();
    return Promise.resolve();
  }

  private copyOf(key: string): string | undefined {
    const copy = this.hotKeys.read(key);
    if (copy !== undefined) this.counts.copies += 1;
    return copy;
  }

  private counted(value: string | null): string | null {
    if (value === null) this.counts.misses += 1;
    else this.counts.hits += 1;
    return value;
  }

  private async read(key: string): Promise<[value: string | null, lease: string]> {
    const keep = this.hotKeys.keeper(key);
    // A plain GET takes half the time of the script, which only a copy or a lease is worth.
    const known = keep ? null : await this.askFor(key, () => this.redis.get(this.namesOf(key)[0]));
    if (known) return [this.counted(known), ''];
    const answer = await this.askFor(key, () =>
      this.redis.cacheRead(...this.namesOf(key), randomUUID(), LEASE_MS, keep ? GRANT_MS : 0),
    );
    const [value, lease, granted] = answer ?? [null, '', 0];
    if (keep && value !== null && granted === 1) keep(value);
    return [this.counted(value), lease ?? ''];
  }

  private async findInRedis(key: string): Promise<string | null> {
    if (this.hotKeys.keeper(key)) return (await this.read(key))[0];
    return this.counted((await this.askFor(key, () => this.redis.get(this.namesOf(key)[0]))) ?? null);
  }

  /** Undefined also when Redis has not been told yet that it has to forget the key. */
  private async askFor<T>(key: string, command: () => Promise<T>): Promise<T | undefined> {
    return this.forgotten.has(key) ? undefined : this.connection.ask(command);
  }

  private async fill(key: string, lease: string, value: string | null, ttlSeconds: number): Promise<void> {
    const [valueKey, leaseKey] = this.namesOf(key);
    if (value === null) await this.connection.ask(() => this.redis.unlink(leaseKey));
    else {
      const ttlMs = Math.ceil(ttlSeconds * 1000);
      await this.connection.ask(() => this.redis.cacheFill(valueKey, leaseKey, lease, value, ttlMs));
    }
  }

  /** Gives the moment at which the last copy of them ends in other processes. */
  private async remove(keys: string[], mark: symbol): Promise<number> {
    const leftMs = await this.connection.ask(() => this.drop(keys));
    if (leftMs === undefined) return 0;
    this.forgotten.settle(keys, mark);
    return performance.now() + leftMs;
  }

  private drop(keys: string[]): Promise<number> {
    const names = [this.nameOf('intact'), this.nameOf('granted'), ...keys.flatMap((key) => this.namesOf(key))];
    return this.redis.cacheForget(names.length, ...names, GRANT_MS, CALM_MS);
  }

  /** Tells Redis some of what was forgotten while it was away. */
  private async catchUp(): Promise<void> {
    if (this.forgotten.everything) return this.removeEverything();
    const batch = this.forgotten.batch(KEYS_A_COMMAND);
    const leftMs = await answerWithin(this.answerMs, this.drop([...batch.keys()]));
    this.toldCopiesEnd = Math.max(this.toldCopiesEnd, performance.now() + leftMs);
    for (const [key, mark] of batch) this.forgotten.settle([key], mark);
  }

  /** All values and leases; not the grants, which their holders still have. */
  private async removeEverything(): Promise<void> {
    // What is forgotten from here on is remembered by its key again: the scan may have passed it already.
    this.forgotten.everything = false;
    try {
      for (const kind of ['value', 'lease']) await this.removeAll(`${globLiteral(this.nameOf(kind))}:*`);
      this.toldCopiesEnd = performance.now() + GRANT_MS;
    } catch (error) {
      this.forgotten.everything = true;
      throw error;
    }
  }

  private async removeAll(pattern: string): Promise<void> {
    let cursor = '0';
    do {
      const [next, page] = await this.redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1000);
      cursor = next;
      if (page.length > 0) await this.redis.unlink(...page);
    } while (cursor !== '0');
  }

  private async until(moment: number): Promise<void> {
    // Once more when the timer was early, as timers may be.
    for (let left = moment - performance.now(); left > 0; left = moment - performance.now()) await sleep(left);
  }

  private namesOf(key: string): [value: string, lease: string, granted: string, written: string] {
    const name = (kind: string): string => `${this.nameOf(kind)}:${key}`;
    return [name('value'), name('lease'), name('granted'), name('written')];
  }

  private nameOf(kind: string): string {
    return `${this.keyPrefix}:${kind}`;
  }
}

const globLiteral = (text: string): string => text.replace(/[\\*?[\]]/g, '\\$&');
