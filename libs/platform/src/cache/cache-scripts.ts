import type { Redis } from 'ioredis';

/**
 * KEYS: value, lease, granted, written. ARGV: an offered lease, its life, that of a grant or 0 when none is asked for.
 * Gives the value, and 1 when a copy of it is granted; or, when there is none, the lease of the key: the one that is there,
 * or the one that is offered.
 */
const READ = `
  local value = redis.call('GET', KEYS[1])
  if value then
    if ARGV[3] == '0' or redis.call('EXISTS', KEYS[4]) == 1 then return {value, false, 0} end
    redis.call('SET', KEYS[3], '', 'PX', ARGV[3])
    return {value, false, 1}
  end
  local lease = redis.call('GET', KEYS[2]) or ARGV[1]
  redis.call('SET', KEYS[2], lease, 'PX', ARGV[2])
  return {false, lease, 0}`;

/** Keeps the value only while the lease under which it was loaded is still there. */
const FILL = `
  if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  redis.call('DEL', KEYS[2])
  return 1`;

/**
 * KEYS: intact, which only a Redis that lost its memory does not have; the grant of all keys, which stands for what it
 * no longer knows; then value, lease, granted, written of each key. ARGV: the lives of a grant and of written. Gives the
 * milliseconds until the last grant ends. A key that was granted lately is marked as written, others need no mark.
 */
const FORGET = `
  if redis.call('SETNX', KEYS[1], '') == 1 then redis.call('SET', KEYS[2], '', 'PX', ARGV[1]) end
  local last = redis.call('PTTL', KEYS[2])
  for i = 3, #KEYS, 4 do
    redis.call('UNLINK', KEYS[i], KEYS[i + 1])
    local left = redis.call('PTTL', KEYS[i + 2])
    if left >= 0 then redis.call('SET', KEYS[i + 3], '', 'PX', ARGV[2])
    else redis.call('PEXPIRE', KEYS[i + 3], ARGV[2]) end
    last = math.max(last, left)
  end
  return math.max(last, 0)`;

export interface CacheScripts {
  cacheRead(
    ...keysAndArguments: [...names: string[], offered: string, leaseMs: number, grantMs: number]
  ): Promise<[value: string | null, lease: string | null, granted: number]>;
  cacheFill(value: string, lease: string, held: string, text: string, ttlMs: number): Promise<number>;
  cacheForget(
    ...countNamesAndArguments: [number, ...names: string[], grantMs: number, calmMs: number]
  ): Promise<number>;
}

export function defineCacheScripts(redis: Redis): Redis & CacheScripts {
  redis.defineCommand('cacheRead', { numberOfKeys: 4, lua: READ });
  redis.defineCommand('cacheFill', { numberOfKeys: 2, lua: FILL });
  redis.defineCommand('cacheForget', { lua: FORGET });
  return redis as Redis & CacheScripts;
}
