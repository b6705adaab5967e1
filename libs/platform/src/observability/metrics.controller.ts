import { Controller, Get, Header, Module } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { NeverShed } from '../http/shedding.js';
import { Uncounted } from '../rate-limits/limited.js';
import { Allow } from '../security/access-guard.js';
import { HttpMetrics } from './http-metrics.js';
import { Metrics } from './metrics.js';
import { MetricsModule } from './metrics.module.js';

const EXAMPLE = `# HELP holdfast_http_requests_total Requests that were answered.
# TYPE holdfast_http_requests_total counter
holdfast_http_requests_total{method="GET",route="/api/books/:id",status="200"} 1027
`;

@ApiTags('Health')
@Controller(['metrics', 'api/metrics'])
@Allow('metrics:read')
@Uncounted()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /** For Prometheus. What cannot be read at the moment is left out, and `holdfast_figures_up` says so. */
  @Get()
  @NeverShed()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'The figures of this process' })
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string', example: EXAMPLE } } } })
  read(): Promise<string> {
    return this.metrics.text();
  }
}

/** `/metrics`, with the figures of HTTP. */
@Module({ imports: [MetricsModule], controllers: [MetricsController], providers: [HttpMetrics] })
export class MetricsHttpModule {}
