import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Global,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Type,
} from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { MetricsModule } from '../observability/metrics.module.js';
import { BullMqJobs } from './bullmq-jobs.js';
import { InProcessJobs } from './in-process-jobs.js';
import { JobMetrics } from './job-metrics.js';
import { type JobDefinition, Jobs } from './jobs.js';

/** What a context gives to the worker: its jobs. A provider of `JobsWorkerModule.forSources`. */
export abstract class JobSource {
  abstract jobs(): JobDefinition[];
}

/** `Jobs` for the whole program: BullMQ on Redis, or timers when no URL is set. By itself it only asks for runs. */
@Global()
@Module({
  imports: [MetricsModule],
  providers: [
    JobMetrics,
    {
      provide: Jobs,
      inject: [Settings],
      useFactory: ({ redisUrl, redisPrefix }: Settings) =>
        redisUrl ? new BullMqJobs(redisUrl, redisPrefix) : new InProcessJobs(),
    },
  ],
  exports: [Jobs],
})
export class JobsModule implements OnApplicationShutdown {
  constructor(private readonly jobs: Jobs) {}

  async onApplicationShutdown(): Promise<void> {
    await this.jobs.close();
  }
}

class JobSources {
  constructor(readonly all: readonly JobSource[]) {}
}

/**
 * Works on the jobs of these sources from the start of the app until its shutdown begins. Each context's worker module
 * may import its own; the sources are made with whatever the global modules provide.
 */
@Module({})
export class JobsWorkerModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly jobs: Jobs,
    private readonly sources: JobSources,
  ) {}

  static forSources(sources: Type<JobSource>[]): DynamicModule {
    const collected = {
      provide: JobSources,
      inject: sources,
      useFactory: (...all: JobSource[]) => new JobSources(all),
    };
    return { module: JobsWorkerModule, providers: [...sources, collected] };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.jobs.work(this.sources.all.flatMap((source) => source.jobs()));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.jobs.stop();
  }
}
