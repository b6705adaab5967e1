import { Buffer } from 'node:buffer';
import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { wholeRequestIn } from './whole-request.js';

const wholeIn = (bytes: string) => wholeRequestIn(Buffer.from(bytes, 'latin1'));

/** A connection without a network. */
class Wire extends Duplex {
  override _read(): void {}
  override _write(_piece: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

interface Seen {
  method: string | undefined;
  url: string | undefined;
  bodyLength: number;
  requestId: unknown;
  origin: unknown;
  body: string;
}

const LAST = { method: 'GET', url: '/last', bodyLength: 0, requestId: undefined, origin: undefined, body: '' };
const LAST_BYTES = 'GET /last HTTP/1.1\r\nHost: here\r\n\r\n';

/** What the parser of Node makes of these bytes on a new connection. */
async function seenByNode(bytes: string): Promise<Seen[]> {
  const server = createServer();
  const seen: Seen[] = [];
  server.on('request', (request: IncomingMessage, response) => {
    const { method, url, headers } = request;
    const bodyLength = Number(headers['content-length'] ?? 0);
    const told = { requestId: headers['x-request-id'], origin: headers.origin };
    const one = { method, url, bodyLength, ...told, body: 'never ends' };
    seen.push(one);
    void buffer(request).then((body) => (one.body = body.toString('latin1')));
    response.end();
  });
  const wire = new Wire();
  wire.on('error', () => undefined);
  server.emit('connection', wire);
  wire.push(Buffer.from(bytes, 'latin1'));
  for (let n = 0; n < 8; n++) await turn();
  wire.destroy();
  return seen;
}

const PLAIN = 'POST /books?a=b HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\nabc';

describe('One request in these bytes', () => {
  it('is told with its id and origin', () => {
    expect(wholeIn(PLAIN)).toEqual({
      method: 'POST',
      url: '/books?a=b',
      bodyLength: 3,
      requestId: undefined,
      origin: undefined,
    });
    const fields =
      'host:here\r\nX-Request-ID:  r-1 \r\nConnection:\tKeep-Alive\r\norigin: https://a.example\r\nX-Nothing:\r\n';
    expect(wholeIn(`DELETE /books/1 HTTP/1.1\r\n${fields}\r\n`)).toEqual({
      method: 'DELETE',
      url: '/books/1',
      bodyLength: 0,
      requestId: 'r-1',
      origin: 'https://a.example',
    });
  });

  it('is told whatever came before', () => {
    expect(wholeIn(PLAIN.replace('here', 'here\r\nHost: there'))).toBeNull();
    expect(wholeIn(PLAIN)).not.toBeNull();
  });

  it.each([
    ['less than one', PLAIN.slice(0, -1)],
    ['more than one', `${PLAIN}\r\n`],
    ['something before it', `\r\n${PLAIN}`],
    ['a head only', 'GET / HTTP/1.1\r\nHost: here\r\n'],
    ['no field', 'GET / HTTP/1.1\r\n\r\n'],
    ['another version', PLAIN.replace('1.1', '1.0')],
    ['a method without a body in its answer', 'HEAD / HTTP/1.1\r\nHost: here\r\n\r\n'],
    ['a whole URL', PLAIN.replace('/books', 'http://here/books')],
    ['a blank more in its first line', PLAIN.replace(' HTTP', '  HTTP')],
    ['a line that ends in LF', PLAIN.replace('here\r\n', 'here\n')],
    ['a line that ends in CR', PLAIN.replace('here\r\n', 'here\r')],
    ['a field over two lines', PLAIN.replace('here', 'here\r\n there')],
    ['a blank before a colon', PLAIN.replace('Length:', 'Length :')],
    ['a field without a name', PLAIN.replace('Host: here', 'Host: here\r\n: a')],
    ['a character that is not seen', PLAIN.replace('here', 'he\0re')],
    ['a letter that is not ASCII', PLAIN.replace('here', 'h\u00e9re')],
    ['no Host', PLAIN.replace('Host', 'Most')],
    ['an empty Host', PLAIN.replace('here', '')],
    ['two Hosts', PLAIN.replace('here', 'here\r\nhost:')],
    ['two lengths', PLAIN.replace('Content', 'Content-Length: 3\r\nContent')],
    ['a list of lengths', PLAIN.replace(': 3', ': 3, 3')],
    ['a length with a sign', PLAIN.replace(': 3', ': +3')],
    ['an empty length', PLAIN.replace(': 3\r\n\r\nabc', ':\r\n\r\n')],
    ['chunks', PLAIN.replace('Host', 'Transfer-Encoding: chunked\r\nHost')],
    ['another protocol', PLAIN.replace('Host', 'Upgrade: h2c\r\nHost')],
    ['an expectation', PLAIN.replace('Host', 'Expect: 100-continue\r\nHost')],
    ['a connection that ends', PLAIN.replace('Host', 'Connection: close\r\nHost')],
    ['two wishes for the connection', PLAIN.replace('Host', 'Connection: keep-alive, x\r\nHost')],
    ['two wishes for the connection, one by a name of old', PLAIN.replace('Host', 'Proxy-Connection: close\r\nHost')],
    ['more than 4,000 bytes', `GET /${'a'.repeat(4000)} HTTP/1.1\r\nHost: here\r\n\r\n`],
  ])('is none with %s', (_what, bytes) => expect(wholeIn(bytes)).toBeNull());

  it('is the same to the parser of Node, which finds the next one right behind it', async () => {
    let known = 0;
    let all = 0;
    await fc.assert(
      fc.asyncProperty(messages, changes, async (message, changed) => {
        const bytes = changed.reduce(change, message);
        const whole = wholeIn(bytes);
        all++;
        if (!whole) return;
        known++;
        const body = bytes.slice(bytes.indexOf('\r\n\r\n') + 4);
        expect(await seenByNode(bytes + LAST_BYTES)).toEqual([{ ...whole, body }, LAST]);
        expect(body).toHaveLength(whole.bodyLength);
      }),
      { numRuns: 4000 },
    );
    expect(known).toBeGreaterThan(0.05 * all);
    expect(known).toBeLessThan(0.95 * all);
  });
});

const often = <T>(usual: T[], rare: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...rare) });
const visible = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const fields = often(
  [
    'Accept: */*',
    'X-Request-Id: r-1',
    'origin: https://a.example',
    'connection: keep-alive',
    'TE: trailers',
    'A:',
    'a!#$%: b',
  ],
  [
    'Host: there',
    'Host:',
    'Content-Length: 3',
    'Content-Length: 03',
    'Content-Length:',
    'Content-Length: 3, 3',
    'Content-Length : 3',
    'Content-Length\t: 3',
    ' Content-Length: 3',
    'Content-Length: 3\n',
    'Transfer-Encoding: chunked',
    'transfer-encoding:identity',
    'Transfer-Encoding : chunked',
    'A: b\r\n c',
    'A: b\nTransfer-Encoding: chunked',
    'A: b\rTransfer-Encoding: chunked',
    'A: \0',
    'A: \u00e9',
    ': a',
    'Expect: 100-continue',
    'Upgrade: websocket',
    'Connection: upgrade',
    'Connection: close',
    'Proxy-Connection: close',
    'Connection: keep-alive, close',
  ],
);
const BODIES = [
  '',
  '',
  'abc',
  'GET /in HTTP/1.1\r\nHost: here\r\n\r\n',
  '3\r\nabc\r\n0\r\n\r\n',
  '\r\n\r\n',
  '\u00e9\0',
];
const messages = fc
  .record({
    method: often(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], ['HEAD', 'OPTIONS', 'CONNECT', 'PRI', 'get', 'POS', '']),
    url: fc.oneof(
      often(['/', '/a?b=c', '/%61//'], ['*', 'http://here/a', '/a b', '/\u00e9', '']),
      visible.map((rest) => `/${rest}`),
    ),
    version: often(['HTTP/1.1'], ['HTTP/1.0', 'HTTP/1.2', 'http/1.1', 'HTTP/1.1 ', 'HTTP/2.0']),
    host: often(['Host: here'], ['host:here', 'Host:', 'Most: here']),
    rest: fc.array(fields, { maxLength: 4 }),
    body: fc.constantFrom(...BODIES),
    tells: often([true], [false]),
    eol: often(['\r\n'], ['\n', '\r', '\r\r\n']),
  })
  .map(({ method, url, version, host, rest, body, tells, eol }) => {
    const length = tells && body !== '' ? [`Content-Length: ${body.length}`] : [];
    return [`${method} ${url} ${version}`, host, ...rest, ...length, '', body].join(eol);
  });
const changes = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        removed: fc.nat({ max: 3 }),
        added: fc.constantFrom('', ' ', '\t', '\r', '\n', ':', '0', '\0', '\u00ff'),
      }),
      { maxLength: 2 },
    ),
  },
);
const change = (bytes: string, { at, removed, added }: { at: number; removed: number; added: string }): string => {
  const place = Math.floor(at * bytes.length);
  return bytes.slice(0, place) + added + bytes.slice(place + removed);
};
