import { CatalogModule, MetadataProbe } from '@holdfast/catalog';
import { CoreModule, httpModules } from '@holdfast/composition';
import {
  CacheProbe,
  DatabaseProbe,
  HealthModule,
  HttpModule,
  JobsHttpModule,
  MessagingHttpModule,
  MetricsHttpModule,
  type Settings,
} from '@holdfast/platform';
import { type DynamicModule, Module } from '@nestjs/common';

/** The REST API. It writes events to the outbox and leaves it to a worker to publish them. */
@Module({})
export class ApiModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        CoreModule.forRoot(settings),
        HttpModule,
        HealthModule.forProbes([DatabaseProbe, CacheProbe, MetadataProbe], [CatalogModule]),
        MetricsHttpModule,
        MessagingHttpModule,
        JobsHttpModule,
        ...httpModules,
      ],
    };
  }
}
