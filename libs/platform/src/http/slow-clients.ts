import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { RequestTooSlow } from './problem.js';

/**
 * Ends the connections of clients that take nothing of what waits for them for so long: it is kept in memory until they do,
 * and the end of the process would wait for them. Looks at the sockets now and then, so that a request pays nothing for it.
 */
export function cutSlowReaders(server: Server, patienceSeconds: number): void {
  const patienceMs = patienceSeconds * 1000;
  const sockets = new Map<Socket, { left: number; since: number }>();
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, { left: 0, since: 0 });
    socket.once('close', () => sockets.delete(socket));
  });
  const look = (): void => {
    const now = Date.now();
    for (const [socket, state] of sockets) {
      const left = leftOf(socket);
      if (left === 0 || left !== state.left) Object.assign(state, { left, since: now });
      else if (now - state.since >= patienceMs) socket.destroy();
    }
  };
  const timer = setInterval(look, Math.min(5000, patienceMs / 4)).unref();
  server.once('close', () => clearInterval(timer));
}

/**
 * A number that changes when the client takes something, 0 when nothing waits for it. Node counts a piece as waiting until all
 * of it is taken; only its handle knows how much of the piece is left, by which Node itself judges whether a socket is idle.
 */
function leftOf(socket: Socket): number {
  if (socket.writableLength === 0) return 0;
  const { _handle: handle } = socket as unknown as { _handle?: { writeQueueSize?: number } };
  return socket.writableLength - socket.bytesWritten - 1 + (handle?.writeQueueSize ?? 0);
}

const WITH_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Answers 408 to who has not sent the whole body in time. An upload, which is a form, has a patience of its own. */
export function limitBodyTime(server: FastifyInstance, seconds: number): void {
  server.addHook('onRoute', (route) => {
    if (![route.method].flat().some((method) => WITH_BODY.has(method))) return;
    route.preParsing = [
      ...[route.preParsing ?? []].flat(),
      (request, reply, payload, done) => {
        const { raw } = request;
        if (!raw.complete && !request.headers['content-type']?.startsWith('multipart/')) {
          const refuse = (): void => {
            if (raw.complete) return;
            // Nobody reads the body, so nobody would hear of it: an error without a listener ends the process.
            if (raw.listenerCount('error') === 0) return void raw.destroy();
            void reply.header('Connection', 'close');
            raw.emit('error', new RequestTooSlow());
          };
          const timer = setTimeout(refuse, seconds * 1000).unref();
          const settle = (): void => clearTimeout(timer);
          raw.once('end', settle).once('close', settle);
        }
        done(null, payload);
      },
    ];
  });
}
