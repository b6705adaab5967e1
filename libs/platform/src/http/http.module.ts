import { Module } from '@nestjs/common';
import { APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AccessGuard } from '../security/access-guard.js';
import { ContentTypeGuard } from './consumes.js';
import { InputPipe } from './input-pipe.js';
import { ProblemsController } from './problems.controller.js';

/** The guards and the pipe of every route. Needs an `Authenticator` and the `ProblemCatalogue` from global modules. */
@Module({
  controllers: [ProblemsController],
  providers: [
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_GUARD, useClass: ContentTypeGuard },
    { provide: APP_PIPE, useClass: InputPipe },
  ],
})
export class HttpModule {}
