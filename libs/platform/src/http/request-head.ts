import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The X-Request-Id that the client sent, when it is short and harmless in a log, else a new one. */
export function requestIdOf(sent: unknown): string {
  return typeof sent === 'string' && /^[\w.:-]{1,128}$/.test(sent) ? sent : randomUUID();
}

/** Whether a Host is missing that must be there (RFC 9112, section 3.2). */
export const lacksHost = ({ httpVersion, headers }: IncomingMessage): boolean => httpVersion === '1.1' && !headers.host;
