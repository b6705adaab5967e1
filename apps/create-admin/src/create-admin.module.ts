import { eventRegistry, migrations, schemas } from '@holdfast/composition';
import { HomeLibraries, MakeAdminModule } from '@holdfast/identity';
import { BroadcastModule, Clock, DatabaseModule, MessagingModule, Settings, SystemClock } from '@holdfast/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';

/** An admin has no home library, so nobody is asked about them. */
class NoLibraries extends HomeLibraries {
  exists(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

/** The database, the outbox and one command: no other service is needed, and none is opened. */
@Module({})
export class CreateAdminModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: CreateAdminModule,
      global: true,
      imports: [
        DatabaseModule.forRoot({ schemas, migrations }),
        CqrsModule.forRoot(),
        // A new account has no sessions that others would have to be told of.
        BroadcastModule,
        MessagingModule.forRoot(eventRegistry()),
        MakeAdminModule,
      ],
      providers: [
        { provide: Settings, useValue: settings },
        { provide: Clock, useClass: SystemClock },
        { provide: HomeLibraries, useClass: NoLibraries },
      ],
      exports: [Settings, Clock, HomeLibraries],
    };
  }
}
