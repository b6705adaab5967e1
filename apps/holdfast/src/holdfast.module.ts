import { CatalogModule, MetadataProbe } from '@holdfast/catalog';
import { CoreModule, httpModules, workerModules } from '@holdfast/composition';
import {
  BrokerProbe,
  CacheProbe,
  DatabaseProbe,
  HealthModule,
  HttpModule,
  JobsProbe,
  JobsHttpModule,
  MessagingWorkerModule,
  MessagingHttpModule,
  MetricsHttpModule,
  type Settings,
} from '@holdfast/platform';
import { type DynamicModule, Module } from '@nestjs/common';

/** Everything in one process: for newcomers, and for small installations. */
@Module({})
export class HoldfastModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: HoldfastModule,
      imports: [
        CoreModule.forRoot(settings),
        HttpModule,
        HealthModule.forProbes([DatabaseProbe, CacheProbe, MetadataProbe, BrokerProbe, JobsProbe], [CatalogModule]),
        MetricsHttpModule,
        MessagingHttpModule,
        JobsHttpModule,
        ...httpModules,
        MessagingWorkerModule,
        ...workerModules,
      ],
    };
  }
}
