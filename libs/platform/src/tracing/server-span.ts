import type { FastifyReply, FastifyRequest } from 'fastify';
import { currentSpans } from './tracing.js';

/** Asked every few seconds by machines, and of no interest. */
const NOT_TRACED = /^\/(api\/)?(health|metrics)\b/;

/**
 * The span of a request, a child of what the caller sent, until the answer is out or the connection is gone. Gives the trace
 * context of what comes of the request; undefined when it is not traced. By the pattern of the route: paths have ids, and
 * the tokens of links in mails.
 */
export function openServerSpan(
  { method, protocol, id, is404, routeOptions: { url: route } }: FastifyRequest,
  { raw }: FastifyReply,
  caller: string | undefined,
): string | undefined {
  const spans = currentSpans();
  if (!spans || (route !== undefined && NOT_TRACED.test(route))) return undefined;
  const isKnown = !is404 && route !== undefined;
  const span = spans.open({
    name: isKnown ? `${method} ${route}` : method,
    kind: 'server',
    parents: [caller],
    attributes: {
      'http.request.method': method,
      'url.scheme': protocol,
      'holdfast.request_id': id,
      ...(isKnown ? { 'http.route': route } : {}),
    },
  });
  raw.once('close', () => {
    const { statusCode, writableFinished } = raw;
    if (raw.headersSent) span.set({ 'http.response.status_code': statusCode });
    if (!writableFinished) span.set({ 'holdfast.cut_off': true });
    span.end(statusCode >= 500 ? { code: String(statusCode) } : undefined);
  });
  return span.traceparent;
}
