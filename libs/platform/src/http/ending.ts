import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Settings } from '../config/settings.js';

/** Of the 25 seconds that the process may take; what is left is for consumers, jobs and pools. */
const DRAIN_MS = 15_000;

/**
 * The begin of the end of a process, before anything else of it ends: it is not ready any more, and each answer tells its
 * client to leave. For `SHUTDOWN_DELAY_SECONDS` it goes on answering whoever comes, until balancers have seen it. Then the
 * hooks of the others run, the server stops listening, and what is under way is answered; connections that are still open a
 * while later are those of clients who are slow, and are cut.
 */
@Injectable()
export class Ending implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  private readonly logger = new Logger('Ending');
  private timer: NodeJS.Timeout | undefined;
  hasBegun = false;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    this.server.addHook('onSend', (_request, reply, _payload, done: () => void) => {
      if (this.hasBegun) void reply.header('Connection', 'close');
      done();
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.hasBegun = true;
    const delayMs = this.settings.shutdownDelaySeconds * 1000;
    if (delayMs > 0) await sleep(delayMs);
    this.timer = setTimeout(() => this.cut(this.server.server), DRAIN_MS).unref();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  private get server(): FastifyInstance {
    return this.host.httpAdapter.getInstance<FastifyInstance>();
  }

  private cut(server: Server): void {
    this.logger.warn('the connections of clients that are too slow are cut');
    server.closeAllConnections();
  }
}
