import {
  BroadcastModule,
  CacheModule,
  Clock,
  DatabaseModule,
  JobsModule,
  LogsModule,
  MessagingModule,
  MetricsModule,
  ProblemCatalogue,
  RateLimitsModule,
  Settings,
  SystemClock,
} from '@holdfast/platform';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { contextModules, eventRegistry, migrations, problemCatalogue, schemas } from './contexts.js';

/** What every app is built on: settings, stores, the outbox, and the use cases of all contexts. */
@Global()
@Module({})
export class CoreModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: CoreModule,
      imports: [
        DatabaseModule.forRoot({ schemas, migrations }),
        CqrsModule.forRoot(),
        MetricsModule,
        LogsModule,
        CacheModule,
        BroadcastModule,
        RateLimitsModule,
        JobsModule,
        MessagingModule.forRoot(eventRegistry()),
        ...contextModules,
      ],
      providers: [
        { provide: Settings, useValue: settings },
        { provide: Clock, useClass: SystemClock },
        { provide: ProblemCatalogue, useFactory: problemCatalogue },
      ],
      exports: [Settings, Clock, ProblemCatalogue],
    };
  }
}
