import fc from 'fast-check';
import { TooManyRequests } from '../http/problem.js';
import { MemoryRateLimiter } from './memory-rate-limiter.js';
import type { RateLimit } from './rate-limit.js';
import type { TakenUse } from './rate-limiter.js';

const limitOf = (quota: number, windowSeconds: number, name = 'tries'): RateLimit => ({ name, quota, windowSeconds });

describe('The rate limiter in memory', () => {
  let now = 0;
  beforeEach(() => {
    now = 0;
  });

  /** Null when it was counted, else the seconds to wait. */
  const refusal = async (limiter: MemoryRateLimiter, key: string, ...limits: RateLimit[]): Promise<number | null> => {
    try {
      await limiter.take(...limits.map((limit) => ({ limit, key })));
      return null;
    } catch (error) {
      if (error instanceof TooManyRequests) return error.retryAfterSeconds;
      throw error;
    }
  };

  it('lets exactly the quota through in every window, refuses nothing without need and tells the right time to wait', async () => {
    const step = fc.record({
      after: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3000 }), fc.constantFrom(1000, 4000, 10_000)),
      key: fc.constantFrom('a', 'b'),
      isGivenBack: fc.boolean(),
    });
    const limits = [limitOf(2, 4, 'short'), limitOf(3, 10, 'long')];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const limiter = new MemoryRateLimiter(() => now);
        // Every use that counts, with its moment: what a reader of the rule would write on paper.
        let paper: { key: string; at: number }[] = [];
        const waitBy = ({ quota, windowSeconds }: RateLimit, key: string): number => {
          const within = paper.filter((use) => use.key === key && use.at > now - windowSeconds * 1000);
          if (within.length < quota) return 0;
          return Math.ceil((within[within.length - quota]!.at + windowSeconds * 1000 - now) / 1000);
        };
        for (const { after, key, isGivenBack } of steps) {
          now += after;
          const wait = Math.max(...limits.map((limit) => waitBy(limit, key)));
          let taken: TakenUse | undefined;
          const refused = await limiter.take(...limits.map((limit) => ({ limit, key }))).then(
            (use) => ((taken = use), 0),
            (error: TooManyRequests) => error.retryAfterSeconds,
          );
          expect(refused).toBe(wait);
          if (isGivenBack) await taken?.giveBack();
          else if (taken) paper = [...paper, { key, at: now }];
        }
      }),
      { numRuns: 200 },
    );
  });

  it('refuses until the very moment that it told, and not then', async () => {
    const limiter = new MemoryRateLimiter(() => now);
    await refusal(limiter, 'reader', limitOf(1, 10));
    now = 4000;
    expect(await refusal(limiter, 'reader', limitOf(1, 10))).toBe(6);
    now = 9999;
    expect(await refusal(limiter, 'reader', limitOf(1, 10))).toBe(1);
    now = 10_000;
    expect(await refusal(limiter, 'reader', limitOf(1, 10))).toBeNull();
  });

  it('never tells to wait longer than the window, however its clock rounds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1e10, noNaN: true }), async (start) => {
        now = start;
        const limiter = new MemoryRateLimiter(() => now);
        await refusal(limiter, 'reader', limitOf(1, 60));
        expect(await refusal(limiter, 'reader', limitOf(1, 60))).toBe(60);
      }),
    );
  });

  it('keeps somebody waiting though a flood of new keys comes', async () => {
    const limiter = new MemoryRateLimiter(() => now, 100);
    for (let i = 0; i < 3; i++) await refusal(limiter, 'victim', limitOf(3, 60));
    for (let i = 0; i < 5000; i++) expect(await refusal(limiter, `key ${i}`, limitOf(3, 60))).toBeNull();
    expect(await refusal(limiter, 'victim', limitOf(3, 60))).toBe(60);
    expect(limiter.size).toBe(101);
  });

  it('keeps somebody waiting though other limits are flooded with keys that are used up', async () => {
    const limiter = new MemoryRateLimiter(() => now, 100);
    await refusal(limiter, 'victim', limitOf(1, 60));
    for (let i = 0; i < 1000; i++) await refusal(limiter, `key ${i}`, limitOf(1, 60, 'others'));
    expect(await refusal(limiter, 'victim', limitOf(1, 60))).toBe(60);
  });

  it('still counts new keys when it is full of those that are used up, and frees the one that waited longest', async () => {
    const limiter = new MemoryRateLimiter(() => now, 100);
    for (let i = 0; i < 100; i++) {
      now += 1;
      await refusal(limiter, `key ${i}`, limitOf(1, 60));
    }
    expect(await refusal(limiter, 'key 0', limitOf(1, 60))).toBe(60);
    expect(await refusal(limiter, 'new', limitOf(1, 60))).toBeNull();
    expect(await refusal(limiter, 'new', limitOf(1, 60))).toBe(60);
    expect(await refusal(limiter, 'key 1', limitOf(1, 60))).toBe(60);
    expect(await refusal(limiter, 'key 0', limitOf(1, 60))).toBeNull();
    expect(limiter.size).toBe(100);
  });

  it('keeps no more than 40,000 keys of a limit, whatever comes', async () => {
    const limiter = new MemoryRateLimiter(() => now);
    for (let i = 0; i < 25_000; i++) {
      await refusal(limiter, `once ${i}`, limitOf(2, 60));
      for (let j = 0; j < 2; j++) await refusal(limiter, `twice ${i}`, limitOf(2, 60));
    }
    expect(limiter.size).toBeGreaterThan(39_990);
    expect(limiter.size).toBeLessThanOrEqual(40_000);
  });

  it('lets the keys go whose window is over', async () => {
    const limiter = new MemoryRateLimiter(() => now);
    for (let i = 0; i < 1000; i++) await refusal(limiter, `key ${i}`, limitOf(1 + (i % 2), 60));
    now = 60_000;
    await refusal(limiter, 'new', limitOf(2, 60));
    expect(limiter.size).toBe(1);
  });

  it('keeps nothing of a key whose uses were all given back', async () => {
    const limiter = new MemoryRateLimiter(() => now);
    const { giveBack } = await limiter.take({ limit: limitOf(1, 60), key: 'reader' });
    await giveBack();
    expect(limiter.size).toBe(0);
  });

  it('counts a hundred thousand uses of one key without moving them each time', async () => {
    const limiter = new MemoryRateLimiter(() => now);
    const took: number[] = [];
    for (let round = 0; round < 100; round++) {
      const start = performance.now();
      for (let i = 0; i < 1000; i++) {
        now += 1;
        await refusal(limiter, 'reader', limitOf(50_000, 60));
      }
      took[round] = performance.now() - start;
    }
    // The first ones keep some thousand uses, the last ones 50,000.
    const [few, many] = [took.slice(1, 20), took.slice(60)].map((some) => Math.min(...some));
    expect(many! / few!).toBeLessThan(8);
  });
});
