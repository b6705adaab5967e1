import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import { ATTR_ERROR_TYPE, ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { Settings } from '../config/settings.js';
import { currentContext, TRACEPARENT } from '../http/request-context.js';
import { DomainError } from '../kernel/index.js';
import { within } from '../messaging/pause.js';
import type { OpenSpan, Spans, SpanStart } from './tracing.js';

/** Of one attempt to send, and of the last one at the end. What comes meanwhile waits, and past 2048 spans is lost. */
const EXPORT_LIMIT_MS = 5_000;
const CLOSE_LIMIT_MS = 3_000;
const WAITING_SPANS = 2_048;

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

/** Spans that go to a collector by OTLP over HTTP, as JSON, in batches. A collector that is away costs spans, nothing else. */
export class OpenTelemetrySpans implements Spans {
  private readonly provider: NodeTracerProvider;
  private readonly tracer: Tracer;

  constructor(settings: Settings, service: string) {
    const exporter = new OTLPTraceExporter({
      url: `${settings.otlpEndpoint.replace(/\/$/, '')}/v1/traces`,
      headers: settings.otlpHeaders,
      timeoutMillis: EXPORT_LIMIT_MS,
    });
    this.provider = new NodeTracerProvider({
      resource: resourceFromAttributes({
        [ATTR_SERVICE_NAME]: settings.serviceName || service,
        'service.instance.id': randomUUID(),
      }),
      sampler: samplerOf(settings),
      spanProcessors: [
        new BatchSpanProcessor(new ToldExporter(exporter), {
          maxQueueSize: WAITING_SPANS,
          exportTimeoutMillis: EXPORT_LIMIT_MS,
        }),
      ],
    });
    this.tracer = this.provider.getTracer('holdfast');
  }

  open({ name, kind, attributes, parents = [currentContext()?.traceparent] }: SpanStart): OpenSpan {
    const [parent, ...others] = parents.flatMap((one) => spanContextOf(one) ?? []);
    const context: Context = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
    const links = others.map((linked) => ({ context: linked }));
    return new OtelSpan(this.tracer.startSpan(name, { kind: KINDS[kind], attributes, links }, context));
  }

  async close(): Promise<void> {
    const late = (): Error => new Error(`the collector did not take the last spans in ${CLOSE_LIMIT_MS} ms`);
    await within(CLOSE_LIMIT_MS, this.provider.shutdown(), late).catch((error: Error) =>
      new Logger('Tracing').warn(`some spans are lost: ${error.message}`),
    );
  }
}

class OtelSpan implements OpenSpan {
  readonly traceparent: string;

  constructor(private readonly span: Span) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  set(attributes: Parameters<OpenSpan['set']>[0]): void {
    this.span.setAttributes(attributes);
  }

  end(failure?: unknown): void {
    if (failure !== undefined) {
      this.span.setAttribute(ATTR_ERROR_TYPE, kindOf(failure));
      const isRefusal = failure instanceof DomainError && failure.code !== 'temporarily-unavailable';
      // No message: it may quote what somebody wrote.
      if (!isRefusal) this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

/** The code of a refusal, of PostgreSQL (SQLSTATE) or of the system, else the class. */
function kindOf(failure: unknown): string {
  const { code, name } = failure as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown';
}

function spanContextOf(traceparent: string | null | undefined): SpanContext | undefined {
  if (!traceparent || !TRACEPARENT.test(traceparent)) return undefined;
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1 };
}

function samplerOf({ tracesSampler, tracesSamplerArg }: Settings): Sampler {
  const [, isByParent, kind] = /^(parentbased_)?(\w+)$/.exec(tracesSampler) ?? [];
  const root =
    kind === 'always_off'
      ? new AlwaysOffSampler()
      : kind === 'traceidratio'
        ? new TraceIdRatioBasedSampler(tracesSamplerArg)
        : new AlwaysOnSampler();
  return isByParent ? new ParentBasedSampler({ root }) : root;
}

/** Says in one line when a collector goes away, and in one when it is back. */
class ToldExporter implements SpanExporter {
  private readonly logger = new Logger('Tracing');
  private isAway = false;

  constructor(private readonly exporter: SpanExporter) {}

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.exporter.export(spans, (result) => {
      const isAway = result.error !== undefined;
      if (isAway && !this.isAway) this.logger.warn(`the collector of traces takes no spans: ${result.error?.message}`);
      if (!isAway && this.isAway) this.logger.log('the collector of traces takes spans again');
      this.isAway = isAway;
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }
}
