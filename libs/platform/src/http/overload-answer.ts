import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Settings } from '../config/settings.js';
import { browserHeaders } from './browser-headers.js';
import { CrossOrigin } from './cross-origin.js';
import { linesOf, sendInOnePiece, writeInOnePiece } from './one-piece.js';
import { platformProblems } from './problem.js';
import { requestIdOf } from './request-head.js';
import type { WholeRequest } from './whole-request.js';

/** Who is refused comes again after 1 to 3 seconds: not all at once. */
const RETRY_SECONDS = 3;

const { status, title } = platformProblems.overloaded;
const detail = 'Too many requests are under way. Nothing was done; send it again after the seconds in Retry-After.';
const MEMBERS = JSON.stringify({ type: '/problems/overloaded', title, status, detail });
/** All of the body but the value of its last member, and the brace behind that. */
const BODY_BEGIN = `${MEMBERS.slice(0, -1)},"instance":`;
const REASON = STATUS_CODES[status];

/** The 503 of who is refused on the threshold, past Fastify. It is sent when the least time is left, so it is made of prepared parts. */
export class OverloadAnswer {
  /** Names and values in turn. */
  private readonly constant: readonly string[];
  private readonly headBegin: string;
  private readonly crossOrigin: CrossOrigin | null;

  constructor(
    private readonly server: Server,
    settings: Settings,
  ) {
    this.constant = [
      'Content-Type',
      'application/problem+json; charset=utf-8',
      ...Object.entries(browserHeaders(settings)).flat(),
    ];
    this.headBegin = `HTTP/1.1 ${status} ${REASON}\r\n${linesOf(this.constant)}`;
    this.crossOrigin = CrossOrigin.of(settings);
  }

  /** @param isLast whether the connection ends with it */
  send(request: IncomingMessage, response: ServerResponse, isLast: boolean): void {
    const { headers, url = '' } = request;
    const body = bodyFor(url);
    const own = this.headersFor(body, headers['x-request-id'], headers.origin);
    if (!isLast && sendInOnePiece(this.server, request, response, this.headBegin + linesOf(own), body)) return;
    if (isLast) own.push('Connection', 'close');
    // To HEAD it sends no body.
    response.writeHead(status, REASON, [...this.constant, ...own]).end(body, 'latin1');
  }

  /** To a request that Node does not know of, on a connection that stays and has no other answer under way. */
  sendTo(socket: Socket, { url, requestId, origin }: WholeRequest): void {
    const body = bodyFor(url);
    writeInOnePiece(this.server, socket, this.headBegin + linesOf(this.headersFor(body, requestId, origin)), body);
  }

  /** Names and values in turn. */
  private headersFor(body: string, requestId: unknown, origin: string | undefined): string[] {
    const own = [
      'X-Request-Id',
      requestIdOf(requestId),
      'Retry-After',
      String(1 + Math.floor(Math.random() * RETRY_SECONDS)),
      'Content-Length',
      String(body.length),
    ];
    if (this.crossOrigin) own.push(...this.crossOrigin.headersFor(origin));
    return own;
  }
}

/** All of it is ASCII, for Node takes no other URL. */
const bodyFor = (url: string): string => `${BODY_BEGIN}${JSON.stringify(url)}}`;
