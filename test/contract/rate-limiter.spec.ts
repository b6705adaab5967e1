import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { describeWith, eventually, testUrl } from '@holdfast/platform/testing';
import { Redis } from 'ioredis';
import { TooManyRequests } from '../../libs/platform/src/http/problem.js';
import { MemoryRateLimiter } from '../../libs/platform/src/rate-limits/memory-rate-limiter.js';
import type { RateLimit } from '../../libs/platform/src/rate-limits/rate-limit.js';
import type { RateLimiter, TakenUse } from '../../libs/platform/src/rate-limits/rate-limiter.js';
import { RedisRateLimiter } from '../../libs/platform/src/rate-limits/redis-rate-limiter.js';
import { describeWithPrivateRedis } from './private-redis.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn']));

const limitOf = (quota: number, windowSeconds = 60, name = 'tries'): RateLimit => ({ name, quota, windowSeconds });

/** What came of a try: the use, or the seconds to wait. Anything else that is thrown fails the test. */
async function tryTo(limiter: RateLimiter, key: string, ...limits: RateLimit[]): Promise<TakenUse | number> {
  try {
    return await limiter.take(...limits.map((limit) => ({ limit, key })));
  } catch (error) {
    if (error instanceof TooManyRequests) return error.retryAfterSeconds;
    throw error;
  }
}

const isCounted = (outcome: TakenUse | number): outcome is TakenUse => typeof outcome !== 'number';

async function countedOf(limiter: RateLimiter, tries: number, key: string, ...limits: RateLimit[]): Promise<number> {
  const outcomes = await Promise.all(Array.from({ length: tries }, () => tryTo(limiter, key, ...limits)));
  return outcomes.filter(isCounted).length;
}

/** How many uses were counted before. */
async function usedBefore(limiter: RateLimiter, key: string, limit: RateLimit): Promise<number> {
  const { states } = await limiter.take({ limit: { ...limit, quota: 1_000_000 }, key });
  return (states[0]?.used ?? 0) - 1;
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const untilMoment = (moment: number) => eventually(() => expect(performance.now()).toBeGreaterThan(moment));
const moment = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface TimedTry {
  before: number;
  after: number;
  outcome: TakenUse | number;
}

async function timedTry(limiter: RateLimiter, key: string, limit: RateLimit): Promise<TimedTry> {
  const before = performance.now();
  const outcome = await tryTo(limiter, key, limit);
  return { before, after: performance.now(), outcome };
}

const hostileKeys = {
  'the empty one': '',
  'ten thousand characters': 'x'.repeat(10_000),
  'ten thousand others': `${'x'.repeat(9999)}y`,
  'line breaks': 'reader\r\nFLUSHALL\r\n',
  emoji: '🦉'.repeat(100),
  'a zero byte': 'reader\0',
  'a pattern': '*',
  'a hash tag of a cluster': '{reader}',
  'what looks like another limit': 'tries:reader',
  'a word that every object has': '__proto__',
};

function limiterContract(makeLimiter: () => Promise<RateLimiter>) {
  let limiter: RateLimiter;
  beforeEach(async () => {
    limiter = await makeLimiter();
  });
  afterEach(() => limiter.close());

  it('counts up to the quota and then refuses, and tells where the limit stands', async () => {
    for (const used of [1, 2, 3]) {
      const { states } = await limiter.take({ limit: limitOf(3), key: 'reader' });
      expect(states).toEqual([{ limit: limitOf(3), used, resetSeconds: expect.any(Number) as number }]);
      expect(states[0]?.resetSeconds).toBeGreaterThan(50);
      expect(states[0]?.resetSeconds).toBeLessThanOrEqual(60);
    }
    const seconds = await tryTo(limiter, 'reader', limitOf(3));
    expect(seconds).toBeGreaterThan(50);
    expect(seconds).toBeLessThanOrEqual(60);
  });

  it('does not count what it refuses', async () => {
    expect(await countedOf(limiter, 20, 'reader', limitOf(2))).toBe(2);
    expect(await usedBefore(limiter, 'reader', limitOf(2))).toBe(2);
  });

  it('counts each key and each limit by itself', async () => {
    expect(await countedOf(limiter, 5, 'one', limitOf(2))).toBe(2);
    expect(await countedOf(limiter, 5, 'two', limitOf(2))).toBe(2);
    expect(await countedOf(limiter, 5, 'one', limitOf(2, 60, 'other'))).toBe(2);
  });

  it('lets exactly the quota through of 200 that come together', async () => {
    expect(await countedOf(limiter, 200, 'reader', limitOf(17))).toBe(17);
    expect(await usedBefore(limiter, 'reader', limitOf(17))).toBe(17);
  });

  it('counts under all limits or under none', async () => {
    const [wide, narrow] = [limitOf(5, 60, 'wide'), limitOf(2, 60, 'narrow')];
    expect(await countedOf(limiter, 1, 'reader', wide, narrow)).toBe(1);
    expect(await countedOf(limiter, 1, 'reader', narrow, wide)).toBe(1);
    expect(isCounted(await tryTo(limiter, 'reader', wide, narrow))).toBe(false);
    expect(isCounted(await tryTo(limiter, 'reader', narrow, wide))).toBe(false);
    expect(await usedBefore(limiter, 'reader', wide)).toBe(2);
    expect(await usedBefore(limiter, 'reader', narrow)).toBe(2);
  });

  it('counts under all limits or under none, when 200 come together', async () => {
    const [wide, narrow] = [limitOf(50, 60, 'wide'), limitOf(7, 60, 'narrow')];
    expect(await countedOf(limiter, 200, 'reader', wide, narrow)).toBe(7);
    expect(await usedBefore(limiter, 'reader', wide)).toBe(7);
  });

  it('tells to wait for the limit that is used up the longest', async () => {
    const [short, long, free] = [limitOf(1, 10, 'short'), limitOf(1, 100, 'long'), limitOf(5, 1000, 'free')];
    await tryTo(limiter, 'reader', short, long, free);
    const seconds = await tryTo(limiter, 'reader', short, long, free);
    expect(seconds).toBeGreaterThan(90);
    expect(seconds).toBeLessThanOrEqual(100);
  });

  it('never lets more than the quota through in any window, nor refuses what would be within it', async () => {
    const limit = limitOf(4, 1);
    const tries: TimedTry[] = [];
    const end = performance.now() + 3500;
    const tryAgainAndAgain = async () => {
      while (performance.now() < end) {
        tries.push(await timedTry(limiter, 'reader', limit));
        await moment(Math.random() * 150);
      }
    };
    await Promise.all(Array.from({ length: 5 }, tryAgainAndAgain));

    const counted = tries.filter(({ outcome }) => isCounted(outcome)).sort((a, b) => a.before - b.before);
    const refused = tries.filter(({ outcome }) => !isCounted(outcome));
    expect(counted.length).toBeGreaterThan(8);
    expect(refused.length).toBeGreaterThan(8);
    // A try happened between its two moments: only what cannot be explained by any moment in between is a fault.
    const tooMany = counted.filter(({ before }) => {
      const within = counted.filter((other) => other.before >= before && other.after < before + 999);
      return within.length > limit.quota;
    });
    const needless = refused.filter(({ before, after }) => {
      const within = counted.filter((other) => other.after > before - 1001 && other.before < after);
      return within.length < limit.quota;
    });
    expect({ tooMany, needless }).toEqual({ tooMany: [], needless: [] });
  });

  it('tells the truth with Retry-After: a try after it is counted, and none before the window is over', async () => {
    const limit = limitOf(1, 1);
    const first = await timedTry(limiter, 'reader', limit);
    const refused = await timedTry(limiter, 'reader', limit);
    expect(refused.outcome).toBe(1);
    await untilMoment(refused.after + 1000);
    expect(isCounted(await tryTo(limiter, 'reader', limit))).toBe(true);

    const again = await timedTry(limiter, 'other', limit);
    const soon = await eventually(async () => {
      const next = await timedTry(limiter, 'other', limit);
      if (!isCounted(next.outcome)) throw new Error('it is still refused');
      return next;
    });
    expect(isCounted(first.outcome) && isCounted(again.outcome)).toBe(true);
    expect(soon.after - again.before).toBeGreaterThanOrEqual(999);
  });

  it('tells the wait until there is room when the quota was made smaller meanwhile', async () => {
    await countedOf(limiter, 3, 'reader', limitOf(5, 2));
    await untilMoment(performance.now() + 1000);
    await countedOf(limiter, 2, 'reader', limitOf(5, 2));
    expect(await tryTo(limiter, 'reader', limitOf(1, 2))).toBe(2);
    expect(await tryTo(limiter, 'reader', limitOf(5, 2))).toBe(1);
  });

  it('takes a use back, once, from each of its limits, and shows it as not made', async () => {
    const [one, two] = [limitOf(2, 60, 'one'), limitOf(3, 60, 'two')];
    const kept = await limiter.take({ limit: one, key: 'reader' }, { limit: two, key: 'reader' });
    const taken = await limiter.take({ limit: one, key: 'reader' }, { limit: two, key: 'reader' });
    await Promise.all([taken.giveBack(), taken.giveBack()]);
    await taken.giveBack();
    expect(taken.states.map(({ used }) => used)).toEqual([1, 1]);
    expect(kept.states.map(({ used }) => used)).toEqual([1, 1]);
    expect(await usedBefore(limiter, 'reader', one)).toBe(1);
    expect(await countedOf(limiter, 5, 'reader', one)).toBe(0);
    expect(await countedOf(limiter, 5, 'reader', two)).toBe(2);
  });

  it('forgets all uses of one key under one limit, and no others', async () => {
    const [one, two] = [limitOf(2, 60, 'one'), limitOf(2, 60, 'two')];
    await countedOf(limiter, 2, 'reader', one);
    await countedOf(limiter, 2, 'reader', two);
    await countedOf(limiter, 2, 'other', one);
    await limiter.forget({ limit: one, key: 'reader' });
    await limiter.forget({ limit: one, key: 'nobody' });
    expect(await countedOf(limiter, 5, 'reader', one)).toBe(2);
    expect(await countedOf(limiter, 5, 'reader', two)).toBe(0);
    expect(await countedOf(limiter, 5, 'other', one)).toBe(0);
  });

  it('makes room by what is given back when it was used up', async () => {
    const uses = await Promise.all(Array.from({ length: 5 }, () => limiter.take({ limit: limitOf(5), key: 'reader' })));
    await Promise.all(uses.slice(0, 3).map((use) => use.giveBack()));
    expect(await countedOf(limiter, 20, 'reader', limitOf(5))).toBe(3);
  });

  it.each(Object.entries(hostileKeys))('takes any key: %s', async (_name, key) => {
    for (const other of Object.values(hostileKeys)) if (other !== key) await tryTo(limiter, other, limitOf(1));
    expect(await countedOf(limiter, 3, key, limitOf(1))).toBe(1);
  });
}

describe('the rate limiter in memory', () => {
  limiterContract(() => Promise.resolve(new MemoryRateLimiter()));
});

/** Tests of what is counted must not fail because the machine is busy; only those of a hanging Redis are in a hurry. */
const PATIENCE_MS = 2000;
const isReady = (limiter: RedisRateLimiter) => eventually(() => expect(limiter.isReady()).toBe(true), 10_000);

describeWith('redis', 'the rate limiter in Redis', () => {
  const prefix = `holdfast-test-${randomUUID()}`;
  afterAll(async () => {
    const redis = new Redis(testUrl('redis'));
    for await (const keys of redis.scanStream({ match: `${prefix}*` }))
      if (keys.length > 0) await redis.unlink(...keys);
    redis.disconnect();
  });

  let count = 0;
  limiterContract(async () => {
    const limiter = new RedisRateLimiter(testUrl('redis'), `${prefix}-${count++}`, PATIENCE_MS);
    await isReady(limiter);
    return limiter;
  });
});

describeWithPrivateRedis('the rate limiter in Redis, with others', (redis) => {
  let here: RedisRateLimiter;
  let there: RedisRateLimiter;
  beforeEach(async () => {
    await redis().do((client) => client.flushall());
    here = new RedisRateLimiter(redis().url, 'h', PATIENCE_MS);
    there = new RedisRateLimiter(redis().url, 'h', PATIENCE_MS);
    await Promise.all([isReady(here), isReady(there)]);
  });
  afterEach(() => Promise.all([here.close(), there.close()]));

  it('shares what was counted by two processes, and what was given back', async () => {
    const limit = limitOf(17);
    const counts = await Promise.all([here, there].map((one) => countedOf(one, 100, 'reader', limit)));
    expect(counts[0]! + counts[1]!).toBe(17);
    const { giveBack } = await here.take({ limit: limitOf(18), key: 'reader' });
    expect(await countedOf(there, 5, 'reader', limitOf(18))).toBe(0);
    await giveBack();
    expect(await countedOf(there, 5, 'reader', limitOf(18))).toBe(1);
  });

  it('shares nothing with a program of another prefix', async () => {
    const stranger = new RedisRateLimiter(redis().url, 'other', PATIENCE_MS);
    await isReady(stranger);
    await countedOf(here, 5, 'reader', limitOf(2));
    expect(await countedOf(stranger, 5, 'reader', limitOf(2))).toBe(2);
    await stranger.close();
  });

  it('asks Redis once for a use, however many limits it has', async () => {
    const limits = Array.from({ length: 8 }, (_, i) => limitOf(5, 60, `limit-${i}`));
    await tryTo(here, 'warm', ...limits);
    const asked = await redis().do(async (client) => {
      await client.config('RESETSTAT');
      await countedOf(here, 10, 'reader', ...limits);
      return (await client.info('commandstats')).match(/cmdstat_evalsha:calls=(\d+)/)?.[1];
    });
    expect(asked).toBe('10');
  });

  it('leaves no key behind that does not end with its window, and no e-mail address in any', async () => {
    const limits = [limitOf(2, 1, 'short'), limitOf(3, 100, 'long')];
    const uses = await Promise.all(['reader@example.org', ''].map((key) => tryTo(here, key, ...limits)));
    await countedOf(here, 10, 'reader@example.org', ...limits);
    await Promise.all(uses.filter(isCounted).map((use) => use.giveBack()));
    await redis().do(async (client) => {
      const keys = await client.keys('*');
      expect(keys.length).toBeGreaterThanOrEqual(1);
      for (const key of keys) {
        const left = await client.pttl(key);
        // -2: it has ended meanwhile.
        expect(left).not.toBe(-1);
        expect(left).toBeLessThanOrEqual(key.includes(':long:') ? 100_001 : 1001);
        expect(key).toMatch(/^h:limits:[a-z0-9-]+:[\w-]{43}$/);
      }
      await eventually(async () => expect(await client.keys('h:limits:short:*')).toEqual([]));
    });
  });

  it('keeps no more members than the quota, though many are refused', async () => {
    await countedOf(here, 300, 'reader', limitOf(5));
    await redis().do(async (client) => {
      const [key = ''] = await client.keys('h:limits:tries:*');
      expect(await client.zcard(key)).toBe(5);
    });
  });

  it('goes by the clock of Redis, whatever that of a process says', async () => {
    const limit = limitOf(1);
    await tryTo(here, 'reader', limit);
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
    const outcome = await tryTo(there, 'reader', limit).finally(() => clock.mockRestore());
    expect(isCounted(outcome)).toBe(false);
  });
});

describeWithPrivateRedis('the rate limiter in Redis, when Redis fails', (redis) => {
  const opened: RedisRateLimiter[] = [];
  let limiter: RedisRateLimiter;
  let warn: jest.SpyInstance;
  const openLimiter = (answerMs = 300) => {
    const one = new RedisRateLimiter(redis().url, 'h', answerMs);
    opened.push(one);
    return one;
  };
  beforeEach(async () => {
    warn = jest.spyOn(Logger.prototype, 'warn');
    await redis().do((client) => client.flushall());
    limiter = openLimiter();
    await isReady(limiter);
  });
  afterEach(async () => {
    warn.mockRestore();
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  const goesWithout = () => eventually(() => expect(limiter.isReady()).toBe(false));
  const warnings = () => warn.mock.calls.map(([line]: unknown[]) => String(line));

  it('counts in this process while it is stopped, at no cost, and in Redis again when it is back', async () => {
    await redis().stop();
    await goesWithout();
    const spent = await millisecondsOf(async () => {
      for (let i = 0; i < 10; i++) expect(await countedOf(limiter, 20, `reader ${i}`, limitOf(3))).toBe(3);
    });
    expect(spent).toBeLessThan(5000);

    await redis().start();
    await isReady(limiter);
    expect(await countedOf(limiter, 20, 'reader 0', limitOf(3))).toBe(3);
    await redis().do(async (client) => expect(await client.keys('h:limits:tries:*')).toHaveLength(1));
    expect(warnings()).toEqual([expect.stringMatching('Redis is away for the rate limits')]);
  });

  it('loses tens of milliseconds to the first who ask while it hangs, then none, and uses it again when it wakes', async () => {
    const hasty = openLimiter(50);
    await isReady(hasty);
    redis().freeze();
    try {
      let counted = 0;
      const first = await millisecondsOf(async () => (counted = await countedOf(hasty, 50, 'reader', limitOf(7))));
      expect(counted).toBe(7);
      expect(first).toBeGreaterThan(40);
      expect(first).toBeLessThan(2000);
      const later = await millisecondsOf(async () => {
        for (let i = 0; i < 100; i++) expect(isCounted(await tryTo(hasty, 'reader', limitOf(7)))).toBe(false);
      });
      expect(later).toBeLessThan(4000);
    } finally {
      redis().thaw();
    }
    await isReady(hasty);
    expect(await countedOf(hasty, 20, 'new reader', limitOf(7))).toBe(7);
    await redis().do(async (client) => expect((await client.keys('h:limits:tries:*')).length).toBeGreaterThan(0));
    expect(warnings().filter((line) => line.startsWith('goes without Redis'))).toHaveLength(1);
  });

  it('also comes back after it hung for so long that the connection was given up, with one line for each end of it', async () => {
    redis().freeze();
    try {
      await tryTo(limiter, 'reader', limitOf(1));
      const givenUp = expect.stringMatching('Redis is away for the rate limits');
      await eventually(() => expect(warnings()).toContainEqual(givenUp), 10_000);
      expect(await countedOf(limiter, 50, 'reader', limitOf(1))).toBe(0);
    } finally {
      redis().thaw();
    }
    await isReady(limiter);
    expect(warnings()).toEqual([
      expect.stringMatching('goes without Redis: Redis did not answer within 300 ms'),
      expect.stringMatching('Redis is away for the rate limits'),
    ]);
  });

  it('does not take a busy process for a Redis that hangs', async () => {
    const counting = tryTo(limiter, 'reader', limitOf(1));
    const until = performance.now() + 500;
    while (performance.now() < until);
    expect(isCounted(await counting)).toBe(true);
    expect(limiter.isReady()).toBe(true);
  });

  it('counts in this process while Redis answers but refuses to write, and believes it again only when it writes', async () => {
    await redis().do(async (client) => {
      await client.config('SET', 'min-replicas-to-write', '1');
      expect(await countedOf(limiter, 20, 'reader', limitOf(3))).toBe(3);
      expect(limiter.isReady()).toBe(false);
      await client.config('RESETSTAT');
      await eventually(async () => {
        const attempts = /cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1];
        expect(Number(attempts)).toBeGreaterThanOrEqual(3);
      });
      expect(limiter.isReady()).toBe(false);
      expect(warnings()).toHaveLength(1);
      await client.config('SET', 'min-replicas-to-write', '0');
    });
    await isReady(limiter);
  });

  it('gives back a use of Redis to Redis, after an outage too, and none to the memory of this process', async () => {
    const taken = await limiter.take({ limit: limitOf(2), key: 'reader' });
    redis().freeze();
    try {
      await tryTo(limiter, 'somebody else', limitOf(2));
      expect(await countedOf(limiter, 1, 'reader', limitOf(2))).toBe(1);
    } finally {
      redis().thaw();
    }
    await isReady(limiter);
    await taken.giveBack();
    await redis().do(async (client) => expect(await client.keys('h:limits:tries:*')).toHaveLength(1));
    await redis().stop();
    await goesWithout();
    expect(await usedBefore(limiter, 'reader', limitOf(2))).toBe(1);
    await redis().start();
  });

  it('gives back a use of this process to this process, also when Redis is there again', async () => {
    await redis().stop();
    await goesWithout();
    const taken = await limiter.take({ limit: limitOf(2), key: 'reader' });
    await redis().start();
    await isReady(limiter);
    await limiter.take({ limit: limitOf(2), key: 'reader' });
    await taken.giveBack();
    expect(await usedBefore(limiter, 'reader', limitOf(2))).toBe(1);
    await redis().stop();
    await goesWithout();
    expect(await usedBefore(limiter, 'reader', limitOf(2))).toBe(0);
    await redis().start();
  });

  it('starts without Redis, and uses it once it is there; after its end it throws nothing', async () => {
    await redis().stop();
    const early = openLimiter();
    expect(await countedOf(early, 20, 'reader', limitOf(3))).toBe(3);
    await redis().start();
    await isReady(early);
    const { giveBack } = await early.take({ limit: limitOf(3), key: 'reader' });
    await early.close();
    await giveBack();
    expect(await countedOf(early, 20, 'reader', limitOf(3))).toBe(3);
  });
});
