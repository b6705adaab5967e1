import type { FastifyReply, FastifyRequest } from 'fastify';

const EXPOSED = [
  'ETag',
  'Link',
  'Location',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'X-Request-Id',
  'Idempotency-Replayed',
].join(', ');
const ALLOWED =
  'Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, X-Request-Id, traceparent';
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const REMEMBERED_SECONDS = '600';

/**
 * Lets scripts of other origins read answers (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol): of exactly these, and
 * without cookies, for there are none. Who calls from elsewhere gets the answer without leave, and a browser keeps it back.
 */
export class CrossOrigin {
  constructor(private readonly origins: ReadonlySet<string>) {}

  /** Adds the headers; true when the request was a preflight, and is answered by it. */
  answers({ headers, method }: FastifyRequest, reply: FastifyReply): boolean {
    // Also without an origin: a cache must not give that answer to somebody with one.
    void reply.header('Vary', 'Origin');
    const { origin } = headers;
    if (origin === undefined || !this.origins.has(origin)) return false;
    void reply.header('Access-Control-Allow-Origin', origin);
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) {
      void reply.header('Access-Control-Expose-Headers', EXPOSED);
      return false;
    }
    void reply
      .status(204)
      .header('Access-Control-Allow-Methods', METHODS)
      .header('Access-Control-Allow-Headers', ALLOWED)
      .header('Access-Control-Max-Age', REMEMBERED_SECONDS)
      .send();
    return true;
  }
}
