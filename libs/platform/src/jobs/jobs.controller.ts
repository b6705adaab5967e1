import { Controller, Get, Module } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiForbiddenResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
  ApiUnauthorizedResponse,
} from '@nestjs/swagger';
import { TemporarilyUnavailable } from '../http/problem.js';
import { Allow } from '../security/access-guard.js';
import { JobsView } from './job.view.js';
import { Jobs, type JobState } from './jobs.js';

@ApiTags('Jobs')
@ApiBearerAuth()
@ApiUnauthorizedResponse({ description: 'unauthenticated' })
@ApiForbiddenResponse({ description: 'forbidden' })
@Controller('jobs')
export class JobsController {
  constructor(private readonly jobs: Jobs) {}

  /** What the workers do in the background: what waits and runs, when it runs next, and what failed, with the reason. */
  @Get()
  @Allow('jobs:read')
  @ApiOperation({ summary: 'List the background jobs' })
  @ApiServiceUnavailableResponse({ description: 'temporarily-unavailable' })
  async list(): Promise<JobsView> {
    const states = await this.jobs.states().catch((error: Error) => {
      throw new TemporarilyUnavailable('Redis, where the jobs wait, does not answer.', error);
    });
    return { items: states.map(viewOf) };
  }
}

const viewOf = ({ everyMs, nextAt, failures, ...state }: JobState): JobsView['items'][number] => ({
  ...state,
  everySeconds: everyMs === null ? null : everyMs / 1000,
  nextAt: nextAt?.toISOString() ?? null,
  failures: failures.map(({ failedAt, ...failure }) => ({ ...failure, failedAt: failedAt.toISOString() })),
});

/** What admins see of jobs. */
@Module({ controllers: [JobsController] })
export class JobsHttpModule {}
