import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
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
