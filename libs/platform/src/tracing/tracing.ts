import type { Settings } from '../config/settings.js';
import { currentContext, runInContext } from '../http/request-context.js';

/** As OpenTelemetry has them. */
export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

/** Known words and numbers only: nothing of a path, a query, a body, a header, or the message of an error. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  /** One of few: a pattern, a type, never an id. */
  name: string;
  kind: SpanKind;
  attributes?: Attributes;
  /**
   * W3C trace contexts of what it comes of: it is a child of the first, and linked to the others. Left out: of the current
   * call's. What is none does not count; without any it begins a trace.
   */
  parents?: readonly (string | null | undefined)[];
}

/** A piece of work that has begun. */
export interface OpenSpan {
  /** W3C trace context (traceparent) for what it causes. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** `failure`: what the work threw. A refusal is an answer like others; the rest marks the span as failed. */
  end(failure?: unknown): void;
}

/** Where spans go. `close` sends what is left, in a few seconds at most. */
export interface Spans {
  open(start: SpanStart): OpenSpan;
  close(): Promise<void>;
}

let spans: Spans | undefined;

/**
 * Begins to trace this process, if OTEL_EXPORTER_OTLP_ENDPOINT is set; before that, and without it, nothing of OpenTelemetry
 * is loaded (ADR 20). `service` is the name of the program. Gives what ends it: to be called last, when all work is done.
 */
export async function startTracing(settings: Settings, service: string): Promise<() => Promise<void>> {
  if (!settings.otlpEndpoint) return () => Promise.resolve();
  const { OpenTelemetrySpans } = await import('./opentelemetry.js');
  const started = new OpenTelemetrySpans(settings, service);
  spans = started;
  return async () => {
    spans = undefined;
    await started.close();
  };
}

/** The spans of this process; undefined while it is not traced. */
export const currentSpans = (): Spans | undefined => spans;

/**
 * Does the work as a span, which is the current trace context inside of it: of log lines, events, jobs, and what it asks
 * others. Not traced, it is the work itself and nothing else; `describe` is not called then.
 */
export function traced<T>(describe: () => SpanStart, work: (span?: OpenSpan) => Promise<T>): Promise<T> {
  return spans ? during(spans.open(describe()), work) : work();
}

async function during<T>(span: OpenSpan, work: (span: OpenSpan) => Promise<T>): Promise<T> {
  try {
    const result = await runInContext({ ...currentContext(), traceparent: span.traceparent }, () => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
