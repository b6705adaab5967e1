import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';
import type { HealthProbe } from './health-probe.js';
import { HealthProbes } from './health-probes.js';

@Module({})
export class HealthModule {
  /** `/health`, `/health/live` and `/health/ready` over these probes. */
  static forProbes(probes: Type<HealthProbe>[]): DynamicModule {
    return {
      module: HealthModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [
        ...probes,
        { provide: HealthProbes, inject: probes, useFactory: (...all: HealthProbe[]) => new HealthProbes(all) },
      ],
    };
  }
}
