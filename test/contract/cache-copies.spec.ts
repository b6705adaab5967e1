import { randomInt, randomUUID } from 'node:crypto';
import { setImmediate as turn, setTimeout as moment } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { eventually, FaultProxy } from '@holdfast/platform/testing';
import { Redis } from 'ioredis';
import type { Cache } from '../../libs/platform/src/cache/cache.js';
import { MemoryCache } from '../../libs/platform/src/cache/memory-cache.js';
import { RedisCache } from '../../libs/platform/src/cache/redis-cache.js';
import { describeWithPrivateRedis } from './private-redis.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn']));

/** A busy machine needs a while for a thousand commands. */
const PATIENCE_MS = 10_000;
/** A storm takes some seconds; a slow machine may take its time. */
const STORM_MS = 120_000;
const isReady = (cache: Cache) => eventually(() => expect(cache.isReady()).toBe(true), 10_000);

/** A text that only grows, in a database and in caches; it knows of each read whether that was too old. */
class Edition {
  reads = 0;
  readonly tooOld: string[] = [];
  private committed = 0;
  /** What everybody has to see, and what those have to see who read where it was changed. */
  private everywhere = 0;
  private readonly seenBy = new Map<Cache, number>();

  constructor(private readonly key: string = randomUUID()) {}

  async read(cache: Cache): Promise<void> {
    this.reads += 1;
    const atLeast = Math.max(this.everywhere, this.seenBy.get(cache) ?? 0);
    const found = Number(await cache.getOrLoad(this.key, 60, () => Promise.resolve(String(this.committed))));
    if (found < atLeast) this.tooOld.push(`${found} was read after ${atLeast}`);
  }

  /** `told`: whether Redis could be told. If not, others that do reach it see the change later. */
  async change(cache: Cache, told = () => cache.isReady()): Promise<void> {
    const change = (this.committed += 1);
    this.seenBy.set(cache, change);
    await cache.forget(this.key);
    if (told()) this.everywhere = Math.max(this.everywhere, change);
  }

  /** Reads it so often that a copy of it may be kept. */
  async heat(cache: Cache): Promise<void> {
    for (let i = 0; i < 20; i++) await this.read(cache);
  }
}

/** Hot editions, a new one for each round, are read all the time and changed twice, at moments left to chance. */
async function storm(rounds: number, writers: Cache[], readers: Cache[]): Promise<Edition[]> {
  const atOnce = 60;
  const editions: Edition[] = [];
  const round = async () => {
    const edition = new Edition();
    editions.push(edition);
    for (const cache of readers) await edition.heat(cache);
    let over = false;
    const readOn = async (cache: Cache) => {
      for (; !over; await turn()) for (let i = randomInt(4); i >= 0; i--) await edition.read(cache);
    };
    const write = async () => {
      for (const cache of [writers[randomInt(writers.length)]!, writers[0]!]) {
        await moment(randomInt(30));
        await edition.change(cache);
      }
      for (const cache of readers) await edition.read(cache);
      over = true;
    };
    await Promise.all([write(), ...readers.map(readOn)]);
  };
  while (editions.length < rounds) await Promise.all(Array.from({ length: atOnce }, round));
  return editions;
}

const faultsOf = (editions: Edition[]) => editions.flatMap(({ tooOld }) => tooOld);

describe('the cache in memory, under a storm', () => {
  it('gives nobody, from the call on, what was forgotten', async () => {
    const cache = new MemoryCache();
    expect(faultsOf(await storm(600, [cache], [cache, cache]))).toEqual([]);
  });
});

describeWithPrivateRedis('hot keys of the cache in Redis', (redis) => {
  const opened: RedisCache[] = [];
  let prefix: string;
  let client: Redis;
  let here: RedisCache;
  let there: RedisCache;
  const open = async (url = redis().url, answerMs = PATIENCE_MS) => {
    const cache = new RedisCache(url, prefix, answerMs);
    opened.push(cache);
    await isReady(cache);
    return cache;
  };
  beforeEach(async () => {
    prefix = randomUUID();
    client = new Redis(redis().url).on('error', () => undefined);
    [here, there] = [await open(), await open()];
    // The first change of all waits, for nobody knows yet whether Redis has lost something.
    await here.forget('nothing');
  });
  afterEach(async () => {
    client.disconnect();
    await Promise.all(opened.splice(0).map((cache) => cache.close()));
  });

  /** How often Redis was asked for a value during the work. */
  const asked = async (work: () => Promise<unknown>): Promise<number> => {
    await client.config('RESETSTAT');
    await work();
    const calls = (await client.info('commandstats')).match(/cmdstat_get:calls=(\d+)/)?.[1];
    return Number(calls ?? 0);
  };
  const grants = () => client.keys(`${prefix}:cache:granted:*`);
  /** Does it again and again while the work is done. */
  const during = async <T>(work: Promise<T>, again: () => Promise<unknown>): Promise<T> => {
    let over = false;
    const disturb = async () => {
      for (; !over; await turn()) await again();
    };
    const disturbing = disturb();
    const result = await work.finally(() => (over = true));
    await disturbing;
    return result;
  };

  it('asks Redis now and then, not for every read, and for every read of what is read seldom', async () => {
    const load = () => Promise.resolve('Emma');
    const readTimes = async (times: number, key: string) => {
      for (let i = 0; i < times; i++) expect(await there.getOrLoad(key, 60, load)).toBe('Emma');
    };
    await readTimes(1, 'cold');
    expect(await asked(() => readTimes(6, 'cold'))).toBe(6);
    expect(await grants()).toEqual([]);
    expect(await asked(() => readTimes(10_000, 'hot'))).toBeLessThan(1000);
  });

  it('loads once in each process, however many miss together in both', async () => {
    let finish: () => void = () => undefined;
    const held = new Promise<string>((resolve) => (finish = () => resolve('Emma')));
    const loads = [jest.fn(() => held), jest.fn(() => held)] as const;
    const ask = (cache: Cache, load: () => Promise<string>) =>
      Array.from({ length: 500 }, () => cache.getOrLoad('book', 60, load));
    const answers = [...ask(here, loads[0]), ...ask(there, loads[1])];
    await eventually(() => loads.forEach((load) => expect(load).toHaveBeenCalled()));
    for (const cache of [here, there]) await cache.getOrLoad('later', 60, () => Promise.resolve('all have asked'));
    finish();
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['Emma']));
    for (const load of loads) expect(load).toHaveBeenCalledTimes(1);
  });

  it(
    'gives nobody, on any process, what was forgotten, in thousands of changes of what is hot',
    async () => {
      expect(faultsOf(await storm(900, [here, there], [here, there]))).toEqual([]);
    },
    STORM_MS,
  );

  it(
    'gives nobody what was forgotten while Redis is emptied again and again',
    async () => {
      const editions = await during(storm(300, [here, there], [here, there]), async () => {
        await moment(randomInt(20));
        await client.flushall();
      });
      expect(faultsOf(editions)).toEqual([]);
    },
    STORM_MS,
  );

  it(
    'gives nobody what was forgotten while Redis stalls again and again, some taking it for dead',
    async () => {
      const hasty = await open(redis().url, 30);
      const editions = await during(storm(120, [here], [here, hasty]), async () => {
        await client.call('CLIENT', 'PAUSE', String(randomInt(60)), 'ALL');
        await moment(randomInt(100));
      });
      expect(faultsOf(editions)).toEqual([]);
    },
    STORM_MS,
  );

  it(
    'gives nobody what was forgotten where connections are cut, and held up, again and again',
    async () => {
      const proxy = await FaultProxy.to('127.0.0.1', Number(new URL(redis().url).port));
      try {
        const far = await open(`redis://127.0.0.1:${proxy.port}`, 30);
        const editions = await during(storm(300, [here], [here, far]), async () => {
          await moment(randomInt(200));
          if (randomInt(2) === 0) return proxy.cut();
          proxy.freeze();
          await moment(randomInt(60));
          proxy.heal();
        });
        expect(faultsOf(editions)).toEqual([]);
      } finally {
        await proxy.close();
      }
    },
    STORM_MS,
  );

  it('gives nobody what was forgotten right after Redis died, though it can tell nobody', async () => {
    for (let i = 0; i < 10; i++) {
      const editions = Array.from({ length: 20 }, () => new Edition());
      for (const edition of editions) await edition.heat(there);
      await redis().stop();
      await Promise.all(
        editions.map(async (edition) => {
          await edition.change(here, () => true);
          await edition.read(there);
        }),
      );
      await redis().start();
      await Promise.all([isReady(here), isReady(there)]);
      expect(faultsOf(editions)).toEqual([]);
    }
  });

  it('gives nobody what was forgotten right after Redis died and came back without its memory', async () => {
    for (let i = 0; i < 10; i++) {
      const editions = Array.from({ length: 20 }, () => new Edition());
      for (const edition of editions) await edition.heat(there);
      await redis().stop();
      await redis().start();
      await isReady(here);
      await Promise.all(
        editions.map(async (edition) => {
          await edition.change(here);
          await edition.read(there);
        }),
      );
      expect(faultsOf(editions)).toEqual([]);
      await isReady(there);
    }
  });

  it('grants no copy of what was hot and is being written, so that writers do not wait, and one again later', async () => {
    const edition = new Edition('book');
    const isGranted = async () => {
      await edition.heat(there);
      return (await grants()).length > 0;
    };
    await eventually(async () => expect(await isGranted()).toBe(true));
    let granted = 0;
    for (let i = 0; i < 50; i++) {
      await edition.change(here);
      granted += Number(await isGranted());
    }
    // More than none only when the machine stands still for a second.
    expect(granted).toBeLessThan(5);
    expect(edition.tooOld).toEqual([]);
    await eventually(async () => expect(await isGranted()).toBe(true));
  });

  it('makes nobody wait who writes what is not hot', async () => {
    const begun = performance.now();
    for (let i = 0; i < 200; i++) await here.forget(`key ${i}`);
    // Each waiting for 50 ms they would need 10 s.
    expect(performance.now() - begun).toBeLessThan(9000);
  });

  it('leaves the grants of others, and the sign that Redis lost nothing, when it forgets everything', async () => {
    await here.getOrLoad('book', 60, () => Promise.resolve('old'));
    const granted = `${prefix}:cache:granted:book`;
    await client.set(granted, '');
    await here.forget(...Array.from({ length: 50_001 }, (_, i) => `key ${i}`));
    await isReady(here);
    // What Redis was probed with is there for a millisecond.
    await eventually(async () =>
      expect((await client.keys(`${prefix}:cache:*`)).sort()).toEqual([granted, `${prefix}:cache:intact`]),
    );
  });
});
