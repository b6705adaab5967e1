import { Controller, Get, HttpStatus, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';

import type { FastifyReply } from 'fastify';
import { NeverShed } from '../http/shedding.js';
import { within } from '../messaging/pause.js';
import { Uncounted } from '../rate-limits/limited.js';
import { Allow } from '../security/access-guard.js';
import { HealthProbes } from './health-probes.js';

const PROBE_LIMIT_MS = 1000;

const FINDINGS = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    required: ['status'],
    properties: {
      status: { type: 'string', enum: ['up', 'down'] },
      ms: { type: 'integer', description: 'How long it took to answer.', example: 2 },
      degraded: { type: 'boolean', description: 'It does not answer, and can be done without.', example: true },
      message: { type: 'string', example: 'no answer within 1000 ms' },
    },
  },
  example: { database: { status: 'up', ms: 2 } },
};
/** `details` are `info` and `error` together. */
const HEALTH = {
  schema: {
    type: 'object',
    required: ['status', 'details'],
    properties: {
      status: { type: 'string', enum: ['ok', 'error', 'shutting_down'] },
      info: FINDINGS,
      error: { ...FINDINGS, example: {} },
      details: FINDINGS,
    },
  },
};

/** Terminus' answers, at the root and under `/api`. */
@ApiTags('Health')
@Controller(['health', 'api/health'])
@Allow('health:read')
@Uncounted()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly probes: HealthProbes,
  ) {}

  /** Every dependency by name; 503 when an essential one does not answer, or the process is about to end. */
  @Get(['', 'ready'])
  @NeverShed()
  @HealthCheck({ swaggerDocumentation: false })
  @ApiOperation({ summary: 'Whether this process can serve' })
  @ApiOkResponse(HEALTH)
  @ApiServiceUnavailableResponse({ ...HEALTH, description: 'An essential dependency does not answer.' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    try {
      return await this.health.check(this.probes.all.map((probe) => () => this.examine(probe.name, probe)));
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      void reply.status(HttpStatus.SERVICE_UNAVAILABLE).header('Retry-After', '1');
      return error.getResponse() as HealthCheckResult;
    }
  }

  /** Touches no dependency. */
  @Get('live')
  @NeverShed()
  @ApiOperation({ summary: 'Whether this process runs' })
  @ApiOkResponse(HEALTH)
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  private async examine(name: string, probe: HealthProbes['all'][number]): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(name);
    const started = performance.now();
    try {
      await within(PROBE_LIMIT_MS, this.probes.check(probe), () => new Error(`no answer within ${PROBE_LIMIT_MS} ms`));
      return indicator.up({ ms: Math.round(performance.now() - started) });
    } catch (error) {
      const message = (error as Error).message;
      return probe.essential ? indicator.down({ message }) : indicator.up({ degraded: true, message });
    }
  }
}
