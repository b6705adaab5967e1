import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const SECOND_MS = 1000;
let date = { line: '', untilMs: 0 };

/**
 * Sends an answer in one write to the socket, past the stream that Node makes of it, which checks each header again and writes two
 * pieces: a quarter to a half of what a short answer costs. False, and nothing is done, where the connection ends with the answer,
 * where one to an earlier request is still to be sent, or what follows the head is no body; it has to go by `writeHead` then.
 *
 * Nobody but Node gets to know of it: `headersSent` and `writableEnded` of the response stay false. `head` is the status line and
 * header lines, each with its CRLF, all but Date, Connection and Keep-Alive; nothing checks what stands in them.
 */
export function sendInOnePiece(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  head: string,
  body: string,
): boolean {
  const { socket } = response;
  if (!socket || !response.shouldKeepAlive || request.httpVersion !== '1.1' || request.method === 'HEAD') return false;
  writeInOnePiece(server, socket, head, body);
  // With this the next request of the connection has its turn, and what is left of the body of this one is read and dropped.
  response.emit('finish');
  return true;
}

/** The same, where Node does not know of the request. */
export function writeInOnePiece(server: Server, socket: Socket, head: string, body: string): void {
  const seconds = Math.floor(server.keepAliveTimeout / SECOND_MS);
  const staying = `Connection: keep-alive\r\n${seconds > 0 ? `Keep-Alive: timeout=${seconds}\r\n` : ''}`;
  socket.write(`${head}${dateLine()}${staying}\r\n${body}`, 'latin1');
}

/** Names and values in turn. */
export function linesOf(headers: readonly string[]): string {
  let lines = '';
  for (let n = 0; n < headers.length; n += 2) lines += `${headers[n]}: ${headers[n + 1]}\r\n`;
  return lines;
}

function dateLine(): string {
  const now = Date.now();
  if (now >= date.untilMs || now < date.untilMs - SECOND_MS) {
    const second = now - (now % SECOND_MS);
    date = { line: `Date: ${new Date(second).toUTCString()}\r\n`, untilMs: second + SECOND_MS };
  }
  return date.line;
}
