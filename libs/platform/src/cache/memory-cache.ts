import { LRUCache } from 'lru-cache';
import { Cache } from './cache.js';
import { SharedLoads } from './shared-loads.js';

const ENTRIES = 10_000;
const BYTES = 64 * 1024 * 1024;
const BYTES_AROUND_AN_ENTRY = 200;

/** For one process: what was used least recently goes first, past 10,000 entries or 64 MiB. */
export class MemoryCache extends Cache {
  private readonly entries: LRUCache<string, string>;
  private readonly loads = new SharedLoads();

  constructor(limits: { entries?: number; bytes?: number } = {}) {
    super();
    this.entries = new LRUCache({
      max: limits.entries ?? ENTRIES,
      maxSize: limits.bytes ?? BYTES,
      // V8 keeps a text with at most two bytes a character.
      sizeCalculation: (value, key) => 2 * (value.length + key.length) + BYTES_AROUND_AN_ENTRY,
    });
  }

  async getOrLoad(key: string, ttlSeconds: number, load: () => Promise<string | null>): Promise<string | null> {
    const kept = this.find(key);
    if (kept !== null) return kept;
    return this.loads.run(key, '', async (isCurrent) => {
      this.counts.loads += 1;
      const value = await load();
      if (value !== null && isCurrent()) this.entries.set(key, value, { ttl: ttlSeconds * 1000 });
      return value;
    });
  }

  find(key: string): string | null {
    const kept = this.entries.get(key) ?? null;
    if (kept === null) this.counts.misses += 1;
    else this.counts.hits += 1;
    return kept;
  }

  forget(...keys: string[]): Promise<void> {
    for (const key of keys) {
      this.loads.forget(key);
      this.entries.delete(key);
    }
    return Promise.resolve();
  }

  isReady(): boolean {
    return true;
  }

  close(): Promise<void> {
    this.entries.clear();
    return Promise.resolve();
  }
}
