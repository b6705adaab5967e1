import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../config/settings.js';

const EXPOSED = [
  'Accept',
  'ETag',
  'Link',
  'Location',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'X-Request-Id',
  'Idempotency-Key',
  'Idempotency-Replayed',
].join(', ');
const ALLOWED =
  'Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, X-Request-Id, traceparent';
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const REMEMBERED_SECONDS = '600';
/** Also without an origin: a cache must not give that answer to somebody with one. */
const VARYING = ['Vary', 'Origin'] as const;

/**
 * Lets scripts of other origins read answers (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol): of exactly these, and
 * without cookies, for there are none. Who calls from elsewhere gets the answer without leave, and a browser keeps it back.
 */
export class CrossOrigin {
  constructor(private readonly origins: ReadonlySet<string>) {}

  /** Null where the setting is empty. */
  static of({ corsOrigins }: Pick<Settings, 'corsOrigins'>): CrossOrigin | null {
    return corsOrigins.size > 0 ? new CrossOrigin(corsOrigins) : null;
  }

  /** What an answer says to a page of that origin, if it is no preflight's: names and values in turn. */
  headersFor(origin: string | undefined): readonly string[] {
    if (!this.isOurs(origin)) return VARYING;
    return [...VARYING, 'Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', EXPOSED];
  }

  /** Adds the headers; true when the request was a preflight, and is answered by it. */
  answers({ headers, method }: FastifyRequest, reply: FastifyReply): boolean {
    const { origin } = headers;
    if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined || !this.isOurs(origin)) {
      const added = this.headersFor(origin);
      for (let n = 0; n < added.length; n += 2) void reply.header(added[n] ?? '', added[n + 1]);
      return false;
    }
    void reply
      .status(204)
      .header('Vary', 'Origin')
      .header('Access-Control-Allow-Origin', origin)
      .header('Access-Control-Allow-Methods', METHODS)
      .header('Access-Control-Allow-Headers', ALLOWED)
      .header('Access-Control-Max-Age', REMEMBERED_SECONDS)
      .send();
    return true;
  }

  private isOurs(origin: string | undefined): origin is string {
    return origin !== undefined && this.origins.has(origin);
  }
}
