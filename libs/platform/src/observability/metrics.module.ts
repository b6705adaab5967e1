import { Global, Module } from '@nestjs/common';
import { HttpMetrics } from './http-metrics.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';
import { PoolMetrics } from './pool-metrics.js';

/** `Metrics` for the whole program: whoever has figures registers them there. */
@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
export class MetricsModule {}

/** `/metrics`, with the figures of HTTP and of the database's connections. */
@Module({ controllers: [MetricsController], providers: [HttpMetrics, PoolMetrics] })
export class MetricsHttpModule {}
