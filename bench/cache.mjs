// What do copies of hot keys in the process spare (docs/adr/0011)? Reads through the cache with them, without them, and by a
// plain GET of ioredis, turn and turn about, and prints the medians and the medians of the ratios to the GET.
// `node bench/cache.mjs [rounds]`, after `npm run build`. Needs Redis: REDIS_URL, or the one on 127.0.0.1; it uses a prefix
// of its own there and removes it.
import { performance } from 'node:perf_hooks';
import { Redis } from 'ioredis';

const ROUNDS = Number(process.argv[2] ?? 15);
const TURN_MS = 400;
const READERS = 16;
const KEYS = 2000;
const TEXT = JSON.stringify({ title: 'Emma', description: 'x'.repeat(1000) });

const { RedisCache } = await import(new URL('../dist/libs/platform/src/cache/redis-cache.js', import.meta.url).href);
const url = process.env.REDIS_URL || 'redis://127.0.0.1:6379';
const prefix = `holdfast-bench-${process.pid}`;
const redis = new Redis(url);
const cache = new RedisCache(url, prefix, 5000);
while (!cache.isReady()) await new Promise((resolve) => setTimeout(resolve, 10));

const keeper = cache.hotKeys.keeper.bind(cache.hotKeys);
const through = (copies) => (key) => {
  cache.hotKeys.keeper = copies ? keeper : () => undefined;
  return cache.getOrLoad(key, 600, () => Promise.resolve(TEXT));
};
const sides = {
  'with copies': through(true),
  without: through(false),
  GET: (key) => redis.get(`${prefix}:cache:value:${key}`),
};
const subjects = {
  'one key': () => 'book',
  [`${KEYS} keys, one after the other`]: (number) => `book ${number % KEYS}`,
};

/** Reads a second. */
async function measure(read, keyOf) {
  cache.hotKeys.clear();
  const begun = performance.now();
  let count = 0;
  const reader = async () => {
    while (performance.now() - begun < TURN_MS) {
      if ((await read(keyOf(count++))) !== TEXT) throw new Error('not what is kept: the times would say nothing');
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return (count / (performance.now() - begun)) * 1000;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const print = (cells) => process.stdout.write(`${cells.map((cell, i) => cell.padEnd(i ? 14 : 34)).join('')}\n`);

try {
  print(['reads a second (of GET)', ...Object.keys(sides)]);
  for (const [title, keyOf] of Object.entries(subjects)) {
    for (let number = 0; number < KEYS; number++) await sides.without(keyOf(number));
    const rates = Object.fromEntries(Object.keys(sides).map((side) => [side, []]));
    for (let round = -2; round < ROUNDS; round++) {
      const order = Object.keys(sides);
      if (round % 2) order.reverse();
      for (const side of order) {
        const rate = await measure(sides[side], keyOf);
        if (round >= 0) rates[side].push(rate);
      }
    }
    const cells = Object.values(rates).map((all) => {
      const ratio = median(all.map((rate, round) => rate / rates.GET[round]));
      return `${Math.round(median(all) / 1000)}k (${ratio.toFixed(2)})`;
    });
    print([title, ...cells]);
  }
} finally {
  await cache.close();
  for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 1000 }))
    if (keys.length > 0) await redis.unlink(...keys);
  redis.disconnect();
}
