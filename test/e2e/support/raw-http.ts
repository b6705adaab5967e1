import { connect } from 'node:net';
import type { Answer } from './client.js';

/** Bytes as they are, or pieces that are made while they are sent, so that they may be many. */
export type Bytes = string | Buffer | Iterable<string | Buffer>;

/**
 * Sends bytes that no HTTP client would, and reads the first answer, also while it still sends. Status 0: the server hung
 * up without a word. `endsAfter`: the sender says that it is done, as one that breaks off does.
 */
export function sendBytes(
  base: string,
  bytes: Bytes,
  withinMs = 10_000,
  { endsAfter = false }: { endsAfter?: boolean } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no whole answer in ${withinMs} ms: ${text}`));
    }, withinMs);
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answerOf(text));
    };
    socket.setEncoding('utf8');
    socket.on('data', (piece: string) => {
      text = withoutInterim(text + piece);
      if (isWhole(text)) finish();
    });
    socket.on('error', finish);
    socket.on('close', finish);
    const pieces = (typeof bytes === 'string' || Buffer.isBuffer(bytes) ? [bytes] : bytes)[Symbol.iterator]();
    const send = (): void => {
      for (let next = pieces.next(); !socket.destroyed; next = pieces.next()) {
        if (next.done) return void (endsAfter && socket.end());
        if (!socket.write(next.value)) return void socket.once('drain', send);
      }
    };
    socket.on('connect', send);
  });
}

/** Without `100 Continue`, which is no answer yet. */
const withoutInterim = (text: string): string => text.replace(/^HTTP\/1\.1 1\d\d [^]*?\r\n\r\n/, '');

function isWhole(text: string): boolean {
  const [head = '', body] = split(text);
  if (/^transfer-encoding: *chunked/im.test(head)) return body?.endsWith('0\r\n\r\n') ?? false;
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  return body !== undefined && length !== undefined && Buffer.byteLength(body) >= Number(length);
}

function answerOf(text: string): Answer {
  const [head = '', rest = ''] = split(text);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  // Whoever is answered twice hears the first answer here.
  const body = length === undefined ? rest : Buffer.from(rest).toString('utf8', 0, Number(length));
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const isJson = /json/.test(headers.get('content-type') ?? '');
  return {
    status: Number(/^HTTP\/1\.\d (\d{3})/.exec(statusLine)?.[1] ?? 0),
    headers,
    body: isJson && body ? JSON.parse(body) : body,
  };
}

function split(text: string): string[] {
  const end = text.indexOf('\r\n\r\n');
  return end === -1 ? [text] : [text.slice(0, end), text.slice(end + 4)];
}
