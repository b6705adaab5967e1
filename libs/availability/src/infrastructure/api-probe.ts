import { Injectable } from '@nestjs/common';
import { HealthProbe } from '@holdfast/platform';
import { LibraryNetwork } from '../application/network.js';

/** Not essential: who asks while the API is away is told so by us, better than by a balancer that finds nobody. */
@Injectable()
export class ApiProbe extends HealthProbe {
  readonly name = 'api';
  readonly essential = false;

  constructor(private readonly network: LibraryNetwork) {
    super();
  }

  check(): Promise<void> {
    return this.network.check();
  }
}
