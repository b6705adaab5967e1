import { Injectable } from '@nestjs/common';
import { Metrics } from '../observability/metrics.js';
import { Cache } from './cache.js';

/** What the cache of this process is good for. */
@Injectable()
export class CacheMetrics {
  constructor(metrics: Metrics, cache: Cache) {
    metrics.watch({
      name: 'cache',
      figures: {
        holdfast_cache_reads_total: {
          help: 'Questions to the cache: a hit, a copy (kept in the process), a miss.',
          labels: ['outcome'],
        },
        holdfast_cache_loads_total: { help: 'What was loaded because it was missed; shared loads count once.' },
        holdfast_cache_failures_total: {
          help: 'Times that Redis failed or was too slow and was left out from then on.',
        },
        holdfast_cache_up: { help: '1 while the cache is used, 0 while the process goes without it.' },
      },
      read: () => {
        const { hits, copies, misses, loads, failures } = cache.counts;
        return {
          holdfast_cache_reads_total: [
            { labels: { outcome: 'hit' }, value: hits },
            { labels: { outcome: 'copy' }, value: copies },
            { labels: { outcome: 'miss' }, value: misses },
          ],
          holdfast_cache_loads_total: loads,
          holdfast_cache_failures_total: failures,
          holdfast_cache_up: cache.isReady() ? 1 : 0,
        };
      },
    });
  }
}
