import {
  type Actor,
  Authenticator,
  Clock,
  HealthModule,
  HttpModule,
  MetricsHttpModule,
  platformProblems,
  ProblemCatalogue,
  Settings,
  SystemClock,
} from '@holdfast/platform';
import { type DynamicModule, Global, Injectable, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { GetBookStatusHandler } from './application/get-book-status.js';
import { NetworkFigures } from './application/network-figures.js';
import { ExternalLibraries, LibraryNetwork } from './application/network.js';
import { ReserveThroughApiHandler } from './application/reserve-through-api.js';
import { ApiProbe } from './infrastructure/api-probe.js';
import { CheckedAddresses } from './infrastructure/checked-addresses.js';
import { HttpExternalLibraries } from './infrastructure/http-external-libraries.js';
import { HttpLibraryNetwork } from './infrastructure/http-library-network.js';
import { AvailabilityController } from './presentation/availability.controller.js';
import { availabilityProblems, passedOnProblems } from './presentation/problems.js';

/** Nobody signs in here: the API judges the tokens that are passed on. */
@Injectable()
class NoAccounts extends Authenticator {
  authenticate(): Promise<Actor | null> {
    return Promise.resolve(null);
  }
}

/** The whole program behind the availability service: it has no store, and knows the others over HTTP only. */
@Global()
@Module({})
export class AvailabilityModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: AvailabilityModule,
      imports: [CqrsModule.forRoot(), HttpModule, HealthModule.forProbes([ApiProbe]), MetricsHttpModule],
      controllers: [AvailabilityController],
      providers: [
        { provide: Settings, useValue: settings },
        { provide: Clock, useClass: SystemClock },
        { provide: Authenticator, useClass: NoAccounts },
        {
          provide: ProblemCatalogue,
          useFactory: () => new ProblemCatalogue(platformProblems, availabilityProblems, passedOnProblems),
        },
        { provide: CheckedAddresses, useFactory: () => new CheckedAddresses(settings.privateStatusUrlsAllowed) },
        { provide: LibraryNetwork, useClass: HttpLibraryNetwork },
        { provide: ExternalLibraries, useClass: HttpExternalLibraries },
        NetworkFigures,
        GetBookStatusHandler,
        ReserveThroughApiHandler,
      ],
      exports: [Settings, Clock, Authenticator, ProblemCatalogue, LibraryNetwork],
    };
  }
}
