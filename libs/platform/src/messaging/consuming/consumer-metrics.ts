import { Injectable } from '@nestjs/common';
import { Metrics } from '../../observability/metrics.js';
import type { HandledDelivery } from './consumer-runner.js';

/** From at once to what waited for a broker that was away over night. */
const BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600, 43_200];

/** What the consumers of this process do with what they get. */
@Injectable()
export class ConsumerMetrics {
  private readonly deliveries;
  private readonly delays;

  constructor(metrics: Metrics) {
    this.deliveries = metrics.counter(
      'holdfast_deliveries_total',
      'Events that were handed to a consumer: done, to come again (retry), or a dead letter (dead).',
      ['consumer', 'outcome'],
    );
    this.delays = metrics.histogram(
      'holdfast_event_delay_seconds',
      'Time from the change that an event tells of until a consumer had handled it.',
      { labels: ['consumer'], buckets: BUCKETS_SECONDS },
    );
  }

  count({ consumer, outcome, delaySeconds }: HandledDelivery): void {
    this.deliveries.inc({ consumer, outcome });
    if (outcome === 'done' && delaySeconds >= 0) this.delays.observe({ consumer }, delaySeconds);
  }
}
