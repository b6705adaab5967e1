import { Injectable } from '@nestjs/common';
import { within } from '../messaging/pause.js';
import { Metrics } from '../observability/metrics.js';
import type { HealthProbe } from './health-probe.js';
import { HealthProbes } from './health-probes.js';

/** Less than a reading may take in all: one that hangs must not hide the others. */
const LIMIT_MS = 800;

/** What readiness says of each dependency, for alarms. */
@Injectable()
export class HealthMetrics {
  constructor(
    metrics: Metrics,
    private readonly probes: HealthProbes,
  ) {
    metrics.watch({
      name: 'health',
      figures: {
        holdfast_dependency_up: {
          help: '1 where a dependency of this process answers, 0 where it does not, or not within 0.8 s.',
          labels: ['dependency'],
        },
      },
      read: async () => ({
        holdfast_dependency_up: await Promise.all(
          this.probes.all.map(async (probe) => ({ labels: { dependency: probe.name }, value: await this.isUp(probe) })),
        ),
      }),
    });
  }

  private async isUp(probe: HealthProbe): Promise<number> {
    const answer = within(LIMIT_MS, this.probes.check(probe), () => new Error('no answer'));
    return answer.then(
      () => 1,
      () => 0,
    );
  }
}
