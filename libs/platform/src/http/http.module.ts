import { Module } from '@nestjs/common';
import { APP_GUARD, APP_PIPE } from '@nestjs/core';
import { CallerLimit } from '../rate-limits/caller-limit.js';
import { MetricsModule } from '../observability/metrics.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { AccessGuard } from '../security/access-guard.js';
import { ContentTypeGuard } from './consumes.js';
import { Ending } from './ending.js';
import { InputPipe } from './input-pipe.js';
import { ProblemsController } from './problems.controller.js';
import { Shedding } from './shedding.js';

/** The guards and the pipe of every route. Needs an `Authenticator` and the `ProblemCatalogue` from global modules. */
@Module({
  imports: [RateLimitsModule, MetricsModule],
  controllers: [ProblemsController],
  providers: [
    CallerLimit,
    Ending,
    Shedding,
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_GUARD, useClass: ContentTypeGuard },
    { provide: APP_PIPE, useClass: InputPipe },
  ],
  exports: [Ending, Shedding],
})
export class HttpModule {}
