import type { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type WholeRequest, wholeRequestIn } from './whole-request.js';

interface Connection {
  /** That what comes next is the begin of a request. */
  isBetweenRequests: boolean;
  /** Requests that Node has found on it and not answered. */
  underWay: number;
  /** The last that Node has found in the bytes that it has at present. */
  found: IncomingMessage | null;
}

/**
 * Gives what comes on some connections to `takes` before Node parses it, which costs more than most else of a short answer: one
 * request in one piece, to be answered at once on the socket, or left to Node by false.
 *
 * It is certain that nobody else would see another request there. The piece has but one reading (`wholeRequestIn`), and begins
 * where a request does: the piece before was taken, or it ended where a request does for Node as well (`endsWith`). And no answer
 * to an earlier one is on its way, so that each gets its own. Whatever else comes goes to Node, and it begins anew.
 */
export class AheadOfParser {
  private readonly connections = new WeakMap<Socket, Connection>();

  /** @param isWanted whether it may be that something is taken; while it is not, nothing is read here */
  constructor(
    private readonly isWanted: () => boolean,
    private readonly takes: (request: WholeRequest, socket: Socket) => boolean,
  ) {}

  /**
   * From the next turn of the event loop on, for as long as the connection lasts; if Node has stopped to read it, not at all.
   * Node does not read it in native code any more then, which is a little dearer. The server must not take upgrades.
   */
  watch(socket: Socket): void {
    if (this.connections.has(socket)) return;
    // In this turn Node may stop to read, and would not begin again.
    setImmediate(() => this.begin(socket));
  }

  /** To be told of every request that Node finds, while it does. */
  found(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.connections.get(request.socket);
    if (!connection) return;
    connection.found = request;
    connection.underWay++;
    response.once('close', () => connection.underWay--);
  }

  private begin(socket: Socket): void {
    const [parse, ...others] = socket.listeners('data') as ((piece: Buffer) => void)[];
    if (this.connections.has(socket) || socket.isPaused() || !parse || others.length > 0) return;
    const connection: Connection = { isBetweenRequests: false, underWay: 0, found: null };
    this.connections.set(socket, connection);
    socket.removeListener('data', parse).on('data', (piece: Buffer) => this.hear(piece, socket, connection, parse));
  }

  private hear(piece: Buffer, socket: Socket, connection: Connection, parse: (piece: Buffer) => void): void {
    const whole = this.isWanted() ? wholeRequestIn(piece) : null;
    const isNext = connection.isBetweenRequests && connection.underWay === 0;
    if (whole && isNext && socket.writable && socket.writableLength === 0 && this.takes(whole, socket)) return;
    // Of what Node held back before it may have found one meanwhile.
    connection.found = null;
    parse(piece);
    connection.isBetweenRequests = whole !== null && connection.found !== null && endsWith(whole, connection.found);
    connection.found = null;
  }
}

/**
 * Whether the last request that Node found in a piece ends where the piece does, which by itself is one whole request. The head of
 * that which Node found ends in the piece: at its one empty line before the body, or in the body. When the bodies are of one
 * length, and that which Node found is complete, it is the former, for behind the latter there is no place for so long a body.
 */
function endsWith({ bodyLength }: WholeRequest, { complete, headers }: IncomingMessage): boolean {
  return complete && Number(headers['content-length'] ?? 0) === bodyLength;
}
