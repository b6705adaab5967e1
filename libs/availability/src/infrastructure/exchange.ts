import { type Agent as HttpAgent, type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { type Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { currentContext, type SpanStart, traced } from '@holdfast/platform';
import { NoAnswer } from '../application/network.js';

export interface Question {
  url: URL;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  /** Ends it: that is silence for `timeout`. */
  signal: AbortSignal;
  /** An answer whose body is longer is cut off. */
  maxBytes: number;
  /** Whether the body is wanted, by what came before it; else it is left unread, and empty. */
  wantsBody?: (status: number, headers: IncomingHttpHeaders) => boolean;
  /** The addresses that may be connected to, and no others. */
  lookup?: LookupFunction;
  /** Whether it is a server of ours, which goes on with the trace. */
  isOurs?: boolean;
  /** Keeps connections; without one each question has a connection of its own, which ends with it. */
  agent?: HttpAgent | HttpsAgent;
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/**
 * One HTTP question and its whole answer. Follows no redirect, undoes no encoding, keeps no more than `maxBytes`. Whatever
 * goes wrong ends the connection.
 * @throws NoAnswer for `timeout`, `unreachable`, `bad-answer` (no HTTP), `too-large`
 */
export function exchange(question: Question): Promise<Reply> {
  // Not what nobody asked for: the look at the API's health.
  if (currentContext()?.traceparent === undefined) return converse(question);
  return traced(
    () => asking(question),
    async (span) => {
      if (!span) return converse(question);
      const { headers, isOurs } = question;
      const told = isOurs ? { ...headers, traceparent: span.traceparent } : headers;
      const reply = await converse({ ...question, headers: told });
      span.set({ 'http.response.status_code': reply.status });
      return reply;
    },
  );
}

/** Nothing of the path or the query, which may have keys in them. */
const asking = ({ method, url }: Question): SpanStart => ({
  name: method,
  kind: 'client',
  attributes: {
    'http.request.method': method,
    'server.address': url.hostname,
    'server.port': Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
  },
});

function converse(question: Question): Promise<Reply> {
  const { url, method, headers, body, signal, maxBytes, wantsBody, lookup, agent = false } = question;
  return new Promise((resolve, reject) => {
    let wasConnected = false;
    const isTls = url.protocol === 'https:';
    const request = (isTls ? requestHttps : requestHttp)(url, { method, headers, agent, lookup });

    const settle = (): void => signal.removeEventListener('abort', onAbort);
    const fail = (silence: NoAnswer['silence'], cause?: unknown): void => {
      settle();
      request.destroy();
      reject(new NoAnswer(silence, wasConnected, cause));
    };
    const succeed = (reply: Reply): void => {
      settle();
      resolve(reply);
    };
    const onAbort = (): void => fail('timeout', signal.reason);

    request.once('socket', (socket) => {
      if (!socket.connecting) wasConnected = true;
      else socket.once(isTls ? 'secureConnect' : 'connect', () => (wasConnected = true));
    });
    // Stays, for what a connection says after its end.
    request.on('error', (error: NodeJS.ErrnoException) =>
      fail(error.code?.startsWith('HPE_') ? 'bad-answer' : 'unreachable', error),
    );
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      fail('bad-answer');
    });
    request.once('response', (response) => {
      const { statusCode: status = 0, headers: told } = response;
      response.on('error', (error) => fail('unreachable', error));
      if (wantsBody?.(status, told) === false) {
        succeed({ status, headers: told, body: Buffer.alloc(0) });
        request.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) fail('too-large');
        else chunks.push(chunk);
      });
      response.once('end', () => succeed({ status, headers: told, body: Buffer.concat(chunks) }));
      response.once('close', () => {
        if (!response.complete) fail('unreachable');
      });
    });

    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    request.end(body);
  });
}
