import { Injectable } from '@nestjs/common';
import type { Ending } from '../http/ending.js';
import type { HealthProbe } from './health-probe.js';

/** The probes of this process. Once the process is about to end it says so, and balancers look elsewhere. */
@Injectable()
export class HealthProbes {
  private readonly running = new Map<HealthProbe, Promise<void>>();

  constructor(
    private readonly probes: readonly HealthProbe[],
    private readonly ending: Ending,
  ) {}

  get all(): readonly HealthProbe[] {
    return this.ending.hasBegun ? [ENDING] : this.probes;
  }

  /**
   * As the probe's own check. One that hangs is waited for again, never joined by another: each would take a connection.
   */
  check(probe: HealthProbe): Promise<void> {
    const running = this.running.get(probe) ?? probe.check().finally(() => this.running.delete(probe));
    this.running.set(probe, running);
    return running;
  }
}

const ENDING: HealthProbe = {
  name: 'process',
  essential: true,
  check: () => Promise.reject(new Error('shutting down')),
};
