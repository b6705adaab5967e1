import { Global, Module } from '@nestjs/common';
import { Metrics } from './metrics.js';
import { watchOutlets } from './outlets.js';

/** `Metrics` for the whole program: whoever has figures registers them there. Those of the log every program has. */
@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
export class MetricsModule {
  constructor(metrics: Metrics) {
    watchOutlets(metrics);
  }
}
