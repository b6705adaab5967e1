import { z } from 'zod';
import { headerList, text, url, variable } from './variable.js';

/** Traces; the names and values are OpenTelemetry's. */
export const tracingVariables = {
  otlpEndpoint: variable(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    url('http:', 'https:'),
    'Collector of traces (OTLP over HTTP, JSON), such as http://localhost:4318; none are made when empty.',
  ),
  otlpHeaders: variable(
    'OTEL_EXPORTER_OTLP_HEADERS',
    headerList(),
    'Headers for the collector, such as its key: name=value, with commas between them.',
  ),
  serviceName: variable(
    'OTEL_SERVICE_NAME',
    text(''),
    'service.name of the traces; the name of the program (holdfast-api, …) when empty.',
  ),
  tracesSampler: variable(
    'OTEL_TRACES_SAMPLER',
    z
      .enum([
        'always_on',
        'always_off',
        'traceidratio',
        'parentbased_always_on',
        'parentbased_always_off',
        'parentbased_traceidratio',
      ])
      .default('parentbased_always_on'),
    'Which traces are kept; parentbased: where the caller sent a traceparent, as it says.',
  ),
  tracesSamplerArg: variable(
    'OTEL_TRACES_SAMPLER_ARG',
    z.coerce.number('must be a number').min(0).max(1).default(1),
    'Share of the traces that traceidratio keeps: 0 to 1.',
  ),
};
