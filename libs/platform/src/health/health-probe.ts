import { Injectable } from '@nestjs/common';
import type { QueryConfig } from 'pg';
import { Cache } from '../cache/cache.js';
import { Database } from '../database/database.js';
import { Shedding } from '../http/shedding.js';
import { Jobs } from '../jobs/jobs.js';
import { Broker } from '../messaging/broker.js';

/** One dependency of this process, as readiness sees it. A probe looks at connections in use and opens none. */
export abstract class HealthProbe {
  abstract readonly name: string;
  /** Without it no request can be answered; the others only make things slower or later. */
  abstract readonly essential: boolean;
  /** Rejects, or never settles, when the dependency does not answer. */
  abstract check(): Promise<void>;
}

const GIVEN_UP_MS = 2000;

@Injectable()
export class DatabaseProbe extends HealthProbe {
  readonly name = 'database';
  readonly essential = true;

  constructor(private readonly database: Database) {
    super();
  }

  /** Given up soon, together with its connection: one that hangs must not keep the process unready when others work again. */
  async check(): Promise<void> {
    const statement: QueryConfig & { query_timeout: number } = { text: 'SELECT 1', query_timeout: GIVEN_UP_MS };
    await this.database.pool.query(statement);
  }
}

@Injectable()
export class CacheProbe extends HealthProbe {
  readonly name = 'cache';
  readonly essential = false;

  constructor(private readonly cache: Cache) {
    super();
  }

  check(): Promise<void> {
    return this.cache.isReady() ? Promise.resolve() : Promise.reject(new Error('not connected'));
  }
}

/** Readiness that says "down" would send all of the load to others, which have as much. */
@Injectable()
export class LoadProbe extends HealthProbe {
  readonly name = 'load';
  readonly essential = false;

  constructor(private readonly shedding: Shedding) {
    super();
  }

  check(): Promise<void> {
    return this.shedding.isUnderWay ? Promise.reject(new Error('some requests are refused')) : Promise.resolve();
  }
}

@Injectable()
export class BrokerProbe extends HealthProbe {
  readonly name = 'broker';
  readonly essential = false;

  constructor(private readonly broker: Broker) {
    super();
  }

  check(): Promise<void> {
    return this.broker.isReady() ? Promise.resolve() : Promise.reject(new Error('not connected'));
  }
}

@Injectable()
export class JobsProbe extends HealthProbe {
  readonly name = 'jobs';
  readonly essential = false;

  constructor(private readonly jobs: Jobs) {
    super();
  }

  check(): Promise<void> {
    return this.jobs.isReady() ? Promise.resolve() : Promise.reject(new Error('not connected'));
  }
}
