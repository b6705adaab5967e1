import type { IncomingMessage } from 'node:http';
import { BadRequestException, PayloadTooLargeException } from '@nestjs/common';
import { RequestTooSlow } from './problem.js';

export interface BodyLimits {
  bytes: number;
  /** How long the sender may keep us waiting, all waits together; each KiB that has come gives a second more. */
  patienceSeconds: number;
}

const LINGER_MS = 10_000;

/**
 * The body of a request piece by piece, as slowly as it is read. The time of whoever reads it does not count as waiting.
 * Who throws it away half read calls `discardRest`.
 * @throws RequestTooSlow; PayloadTooLargeException; BadRequestException when the sender hangs up
 */
export async function* bodyOf(request: IncomingMessage, limits: BodyLimits): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  let waited = 0;
  if (Number(request.headers['content-length'] ?? 0) > limits.bytes) throw tooLarge();
  for (;;) {
    const piece = request.read() as Buffer | null;
    if (piece) {
      bytes += piece.length;
      if (bytes > limits.bytes) throw tooLarge();
      yield piece;
    } else if (request.readableEnded) return;
    else if (request.destroyed) throw new BadRequestException('The body was cut off.');
    else {
      const began = performance.now();
      await nextOf(request, limits.patienceSeconds * 1000 + (bytes * 1000) / 1024 - waited);
      waited += performance.now() - began;
    }
  }
}

/**
 * Reads on and throws away what comes, so that a client that sends all before it listens gets its answer; who still sends
 * after ten seconds is cut off.
 */
export function discardRest(request: IncomingMessage): void {
  if (request.readableEnded || request.destroyed) return;
  request.on('error', () => undefined).resume();
  const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
  request.once('close', () => clearTimeout(timer));
}

/** Resolves when there is more to read, or nothing ever again. @throws RequestTooSlow after so many milliseconds */
function nextOf(request: IncomingMessage, ms: number): Promise<void> {
  const events = ['readable', 'end', 'error', 'close'];
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      for (const event of events) request.off(event, come);
    };
    const come = (): void => {
      settle();
      resolve();
    };
    const timer = setTimeout(
      () => {
        settle();
        reject(new RequestTooSlow());
      },
      Math.max(0, ms),
    );
    for (const event of events) request.on(event, come);
  });
}

const tooLarge = (): PayloadTooLargeException =>
  new PayloadTooLargeException('The body is larger than the limit of this installation.');
