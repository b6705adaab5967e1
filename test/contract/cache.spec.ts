import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { describeWith, eventually, FaultProxy, testUrl } from '@holdfast/platform/testing';
import { Redis } from 'ioredis';
import type { Cache } from '../../libs/platform/src/cache/cache.js';
import { MemoryCache } from '../../libs/platform/src/cache/memory-cache.js';
import { RedisCache } from '../../libs/platform/src/cache/redis-cache.js';
import { describeWithPrivateRedis } from './private-redis.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn']));

/** A load that ends when the test says so. */
function heldLoad(value: string | null | Error) {
  let finish: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (finish = resolve));
  const load = jest.fn(async () => {
    await held;
    if (value instanceof Error) throw value;
    return value;
  });
  return { load, finish };
}

const loadOf = (value: string | null) => jest.fn(() => Promise.resolve(value));

/** What a load may not be asked for. */
const noLoad = () => Promise.reject(new Error('it was loaded again'));

/** Tests of what is kept must not fail because the machine is busy; only those of a hanging Redis are in a hurry. */
const PATIENCE_MS = 2000;

const isReady = (cache: Cache) => eventually(() => expect(cache.isReady()).toBe(true), 10_000);

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function cacheContract(makeCache: () => Promise<Cache>) {
  let cache: Cache;
  beforeEach(async () => {
    cache = await makeCache();
  });
  afterEach(() => cache.close());

  it('loads what is absent, and keeps it', async () => {
    expect(await cache.getOrLoad('book', 60, loadOf('Emma'))).toBe('Emma');
    expect(await cache.getOrLoad('book', 60, noLoad)).toBe('Emma');
  });

  it('finds what is there, and nothing else', async () => {
    expect(await cache.find('book')).toBeNull();
    await cache.getOrLoad('book', 60, loadOf('Emma'));
    for (let read = 0; read < 30; read++) expect(await cache.find('book')).toBe('Emma');
    await cache.forget('book');
    expect(await cache.find('book')).toBeNull();
    expect(await cache.getOrLoad('book', 60, loadOf('Persuasion'))).toBe('Persuasion');
  });

  it('keeps the empty text, and any text as it is', async () => {
    await cache.getOrLoad('empty', 60, loadOf(''));
    await cache.getOrLoad('text', 60, loadOf('{"title":"Brontë 🦉\\u0000"}'));
    expect(await cache.getOrLoad('empty', 60, noLoad)).toBe('');
    expect(await cache.getOrLoad('text', 60, noLoad)).toBe('{"title":"Brontë 🦉\\u0000"}');
  });

  it('loads again after the time to live', async () => {
    await cache.getOrLoad('book', 0.05, loadOf('old'));
    await eventually(async () => expect(await cache.getOrLoad('book', 60, loadOf('new'))).toBe('new'));
  });

  it('asks once for 500 that miss the same key together', async () => {
    const { load, finish } = heldLoad('Emma');
    const asked = Array.from({ length: 500 }, () => cache.getOrLoad('book', 60, load));
    await eventually(() => expect(load).toHaveBeenCalled());
    await cache.getOrLoad('later', 60, loadOf('all have asked'));
    finish();
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['Emma']));
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('gives the error of a load to all who wait for it, and keeps nothing', async () => {
    const { load, finish } = heldLoad(new Error('no database'));
    const asked = Array.from({ length: 10 }, () => cache.getOrLoad('book', 60, load));
    const answers = Promise.allSettled(asked);
    await eventually(() => expect(load).toHaveBeenCalled());
    await cache.getOrLoad('later', 60, loadOf('all have asked'));
    finish();
    expect((await answers).map((one) => one.status)).toEqual(asked.map(() => 'rejected'));
    expect(load).toHaveBeenCalledTimes(1);
    expect(await cache.getOrLoad('book', 60, loadOf('Emma'))).toBe('Emma');
  });

  it('does not keep that there is nothing', async () => {
    expect(await cache.getOrLoad('book', 60, loadOf(null))).toBeNull();
    expect(await cache.getOrLoad('book', 60, loadOf('Emma'))).toBe('Emma');
    expect(await cache.getOrLoad('book', 60, noLoad)).toBe('Emma');
  });

  it('forgets the keys that it is told, and no others', async () => {
    for (const key of ['one', 'two', 'three']) await cache.getOrLoad(key, 60, loadOf('old'));
    await cache.forget('one', 'two');
    for (const key of ['one', 'two']) expect(await cache.getOrLoad(key, 60, loadOf('new'))).toBe('new');
    expect(await cache.getOrLoad('three', 60, noLoad)).toBe('old');
    await cache.forget();
  });

  it('gives nobody what is being forgotten, though others are forgotten first', async () => {
    await cache.getOrLoad('book', 60, loadOf('old'));
    const forgetting = cache.forget(...Array.from({ length: 2000 }, (_, i) => `other ${i}`), 'book');
    expect(await cache.getOrLoad('book', 60, loadOf('new'))).toBe('new');
    await forgetting;
  });

  it('gives nobody who comes after the forgetting what was loaded before it, and does not keep that', async () => {
    const before = heldLoad('old');
    const early = cache.getOrLoad('book', 60, before.load);
    await eventually(() => expect(before.load).toHaveBeenCalled());
    await cache.forget('book');
    const during = heldLoad('new');
    const late = cache.getOrLoad('book', 60, during.load);
    await eventually(() => expect(during.load).toHaveBeenCalled());

    before.finish();
    expect(await early).toBe('old');
    during.finish();
    expect(await late).toBe('new');
    expect(await cache.getOrLoad('book', 60, noLoad)).toBe('new');
  });

  it('does not keep what was loaded before the forgetting when it ends last', async () => {
    const before = heldLoad('old');
    const early = cache.getOrLoad('book', 60, before.load);
    await eventually(() => expect(before.load).toHaveBeenCalled());
    await cache.forget('book');
    before.finish();
    await early;
    expect(await cache.getOrLoad('book', 60, loadOf('new'))).toBe('new');
    expect(await cache.getOrLoad('book', 60, noLoad)).toBe('new');
  });
}

describe('the cache in memory', () => {
  cacheContract(() => Promise.resolve(new MemoryCache()));

  it('drops what was used least recently past its number of entries', async () => {
    const cache = new MemoryCache({ entries: 2 });
    for (const key of ['one', 'two']) await cache.getOrLoad(key, 60, loadOf(key));
    await cache.getOrLoad('one', 60, noLoad);
    await cache.getOrLoad('three', 60, loadOf('three'));
    expect(await cache.getOrLoad('one', 60, noLoad)).toBe('one');
    expect(await cache.getOrLoad('two', 60, loadOf('again'))).toBe('again');
  });

  it('drops entries past its bytes, and does not keep one that is larger than all of it', async () => {
    const cache = new MemoryCache({ bytes: 10_000 });
    await cache.getOrLoad('one', 60, loadOf('x'.repeat(3000)));
    await cache.getOrLoad('two', 60, loadOf('x'.repeat(3000)));
    expect(await cache.getOrLoad('one', 60, loadOf('again'))).toBe('again');
    await cache.getOrLoad('huge', 60, loadOf('x'.repeat(30_000)));
    expect(await cache.getOrLoad('huge', 60, loadOf('again'))).toBe('again');
  });
});

describeWith('redis', 'the cache in Redis', () => {
  const prefix = `holdfast-test-${randomUUID()}`;
  afterAll(async () => {
    const redis = new Redis(testUrl('redis'));
    for await (const keys of redis.scanStream({ match: `${prefix}*` }))
      if (keys.length > 0) await redis.unlink(...keys);
    redis.disconnect();
  });

  let count = 0;
  cacheContract(async () => {
    const cache = new RedisCache(testUrl('redis'), `${prefix}-${count++}`, PATIENCE_MS);
    await isReady(cache);
    return cache;
  });
});

describeWithPrivateRedis('the cache in Redis, in two processes', (redis) => {
  let prefix: string;
  let here: RedisCache;
  let there: RedisCache;
  beforeEach(async () => {
    prefix = randomUUID();
    here = new RedisCache(redis().url, prefix, PATIENCE_MS);
    there = new RedisCache(redis().url, prefix, PATIENCE_MS);
    await Promise.all([isReady(here), isReady(there)]);
  });
  afterEach(() => Promise.all([here.close(), there.close()]));

  it('reads nothing old when Redis comes back, whoever finds it first', async () => {
    let written = 0;
    const wrong: string[] = [];
    const write = async (by: RedisCache, reader: RedisCache) => {
      const value = ++written;
      await by.forget('book');
      const read = Number(await reader.getOrLoad('book', 60, () => Promise.resolve(String(written))));
      if (read < value) wrong.push(`${read} after ${value}`);
    };
    for (let round = 0; round < 4; round++) {
      await redis().stop();
      // The longer it is away, the further apart they may come back.
      for (const end = performance.now() + 1500; performance.now() < end; await setImmediate()) {
        await Promise.all([write(here, there), write(there, here)]);
      }
      await redis().start();
      // One writes and the other reads, until both are back, and somewhat longer: a write of the reader would hide it.
      const [writer, reader] = round % 2 === 0 ? [here, there] : [there, here];
      for (let after = 0; after < 20; await setImmediate()) {
        await write(writer, reader);
        if (writer.isReady() && reader.isReady()) after++;
      }
    }
    expect(wrong).toEqual([]);
  }, 90_000);

  it('lets a writer wait for Redis until it uses it again, not only until it could: others may read it by then', async () => {
    const proxy = await FaultProxy.to('127.0.0.1', Number(new URL(redis().url).port));
    const late = new RedisCache(`redis://127.0.0.1:${proxy.port}`, prefix, 60_000);
    try {
      await isReady(late);
      await late.getOrLoad('book', 60, loadOf('old'));
      // It finds Redis again, and hears no answer to its first question before the test says so.
      const { load: held, finish: answer } = heldLoad('OK');
      const probe = jest.spyOn(late['redis'], 'set').mockImplementation(held as never);
      proxy.cut();
      await eventually(() => expect(probe).toHaveBeenCalled());
      // The clock stands at the first moment at which it has waited for the others long enough, however busy the machine is.
      let now = performance.now();
      const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
      while (late['connection'].isSettling()) now++;

      const forgotten = jest.fn();
      const forgetting = late.forget('book').then(forgotten);
      expect(await there.getOrLoad('book', 60, noLoad)).toBe('old');
      expect(forgotten).not.toHaveBeenCalled();
      clock.mockRestore();
      answer();
      await forgetting;
      expect(await there.getOrLoad('book', 60, loadOf('new'))).toBe('new');
    } finally {
      jest.restoreAllMocks();
      await late.close();
      await proxy.close();
    }
  });

  it('shares what was loaded, and forgets it everywhere', async () => {
    await here.getOrLoad('book', 60, loadOf('old'));
    expect(await there.getOrLoad('book', 60, noLoad)).toBe('old');
    await there.forget('book');
    expect(await here.getOrLoad('book', 60, loadOf('new'))).toBe('new');
  });

  it('does not let a load fill that began before another process forgot the key', async () => {
    const before = heldLoad('old');
    const early = here.getOrLoad('book', 60, before.load);
    await eventually(() => expect(before.load).toHaveBeenCalled());
    await there.forget('book');
    before.finish();
    await early;
    expect(await there.getOrLoad('book', 60, loadOf('new'))).toBe('new');
  });

  it('gives nobody who comes after another process forgot the key the load that runs here', async () => {
    const before = heldLoad('old');
    const early = here.getOrLoad('book', 60, before.load);
    await eventually(() => expect(before.load).toHaveBeenCalled());
    await there.forget('book');
    expect(await here.getOrLoad('book', 60, loadOf('new'))).toBe('new');
    before.finish();
    expect(await early).toBe('old');
    expect(await there.getOrLoad('book', 60, noLoad)).toBe('new');
  });

  it('does not let an old load fill when Redis was emptied after the forgetting', async () => {
    const before = heldLoad('old');
    const early = here.getOrLoad('book', 60, before.load);
    await eventually(() => expect(before.load).toHaveBeenCalled());
    await there.forget('book');
    await redis().do((client) => client.flushall());
    before.finish();
    await early;
    expect(await there.getOrLoad('book', 60, loadOf('new'))).toBe('new');
  });

  it('never serves a value from before a change that was committed and forgotten, under a storm of both', async () => {
    let inDatabase = 0;
    let announced = 0;
    const tooOld: number[] = [];
    const moment = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    const reader = async (cache: Cache) => {
      for (let i = 0; i < 100; i++) {
        const atLeast = announced;
        const load = async () => {
          const seen = inDatabase;
          await moment(Math.random() * 3);
          return String(seen);
        };
        const value = Number(await cache.getOrLoad('counter', 60, load));
        if (value < atLeast) tooOld.push(value);
      }
    };
    const writer = async () => {
      for (let i = 1; i <= 100; i++) {
        inDatabase = i;
        await (i % 2 ? here : there).forget('counter');
        announced = i;
        await moment(1);
      }
    };
    await Promise.all([writer(), ...Array.from({ length: 40 }, (_, i) => reader(i % 2 ? here : there))]);
    expect(tooOld).toEqual([]);
    expect(await here.getOrLoad('counter', 60, loadOf('100'))).toBe('100');
  });
});

describeWithPrivateRedis('the cache in Redis, when Redis fails', (redis) => {
  const opened: RedisCache[] = [];
  let cache: RedisCache;
  let prefix: string;
  const openCache = (answerMs = 300, url = redis().url) => {
    const one = new RedisCache(url, prefix, answerMs);
    opened.push(one);
    return one;
  };
  beforeEach(async () => {
    prefix = randomUUID();
    cache = openCache();
    await isReady(cache);
    await cache.getOrLoad('book', 60, loadOf('old'));
  });
  afterEach(() => Promise.all(opened.splice(0).map((one) => one.close())));

  const goesWithout = () => eventually(() => expect(cache.isReady()).toBe(false));

  it('loads without it while it is stopped, at no cost, and uses it again when it is back', async () => {
    await redis().stop();
    await goesWithout();
    const load = loadOf('new');
    const spent = await millisecondsOf(async () => {
      for (let i = 0; i < 100; i++) expect(await cache.getOrLoad('book', 60, load)).toBe('new');
    });
    expect(load).toHaveBeenCalledTimes(100);
    expect(spent).toBeLessThan(5000);

    await redis().start();
    await isReady(cache);
    await cache.getOrLoad('book', 60, loadOf('again'));
    expect(await cache.getOrLoad('book', 60, noLoad)).toBe('again');
  });

  it('loses tens of milliseconds to the first who ask while it hangs, then none, and uses it again when it wakes', async () => {
    const hasty = openCache(50);
    await isReady(hasty);
    redis().freeze();
    try {
      const first = await millisecondsOf(() =>
        Promise.all(Array.from({ length: 50 }, (_, i) => hasty.getOrLoad(`key ${i}`, 60, loadOf('new')))),
      );
      expect(first).toBeGreaterThan(40);
      // One after the other they would need 2.5 s, and the next ones 5 s.
      expect(first).toBeLessThan(2300);
      const later = await millisecondsOf(async () => {
        for (let i = 0; i < 100; i++) await hasty.getOrLoad('book', 60, loadOf('new'));
      });
      expect(later).toBeLessThan(4500);
    } finally {
      redis().thaw();
    }
    await isReady(hasty);
    expect(await hasty.getOrLoad('book', 60, noLoad)).toBe('old');
  });

  it('lets a writer for whom Redis was too slow wait until it is told, for others still read from it', async () => {
    const hasty = openCache(50);
    await isReady(hasty);
    // Again should the machine be so busy that Redis stays too slow.
    await eventually(async () => {
      const key = randomUUID();
      await cache.getOrLoad(key, 60, loadOf('old'));
      await isReady(hasty);
      await redis().do((client) => client.call('CLIENT', 'PAUSE', '70', 'ALL'));
      await hasty.getOrLoad('another', 60, loadOf('x'));
      expect(hasty.isReady()).toBe(false);
      await hasty.forget(key);
      expect(await cache.getOrLoad(key, 60, loadOf('new'))).toBe('new');
    }, 10_000);
  });

  it('also comes back after it hung for so long that the connection was given up', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    redis().freeze();
    try {
      await cache.getOrLoad('book', 60, loadOf('new'));
      const givenUp = expect.stringMatching('Redis is away for the cache');
      await eventually(() => expect(warn).toHaveBeenCalledWith(givenUp), 10_000);
      expect(warn.mock.calls.filter(([line]) => givenUp.asymmetricMatch(line))).toHaveLength(1);
    } finally {
      redis().thaw();
    }
    await isReady(cache);
    expect(await cache.getOrLoad('book', 60, noLoad)).toBe('old');
  });

  it('does not take a busy process for a Redis that hangs', async () => {
    const reading = cache.getOrLoad('book', 60, noLoad);
    const until = performance.now() + 500;
    while (performance.now() < until);
    expect(await reading).toBe('old');
    expect(cache.isReady()).toBe(true);
  });

  it('loads again after Redis was emptied', async () => {
    await redis().do((client) => client.flushall());
    expect(await cache.getOrLoad('book', 60, loadOf('new'))).toBe('new');
    expect(await cache.getOrLoad('book', 60, noLoad)).toBe('new');
  });

  it('never reads again what was forgotten while Redis hung', async () => {
    redis().freeze();
    try {
      await cache.getOrLoad('other', 60, loadOf('x'));
      await cache.forget('book');
      expect(await cache.getOrLoad('book', 60, loadOf('new'))).toBe('new');
    } finally {
      redis().thaw();
    }
    await isReady(cache);
    expect(await cache.getOrLoad('book', 60, loadOf('new'))).toBe('new');
    const elsewhere = openCache();
    await isReady(elsewhere);
    expect(await elsewhere.getOrLoad('book', 60, noLoad)).toBe('new');
  });

  it('never reads again any of the many that were forgotten while Redis hung', async () => {
    const keys = Array.from({ length: 1200 }, (_, i) => `key ${i}`);
    await Promise.all(keys.map((key) => cache.getOrLoad(key, 60, loadOf('old'))));
    const elsewhere = openCache();
    await isReady(elsewhere);
    redis().freeze();
    try {
      await cache.getOrLoad('other', 60, loadOf('x'));
      await cache.forget(...keys);
    } finally {
      redis().thaw();
    }
    await isReady(cache);
    for (const one of [cache, elsewhere]) {
      const values = await Promise.all(keys.map((key) => one.getOrLoad(key, 60, loadOf('new'))));
      expect(new Set(values)).toEqual(new Set(['new']));
    }
  });

  it('asks nothing more of a Redis that answers but refuses to write, and believes it again only when it writes', async () => {
    await redis().do(async (client) => {
      await client.config('SET', 'min-replicas-to-write', '1');
      try {
        await cache.forget('book');
        expect(cache.isReady()).toBe(false);
        await client.config('RESETSTAT');
        for (let i = 0; i < 500; i++) expect(await cache.getOrLoad('book', 60, loadOf('new'))).toBe('new');
        await eventually(async () => {
          const [, probes] = /cmdstat_set:.*rejected_calls=(\d+)/.exec(await client.info('commandstats')) ?? [];
          expect(Number(probes)).toBeGreaterThanOrEqual(3);
        });
        expect(await client.info('commandstats')).not.toContain('evalsha');
        expect(cache.isReady()).toBe(false);
      } finally {
        await client.config('SET', 'min-replicas-to-write', '0');
      }
    });
    await isReady(cache);
    const elsewhere = openCache();
    await isReady(elsewhere);
    expect(await elsewhere.getOrLoad('book', 60, loadOf('new'))).toBe('new');
  });

  it('costs nothing while Redis takes connections and ends them at once, and uses it again when that is over', async () => {
    const proxy = await FaultProxy.to('127.0.0.1', Number(new URL(redis().url).port));
    try {
      const far = openCache(PATIENCE_MS, `redis://127.0.0.1:${proxy.port}`);
      await isReady(far);
      proxy.refuse();
      await eventually(() => expect(far.isReady()).toBe(false));
      const load = loadOf('new');
      for (let i = 0; i < 500; i++) expect(await far.getOrLoad('book', 60, load)).toBe('new');
      expect(load).toHaveBeenCalledTimes(500);
      proxy.heal();
      await isReady(far);
      expect(await far.getOrLoad('book', 60, noLoad)).toBe('old');
    } finally {
      await proxy.close();
    }
  });

  it('never reads again what was forgotten while Redis was stopped and kept its data', async () => {
    await redis().do((client) => client.save());
    await redis().stop();
    await goesWithout();
    await cache.forget('book');
    await redis().start();
    await isReady(cache);
    expect(await cache.getOrLoad('book', 60, loadOf('new'))).toBe('new');
  });

  it('forgets everything when more was forgotten meanwhile than it can keep in mind', async () => {
    await cache.getOrLoad('kept', 60, loadOf('old'));
    await redis().do((client) => client.save());
    await redis().stop();
    await goesWithout();
    await cache.forget('book');
    await cache.forget(...Array.from({ length: 50_001 }, (_, i) => `key ${i}`));
    await redis().start();
    await isReady(cache);
    for (const key of ['book', 'kept']) expect(await cache.getOrLoad(key, 60, loadOf('new'))).toBe('new');
    expect(await cache.getOrLoad('book', 60, noLoad)).toBe('new');
  });

  it('does not keep a load that began before a forgetting which Redis never heard of', async () => {
    const before = heldLoad('old');
    const early = cache.getOrLoad('slow', 60, before.load);
    await eventually(() => expect(before.load).toHaveBeenCalled());
    redis().freeze();
    try {
      await cache.getOrLoad('other', 60, loadOf('x'));
      await cache.forget('slow');
    } finally {
      redis().thaw();
    }
    await isReady(cache);
    before.finish();
    await early;
    expect(await cache.getOrLoad('slow', 60, loadOf('new'))).toBe('new');
  });

  it('starts without Redis, and uses it once it is there', async () => {
    await redis().stop();
    const early = openCache();
    expect(await early.getOrLoad('book', 60, loadOf('new'))).toBe('new');
    await redis().start();
    await isReady(early);
    await early.getOrLoad('book', 60, loadOf('kept'));
    expect(await early.getOrLoad('book', 60, noLoad)).toBe('kept');
    await early.close();
    expect(await early.getOrLoad('book', 60, loadOf('after'))).toBe('after');
  });
});
