import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { MetricsModule } from '../observability/metrics.module.js';
import { HealthController } from './health.controller.js';
import type { HealthProbe } from './health-probe.js';
import { HealthMetrics } from './health-metrics.js';
import { HealthProbes } from './health-probes.js';

@Module({})
export class HealthModule {
  /** `/health`, `/health/live` and `/health/ready` over these probes; `imports`: the modules of what they look at, where not global. */
  static forProbes(probes: Type<HealthProbe>[], imports: Type[] = []): DynamicModule {
    return {
      module: HealthModule,
      imports: [MetricsModule, TerminusModule.forRoot({ logger: false }), ...imports],
      controllers: [HealthController],
      providers: [
        ...probes,
        HealthMetrics,
        { provide: HealthProbes, inject: probes, useFactory: (...all: HealthProbe[]) => new HealthProbes(all) },
      ],
    };
  }
}
