import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { applyDecorators, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { Counter } from 'prom-client';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Settings } from '../config/settings.js';
import { Metrics } from '../observability/metrics.js';
import { AheadOfParser } from './ahead-of-parser.js';
import { Ending } from './ending.js';
import { OverloadAnswer } from './overload-answer.js';
import { lacksHost } from './request-head.js';
import { RouteLoad } from './route-load.js';
import { routeConfig } from './route-config.js';
import type { RouteTable } from './route-table.js';

const LOOK_MS = 250;
/** Whoever comes so long after the last look does not wait for the timer, which comes too soon after that then. */
const LATE_MS = 1.5 * LOOK_MS;
const SOON_MS = 0.5 * LOOK_MS;
/** Without a refusal for so many looks it is over. */
const CALM_LOOKS = 20;
/** A body that is refused is still read where the connection is kept. */
const READ_THROUGH_BYTES = 64 * 1024;

/** Extension of an operation, removed from the document again. */
export const NEVER_SHED = 'x-never-shed';

/**
 * For routes that are answered whatever the load: how the process is, and what lasts as long as its client wants, such as
 * streams of events and uploads, whose number says nothing of the load.
 */
export const NeverShed = (): MethodDecorator =>
  applyDecorators(routeConfig({ neverShed: true }), ApiExtension(NEVER_SHED, true));

declare module 'fastify' {
  interface FastifyContextConfig {
    neverShed?: boolean;
    load?: WatchedRoute;
  }
  interface FastifyRequest {
    /** Of its route, while the request counts as under way. */
    load: RouteLoad | null;
  }
}

interface WatchedRoute {
  load: RouteLoad;
  name: string;
  refusals: ReturnType<Counter['labels']>;
  /** Since it began to refuse; 0 while it refuses nobody. */
  refused: number;
  /** Of those, the ones that are in the figure. */
  counted: number;
  calmLooks: number;
}

/**
 * Refuses requests on the threshold, with 503 `overloaded`, of a route that has more of them than it can finish in
 * `SHED_DELAY_MS`: what would be answered when nobody waits any more costs as much as what is answered in time. Each route by itself, so
 * that a flood of one does not take the place of the others. A request counts from the end of its body to the begin
 * of its answer: slow clients do not.
 */
@Injectable()
export class Shedding implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Shedding');
  private readonly routes: WatchedRoute[] = [];
  /** By name: those that are full, and those that were when somebody looked last. */
  private readonly full = new Map<string, WatchedRoute>();
  private readonly shed;
  private timer: NodeJS.Timeout | undefined;
  private lookedAt = performance.now();

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly settings: Settings,
    private readonly ending: Ending,
    metrics: Metrics,
  ) {
    this.shed = metrics.counter('holdfast_http_shed_total', 'Requests that were refused because of too many others.', [
      'method',
      'route',
    ]);
  }

  /** Whether some route refuses requests, or did a few seconds ago. */
  get isUnderWay(): boolean {
    return this.routes.some(({ refused }) => refused > 0);
  }

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    server.decorateRequest('load', null);
    if (this.settings.shedDelayMs === 0) return;
    const answer = new OverloadAnswer(server.server, this.settings);
    const ahead = new AheadOfParser(
      () => this.full.size > 0 && !this.ending.hasBegun,
      (request, socket) => {
        if (!this.refuses(server.routeTable, request)) return false;
        answer.sendTo(socket, request);
        return true;
      },
    );
    standBefore(server.server, (request, response) => {
      ahead.found(request, response);
      // Without a Host it is refused for good, elsewhere.
      if (this.full.size === 0 || lacksHost(request) || !this.refuses(server.routeTable, request)) return false;
      // The connection is kept, for making a new one costs both sides more than this answer, but not for a large body.
      answer.send(request, response, isLarge(request) || this.ending.hasBegun);
      // Who is refused once comes again.
      ahead.watch(request.socket);
      return true;
    });
    server.addHook('preValidation', (request, reply, done) => {
      const route = this.routeOf(request);
      if (route) {
        this.enter(route, request);
        // Who hangs up may get no answer.
        reply.raw.once('close', () => leave(request));
      }
      done();
    });
    server.addHook('onSend', (request, _reply, _payload, done: () => void) => {
      leave(request);
      done();
    });
    this.timer = setInterval(() => this.lookAfter(SOON_MS), LOOK_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private routeOf(request: FastifyRequest): WatchedRoute | undefined {
    const { config } = request.routeOptions;
    if (config.load || config.neverShed || config.url === undefined) return config.load;
    const [method, route] = [String(config.method), config.url];
    const refusals = this.shed.labels({ method, route });
    const load = new RouteLoad(this.settings.shedDelayMs / 1000);
    config.load = { load, name: `${method} ${route}`, refusals, refused: 0, counted: 0, calmLooks: 0 };
    this.routes.push(config.load);
    return config.load;
  }

  private enter(route: WatchedRoute, request: FastifyRequest): void {
    route.load.enter();
    request.load = route.load;
    if (route.load.isFull) this.full.set(route.name, route);
  }

  /** Counts the request if it is refused; what is refused must cost little, and what is not next to nothing. */
  private refuses(table: RouteTable, { method = '', url = '' }: { method?: string; url?: string }): boolean {
    // Where a thousand sockets are always ready, the event loop reads them for seconds, and timers have to wait.
    this.lookAfter(LATE_MS);
    const route = this.full.get(table.nameOf(method, url) ?? '');
    if (!route?.load.isFull) return false;
    this.count(route);
    return true;
  }

  private count(route: WatchedRoute): void {
    if (route.refused === 0) {
      this.logger.warn(`${route.name}: more requests than can be answered in time; some get 503`);
    }
    route.refused++;
    route.calmLooks = 0;
  }

  /** Unless the last look is no longer ago than this: what ends in a moment is no rate. */
  private lookAfter(milliseconds: number): void {
    const now = performance.now();
    const elapsed = now - this.lookedAt;
    if (elapsed < milliseconds) return;
    this.lookedAt = now;
    for (const route of this.routes) this.look(route, elapsed / 1000);
  }

  private look(route: WatchedRoute, elapsedSeconds: number): void {
    route.load.look(elapsedSeconds);
    if (route.load.isFull) this.full.set(route.name, route);
    else this.full.delete(route.name);
    if (route.refused === 0) return;
    // Here, not with each of them: that would cost more than to find the route.
    route.refusals.inc(route.refused - route.counted);
    route.counted = route.refused;
    if (++route.calmLooks < CALM_LOOKS) return;
    this.logger.log(`${route.name}: all requests are taken again; ${route.refused} got 503`);
    route.refused = 0;
    route.counted = 0;
  }
}

function isLarge({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > READ_THROUGH_BYTES;
}

/** Gives each request to `takes` first, and only when that says false to those who listen so far, such as Fastify. */
function standBefore(server: Server, takes: (request: IncomingMessage, response: ServerResponse) => boolean): void {
  const others = server.listeners('request');
  server.removeAllListeners('request').on('request', (request, response) => {
    if (takes(request, response)) return;
    for (const other of others) Reflect.apply(other, server, [request, response]);
  });
}

function leave(request: FastifyRequest): void {
  request.load?.leave();
  request.load = null;
}
