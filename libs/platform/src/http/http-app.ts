import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import {
  BadRequestException,
  type DynamicModule,
  type LoggerService,
  MethodNotAllowedException,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../config/settings.js';
import { sendLimits } from '../rate-limits/limit-headers.js';
import { type PlatformErrorCode, ProblemCatalogue, platformProblems } from './problem.js';
import { ProblemFilter } from './problem-filter.js';
import { browserHeaders } from './browser-headers.js';
import { refusalOfEncoding } from './consumes.js';
import { CrossOrigin } from './cross-origin.js';
import { readJsonBody } from './json-body.js';
import { sendReadyJson } from './ready-json.js';
import { type RequestContext, runInContext, TRACEPARENT } from './request-context.js';
import { lacksHost, requestIdOf } from './request-head.js';
import { ROUTING, RouteTable } from './route-table.js';
import { cutSlowReaders, limitBodyTime } from './slow-clients.js';
import { openServerSpan } from '../tracing/server-span.js';
import { currentSpans } from '../tracing/tracing.js';

const BODY_LIMIT = 1024 * 1024;

/** Paths outside of `/api`; health and metrics answer at both. */
export const ROOT_PATHS = [
  'metrics',
  'api/metrics',
  'health',
  'health/*path',
  'api/health',
  'api/health/*path',
  '.well-known/*path',
  'problems/*path',
];

/**
 * A Nest application on Fastify with the house's rules: problem documents for every error, request ids, body limits,
 * JSON bodies only where nothing else is said, trailing slashes ignored, `/api` before every route but `ROOT_PATHS` and
 * `rootPaths`.
 * The module provides `ProblemCatalogue`.
 */
export async function createHttpApp(
  module: Type | DynamicModule,
  settings: Settings,
  logger: LoggerService,
  rootPaths: readonly string[] = [],
): Promise<NestFastifyApplication> {
  const constant = browserHeaders(settings);
  const crossOrigin = CrossOrigin.of(settings);
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    multipart: false,
    // There is no middleware, and its engine would see every request.
    skipMiddie: true,
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    genReqId: ({ headers }: IncomingMessage) => requestIdOf(headers['x-request-id']),
    // Who was let in before the end is served, not sent away: nobody would know whether it was done.
    return503OnClosing: false,
    // Fastify sets the server's own to this.
    requestTimeout: settings.requestMaxSeconds * 1000,
    connectionTimeout: 0,
    // A request without Host is refused below, with a problem document, where Node would send none.
    http: {
      headersTimeout: settings.headersMaxSeconds * 1000,
      connectionsCheckingInterval: Math.min(5000, settings.headersMaxSeconds * 250),
      requireHostHeader: false,
    },
    clientErrorHandler: answerBrokenHttp,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      answerMalformed(error.message, request, reply.headers(constant), crossOrigin),
    routerOptions: ROUTING,
  });
  const server = adapter.getInstance<FastifyInstance>();
  const routes = new RouteTable(server);
  server.decorate('routeTable', routes);
  // An expectation that we do not know is none of ours (RFC 9110, section 10.1.1).
  server.server.on('checkExpectation', (request, response) => server.server.emit('request', request, response));
  cutSlowReaders(server.server, settings.readerPatienceSeconds);
  limitBodyTime(server, settings.bodyMaxSeconds);
  sendReadyJson(server);
  addContext(server, constant, crossOrigin);
  if (REQUEST_LEVELS.includes(settings.logLevel)) logRequests(server, logger);
  // Left to the route that takes a form, which reads it as a stream.
  server.addContentTypeParser('multipart/form-data', (_request, _body, done) => done(null));
  for (const type of ['application/json', 'application/merge-patch+json']) {
    adapter.useBodyParser(type, false, { bodyLimit: BODY_LIMIT }, (_request, body, done) => {
      try {
        done(null, readJsonBody(body));
      } catch (error) {
        done(error as Error);
      }
    });
  }
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger, abortOnError: false });
  app.setGlobalPrefix('api', { exclude: [...ROOT_PATHS, ...rootPaths] });
  app.useGlobalFilters(new ProblemFilter(app.get(ProblemCatalogue)));
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const methods = routes.methodsOf(request.url);
    if (methods.length === 0) return done();
    void reply.header('Allow', methods.join(', '));
    done(new MethodNotAllowedException(`${request.method} is not for this resource.`));
  });
  return app;
}

declare module 'fastify' {
  interface FastifyInstance {
    routeTable: RouteTable;
  }
  interface FastifyRequest {
    /** What `currentContext()` gives while the request is handled. */
    houseContext: RequestContext;
  }
}

function contextOf({ id: requestId, method, headers, routeOptions }: FastifyRequest): RequestContext {
  const route = `${method} ${routeOptions.url ?? ''}`;
  const { traceparent } = headers;
  return typeof traceparent === 'string' && TRACEPARENT.test(traceparent)
    ? { requestId, route, traceparent }
    : { requestId, route };
}

function within(request: FastifyRequest, work: () => void): void {
  request.houseContext ??= contextOf(request);
  runInContext(request.houseContext, work);
}

/** The request is a span from here on, and its context the span's. */
function begin(request: FastifyRequest, reply: FastifyReply): void {
  request.houseContext = contextOf(request);
  const traceparent = openServerSpan(request, reply, request.houseContext.traceparent);
  if (traceparent) request.houseContext.traceparent = traceparent;
}

function addContext(
  server: FastifyInstance,
  constant: Readonly<Record<string, string>>,
  crossOrigin: CrossOrigin | null,
): void {
  const constantHeaders = Object.entries(constant);
  server.decorateRequest('houseContext');
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    if (currentSpans()) begin(request, reply);
    for (const [name, value] of constantHeaders) void reply.header(name, value);
    if (lacksHost(request.raw)) return done(new BadRequestException('The request has no Host header.'));
    if (crossOrigin?.answers(request, reply)) return;
    const refusal = refusalOfEncoding(request, reply);
    if (refusal) return done(refusal);
    within(request, done);
  });
  // The body's events come from the socket and do not carry the context on: enter it again behind them.
  server.addHook('preValidation', (request, _reply, done: () => void) => {
    if (request.body === undefined) done();
    else within(request, done);
  });
  server.addHook('onSend', (request, reply, _payload, done: () => void) => {
    if (request.houseContext?.limits) sendLimits(reply, request.houseContext.limits);
    done();
  });
}

/** With these a line is written for each request. */
const REQUEST_LEVELS: readonly string[] = ['trace', 'debug', 'info'];

function logRequests(server: FastifyInstance, logger: LoggerService): void {
  server.addHook('onResponse', (request, reply, done) => {
    const line = {
      msg: 'request',
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    };
    within(request, () => void logger.log(line, 'Http'));
    done();
  });
}

/** What is no HTTP that Node can read: there is no request to answer, only a socket. */
function answerBrokenHttp(this: FastifyInstance, error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { code, detail } = brokenHttp[error.code ?? ''] ?? malformed;
  const { status, title } = platformProblems[code];
  const body = JSON.stringify({ type: `/problems/${code}`, title, status, detail, instance: '' });
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
  // Who does not hang up would hold what its request has begun, such as the file of an upload.
  setTimeout(() => socket.destroy(), HANG_UP_MS).unref();
}

const HANG_UP_MS = 1000;
const malformed = { code: 'malformed-request', detail: 'This is not a well-formed HTTP request.' } as const;
const brokenHttp: Record<string, { code: PlatformErrorCode; detail: string }> = {
  HPE_HEADER_OVERFLOW: { code: 'header-fields-too-large', detail: 'Send fewer header fields, or shorter ones.' },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'request-timeout', detail: 'The request did not come in time.' },
};

/** What the router refuses before any hook or filter runs: a URL that cannot be decoded. */
function answerMalformed(
  detail: string,
  request: FastifyRequest,
  reply: FastifyReply,
  crossOrigin: CrossOrigin | null,
): void {
  if (crossOrigin?.answers(request, reply)) return;
  const { status, title } = platformProblems['malformed-request'];
  const instance = request.url;
  void reply
    .status(status)
    .header('X-Request-Id', request.id)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify({ type: '/problems/malformed-request', title, status, detail, instance }));
}
