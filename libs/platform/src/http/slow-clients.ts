import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestTooSlow } from './problem.js';

/**
 * Ends the connections of clients that take nothing of what waits for them for so long: it is kept in memory until they do,
 * and the end of the process would wait for them. Node's own time limit of a socket knows also how much of one large piece
 * is taken, which `writableLength` does not. Who waits for us is no slow reader: without a listener Node would end that
 * connection, as it does with those that are kept and not used.
 */
export function cutSlowReaders(server: Server, patienceSeconds: number): void {
  server.setTimeout(patienceSeconds * 1000);
  server.prependListener('request', (_request, response: ServerResponse) => void response.on('timeout', endIfWaiting));
}

function endIfWaiting(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}

const WITH_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Of the time that a body may take: so much later, at most, its client is told. */
const LATE = 0.05;
/** A request that has ended meanwhile, refused or left, is kept for so long at most. */
const KEPT_MS = 1000;

/** Answers 408 to who has not sent the whole body in time. An upload, which is a form, has a patience of its own. */
export function limitBodyTime(server: FastifyInstance, seconds: number): void {
  const bodies = new BodiesUnderWay(seconds * 1000);
  server.addHook('onRoute', (route) => {
    if (![route.method].flat().some((method) => WITH_BODY.has(method))) return;
    route.preParsing = [
      ...[route.preParsing ?? []].flat(),
      (request, reply, payload, done) => {
        if (!request.headers['content-type']?.startsWith('multipart/')) bodies.begin(request, reply);
        done(null, payload);
      },
    ];
    route.preValidation = [
      ...[route.preValidation ?? []].flat(),
      (request, _reply, done: () => void) => {
        bodies.end(request);
        done();
      },
    ];
  });
}

/**
 * One timer for all of them: one for each costs more than to read a body. Of those that end otherwise than well, such as one
 * that is no JSON, nobody tells.
 */
export class BodiesUnderWay {
  /** In the order of their begin. */
  private readonly begun = new Map<FastifyRequest, { at: number; reply: FastifyReply }>();

  constructor(private readonly patienceMs: number) {
    setInterval(() => this.look(), Math.min(patienceMs * LATE, KEPT_MS)).unref();
  }

  get count(): number {
    return this.begun.size;
  }

  begin(request: FastifyRequest, reply: FastifyReply): void {
    if (!request.raw.complete) this.begun.set(request, { at: performance.now(), reply });
  }

  end(request: FastifyRequest): void {
    this.begun.delete(request);
  }

  private look(): void {
    const begunBefore = performance.now() - this.patienceMs;
    for (const [request, { at, reply }] of this.begun) {
      const hasEnded = request.raw.complete || request.raw.destroyed;
      if (!hasEnded && at > begunBefore) continue;
      this.end(request);
      if (!hasEnded) refuse(request, reply);
    }
  }
}

function refuse({ raw }: FastifyRequest, reply: FastifyReply): void {
  // Nobody reads the body, so nobody would hear of it: an error without a listener ends the process.
  if (reply.sent || raw.listenerCount('error') === 0) return void raw.destroy();
  void reply.header('Connection', 'close');
  raw.emit('error', new RequestTooSlow());
}
