import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Ending } from '../http/ending.js';
import { HttpModule } from '../http/http.module.js';
import { MetricsModule } from '../observability/metrics.module.js';
import { HealthController } from './health.controller.js';
import { type HealthProbe, LoadProbe } from './health-probe.js';
import { HealthMetrics } from './health-metrics.js';
import { HealthProbes } from './health-probes.js';

@Module({})
export class HealthModule {
  /** `/health`, `/health/live` and `/health/ready` over these probes and the load; `imports`: the modules of what they look at, where not global. */
  static forProbes(those: Type<HealthProbe>[], imports: Type[] = []): DynamicModule {
    const probes = [...those, LoadProbe];
    return {
      module: HealthModule,
      imports: [MetricsModule, TerminusModule.forRoot({ logger: false }), HttpModule, ...imports],
      controllers: [HealthController],
      providers: [
        ...probes,
        HealthMetrics,
        {
          provide: HealthProbes,
          inject: [Ending, ...probes],
          useFactory: (ending: Ending, ...all: HealthProbe[]) => new HealthProbes(all, ending),
        },
      ],
    };
  }
}
