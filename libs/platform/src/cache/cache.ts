/** What became of the questions to a cache, in this process since its start. */
export interface CacheCounts {
  /** Reads that found the text: in Redis or in memory; in a copy that this process keeps of what it reads often. */
  hits: number;
  copies: number;
  misses: number;
  /** What was loaded for those who missed it; who shares a load does not count. */
  loads: number;
  /** Times that Redis failed or did not answer in time, after each of which the process goes without it. */
  failures: number;
}

/**
 * A cache that is never trusted: Redis, or memory. Faults cost a little time, not an answer: every method degrades to
 * "not there" and none throws. One contract suite runs on both adapters.
 */
export abstract class Cache {
  readonly counts: CacheCounts = { hits: 0, copies: 0, misses: 0, loads: 0, failures: 0 };

  /**
   * The text under the key; when absent, what `load` gives, kept for `ttlSeconds`. One load per key at a time in this
   * process. A load that began before `forget(key)` never fills the cache afterwards, on any process, and nobody who
   * asks after it gets that load's value.
   * An error of `load` is the caller's, and of those who wait for the same load; null is not kept.
   * Not for use inside a transaction: what it has not committed would be seen by others.
   */
  abstract getOrLoad(key: string, ttlSeconds: number, load: () => Promise<string | null>): Promise<string | null>;
  /** The text under the key when it is there, with the promise of `getOrLoad`; at once where this process has it. */
  abstract find(key: string): string | null | Promise<string | null>;
  /**
   * Removes keys everywhere: from the call on in this process, from its return on in all.
   * Call it after the commit that changed what they hold, and wait for it: some milliseconds; some fifty more when one of
   * the keys is read so often that processes keep copies of it, and was not forgotten within the last second.
   */
  abstract forget(...keys: string[]): Promise<void>;
  abstract isReady(): boolean;
  abstract close(): Promise<void>;
}
