import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { isId } from '@holdfast/kernel';
import { isOpenToAnyone, ReadyJson, Settings } from '@holdfast/platform';
import { BookCache } from '../application/book-cache.js';

const ROUTE = '/api/books/:id';

/**
 * Answers GET /books/{id} from the cache on the threshold of its route, before Nest's guards, pipes and buses, which cost
 * several times what the answer does (bench/README.md). Only where anybody may read and nobody is counted; what is not in
 * the cache goes the usual way, which answers the same.
 */
@Injectable()
export class CachedBooksFirst implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly cache: BookCache,
    private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    if (!isOpenToAnyone('catalogue:read', this.settings) || this.settings.requestsPerMinute > 0) return;
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    server.addHook('preHandler', (request, reply, next) => {
      if (request.routeOptions.url !== ROUTE || request.method !== 'GET') return next();
      const { id } = request.params as { id: string };
      if (!isId(id)) return next();
      const found = this.cache.find(id.toLowerCase());
      if (!(found instanceof Promise)) return answer(found, reply, next);
      found.then((text) => answer(text, reply, next), next);
    });
  }
}

function answer(kept: string | null, reply: FastifyReply, next: () => void): void {
  if (kept === null) next();
  else void reply.send(ReadyJson.kept(kept));
}
