import { Global, Module } from '@nestjs/common';
import { Metrics } from './metrics.js';

/** `Metrics` for the whole program: whoever has figures registers them there. */
@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
export class MetricsModule {}
