import { LRUCache } from 'lru-cache';
import { type LimitedUse, type LimitState, nameOfKey, type RateLimit } from './rate-limit.js';
import { type Counted, RateLimiter } from './rate-limiter.js';

const KEYS_OF_A_LIMIT = 20_000;

/** When something was done, in milliseconds. An object, so that one of two at the same moment can be taken back. */
interface Use {
  at: number;
}

/** The uses of one key, the oldest first. The array begins with some that are gone, so that it is not moved each time. */
class Uses {
  private list: Use[] = [];
  private first = 0;

  get size(): number {
    return this.list.length - this.first;
  }

  /** The time of the use at that place, 0 for the oldest. */
  timeOf(place: number): number | undefined {
    return this.list[this.first + place]?.at;
  }

  add(use: Use): void {
    this.list.push(use);
  }

  remove(use: Use): void {
    const place = this.list.lastIndexOf(use);
    if (place >= this.first) this.list.splice(place, 1);
  }

  dropUntil(moment: number): void {
    while ((this.timeOf(0) ?? Infinity) <= moment) this.first += 1;
    if (this.first <= this.list.length / 2) return;
    this.list = this.list.slice(this.first);
    this.first = 0;
  }
}

/**
 * For one process, on a clock that only goes forward. Each limit keeps 20,000 keys with room left and 20,000 that are used
 * up, each with at most its quota of uses; past that the key goes whose last use is longest ago. So new keys alone never
 * free somebody who has to wait: that takes 20,000 others who are used up after him.
 */
export class MemoryRateLimiter extends RateLimiter {
  private readonly logs = new Map<string, UseLog>();

  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly keysOfALimit = KEYS_OF_A_LIMIT,
  ) {
    super();
  }

  /** Public for the adapter of Redis, which counts here while Redis is away. */
  override count(uses: readonly LimitedUse[]): Promise<Counted> {
    const now = this.now();
    const places = uses.map(({ limit, key }) => ({ limit, log: this.logOf(limit), name: nameOfKey(key) }));
    const isCounted = places.every(({ limit, log, name }) => log.within(limit, name, now).size < limit.quota);
    const use: Use = { at: now };
    if (isCounted) for (const { limit, log, name } of places) log.add(limit, name, use);
    return Promise.resolve({
      isCounted,
      states: places.map(({ limit, log, name }) => stateOf(limit, log.within(limit, name, now), now)),
      uncount: () => {
        for (const { limit, log, name } of places) log.remove(limit, name, use);
        return Promise.resolve();
      },
    });
  }

  forget({ limit, key }: LimitedUse): Promise<void> {
    this.logOf(limit).forget(nameOfKey(key));
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.logs.clear();
    return Promise.resolve();
  }

  /** How many keys are kept. */
  get size(): number {
    return [...this.logs.values()].reduce((sum, log) => sum + log.size, 0);
  }

  private logOf({ name }: RateLimit): UseLog {
    const log = this.logs.get(name) ?? new UseLog(this.keysOfALimit);
    this.logs.set(name, log);
    return log;
  }
}

/** The uses of one limit by their keys, in the order of their last uses. */
class UseLog {
  private readonly free: LRUCache<string, Uses>;
  private readonly usedUp: LRUCache<string, Uses>;

  constructor(capacity: number) {
    this.free = new LRUCache({ max: capacity });
    this.usedUp = new LRUCache({ max: capacity });
  }

  get size(): number {
    return this.free.size + this.usedUp.size;
  }

  /** What is still in the window. */
  within({ windowSeconds }: RateLimit, name: string, now: number): Uses {
    const uses = this.usesOf(name);
    uses.dropUntil(now - windowSeconds * 1000);
    return uses;
  }

  add(limit: RateLimit, name: string, use: Use): void {
    const uses = this.within(limit, name, use.at);
    uses.add(use);
    this.keep(limit, name, uses);
    for (const keys of [this.free, this.usedUp]) this.dropExpired(keys, limit, use.at);
  }

  remove(limit: RateLimit, name: string, use: Use): void {
    const uses = this.usesOf(name);
    uses.remove(use);
    this.keep(limit, name, uses);
  }

  forget(name: string): void {
    this.free.delete(name);
    this.usedUp.delete(name);
  }

  private usesOf(name: string): Uses {
    return this.usedUp.peek(name) ?? this.free.peek(name) ?? new Uses();
  }

  private keep({ quota }: RateLimit, name: string, uses: Uses): void {
    const isUsedUp = uses.size >= quota;
    (isUsedUp ? this.free : this.usedUp).delete(name);
    if (uses.size > 0) (isUsedUp ? this.usedUp : this.free).set(name, uses);
    else this.free.delete(name);
  }

  private dropExpired(keys: LRUCache<string, Uses>, limit: RateLimit, now: number): void {
    for (;;) {
      const [oldest] = keys.rkeys();
      if (oldest === undefined || this.within(limit, oldest, now).size > 0) return;
      keys.delete(oldest);
    }
  }
}

function stateOf(limit: RateLimit, uses: Uses, now: number): LimitState {
  // More than the quota are there when it was made smaller meanwhile.
  const next = uses.timeOf(Math.max(0, uses.size - limit.quota)) ?? now;
  return { limit, used: uses.size, resetSeconds: Math.ceil(limit.windowSeconds - (now - next) / 1000) };
}
