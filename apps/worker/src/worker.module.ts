import { CatalogModule, MetadataProbe } from '@holdfast/catalog';
import { CoreModule, workerModules } from '@holdfast/composition';
import {
  BrokerProbe,
  CacheProbe,
  DatabaseProbe,
  HealthModule,
  HttpModule,
  JobsProbe,
  MessagingWorkerModule,
  MetricsHttpModule,
  type Settings,
} from '@holdfast/platform';
import { type DynamicModule, Module } from '@nestjs/common';

/** The background work: the relay of the outbox, the consumers of events, the jobs. Its only routes are health and metrics. */
@Module({})
export class WorkerModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        CoreModule.forRoot(settings),
        HttpModule,
        HealthModule.forProbes([DatabaseProbe, CacheProbe, MetadataProbe, BrokerProbe, JobsProbe], [CatalogModule]),
        MetricsHttpModule,
        MessagingWorkerModule,
        ...workerModules,
      ],
    };
  }
}
