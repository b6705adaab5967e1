import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { HealthProbe } from './health-probe.js';

/** The probes of this process. Once the process is about to end it says so, and balancers look elsewhere. */
@Injectable()
export class HealthProbes implements BeforeApplicationShutdown {
  private ending = false;

  constructor(private readonly probes: readonly HealthProbe[]) {}

  get all(): readonly HealthProbe[] {
    return this.ending ? [ENDING] : this.probes;
  }

  beforeApplicationShutdown(): void {
    this.ending = true;
  }
}

const ENDING: HealthProbe = {
  name: 'process',
  essential: true,
  check: () => Promise.reject(new Error('shutting down')),
};
