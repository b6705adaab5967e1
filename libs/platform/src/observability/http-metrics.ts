import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Metrics } from './metrics.js';

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Counts requests and their time by the pattern of their route: an address has ids, of which there are too many. Streams
 * of events, which Nest writes past Fastify, are not among them: their time says nothing.
 */
@Injectable()
export class HttpMetrics implements OnModuleInit {
  private readonly requests;
  private readonly seconds;
  /** By method, route and status: to look the labels up each time costs more than to count. */
  private readonly counted = new Map<string, { inc(): void; observe(seconds: number): void }>();

  constructor(
    private readonly host: HttpAdapterHost,
    metrics: Metrics,
  ) {
    this.requests = metrics.counter(
      'holdfast_http_requests_total',
      'Requests that were answered; streams of events are not counted.',
      ['method', 'route', 'status'],
    );
    this.seconds = metrics.histogram(
      'holdfast_http_request_duration_seconds',
      'Time from the head of a request to the end of its answer.',
      { labels: ['method', 'route'], buckets: BUCKETS_SECONDS },
    );
  }

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    server.addHook('onResponse', (request, reply, done) => {
      this.count(request, reply);
      done();
    });
  }

  private count(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    // Anything may be asked of what is not there.
    const method = request.is404 ? 'any' : request.method;
    const figures = this.figuresOf(method, route, String(reply.statusCode));
    figures.inc();
    figures.observe(reply.elapsedTime / 1000);
  }

  private figuresOf(method: string, route: string, status: string): { inc(): void; observe(seconds: number): void } {
    const key = `${method} ${route} ${status}`;
    const known = this.counted.get(key);
    if (known) return known;
    const requests = this.requests.labels({ method, route, status });
    const seconds = this.seconds.labels({ method, route });
    const figures = { inc: () => requests.inc(), observe: (value: number) => seconds.observe(value) };
    this.counted.set(key, figures);
    return figures;
  }
}
