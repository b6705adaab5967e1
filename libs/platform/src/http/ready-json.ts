import { createHash } from 'node:crypto';
import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtension, ApiResponse } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { linksOf } from './link.js';
import type { Page } from './page.js';

/**
 * An answer whose JSON is finished: sent as it is, with the headers that belong to it.
 */
export class ReadyJson {
  private constructor(
    readonly text: string,
    /** Of a resource with a version. */
    readonly etag: string | null,
    /** Of a page of a list. */
    readonly page: Omit<Page<unknown>, 'items'> | null,
  ) {}

  /** The JSON of something, with an ETag where it has a version. What is ready stays as it is. */
  static of(shown: unknown): ReadyJson {
    if (shown instanceof ReadyJson) return shown;
    const text = JSON.stringify(shown);
    const version = (shown as { version?: unknown } | null | undefined)?.version;
    return new ReadyJson(text, typeof version === 'number' ? etagOfText(text, version) : null, null);
  }

  static ofResource(text: string, version: number): ReadyJson {
    return new ReadyJson(text, etagOfText(text, version), null);
  }

  /** Of what has no version: the ETag is one for If-None-Match only. */
  static ofState(shown: unknown): ReadyJson {
    const text = JSON.stringify(shown);
    return new ReadyJson(text, `"${digestOf(text)}"`, null);
  }

  /** `items` are finished JSON each. */
  static ofPage({ items, ...page }: Page<string>): ReadyJson {
    return new ReadyJson(`{"items":[${items.join(',')}],${JSON.stringify(page).slice(1)}`, null, page);
  }

  /** One text for a cache that keeps texts; `kept` gives the same answer back. */
  keep(): string {
    return `${this.etag ?? ''}\n${this.text}`;
  }

  static kept(kept: string): ReadyJson {
    const end = kept.indexOf('\n');
    return new ReadyJson(kept.slice(end + 1), kept.slice(0, end) || null, null);
  }
}

/** `"<version>.<digest of the text that is sent>"`. */
export const etagOfText = (text: string, version: number): string => `"${version}.${digestOf(text)}"`;

const digestOf = (text: string): string => createHash('sha1').update(text).digest('base64url').slice(0, 16);

/** RFC 9110, section 13.1.2: If-None-Match compares weakly. */
export const matchesAny = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, ''))) ?? false;

/** RFC 9110, section 13.1.2: for what reads only; a HEAD is answered as the GET would be. */
export const isRead = ({ method }: { method: string }): boolean => method === 'GET' || method === 'HEAD';

/** Marks operations for `openapi.ts`, which says what answers with a version do and takes the mark away. */
export const GIVES_ETAG = 'x-gives-etag';

/** Documents a route that answers with `ReadyJson` of this type. */
export const AnswersReadyJson = (type: Type, status = 200): MethodDecorator =>
  applyDecorators(ApiResponse({ status, type }), ApiExtension(GIVES_ETAG, true));

/** Sends what a route presents: what is ready with its ETag or its links; a read of what the client has is answered with 304. */
export function sendReadyJson(server: FastifyInstance): void {
  server.setReplySerializer((answer) => (answer instanceof ReadyJson ? answer.text : JSON.stringify(answer)));
  server.addHook('preSerialization', (request, reply, answer, done) => {
    const { present } = request.routeOptions.config;
    const shown = present ? present(answer, request, reply) : answer;
    if (shown instanceof ReadyJson) addHeaders(shown, request, reply);
    done(null, shown);
  });
  server.addHook('onSend', (request, reply, payload, done) => {
    // Of a HEAD Fastify itself takes the body away.
    done(null, reply.statusCode === 304 && request.method === 'GET' ? null : payload);
  });
}

function addHeaders({ etag, page }: ReadyJson, request: FastifyRequest, reply: FastifyReply): void {
  const links = page && linksOf(request.url, page);
  if (links) void reply.header('Link', links);
  if (etag === null) return;
  void reply.header('ETag', etag);
  if (isRead(request) && matchesAny(request.headers['if-none-match'], etag)) void reply.status(304);
}
