import { Buffer } from 'node:buffer';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { eventually } from '../testing/eventually.js';
import { AheadOfParser } from './ahead-of-parser.js';
import type { WholeRequest } from './whole-request.js';

/** A connection without a network, of which each piece that comes is heard by itself. */
class Wire extends Duplex {
  heard = '';
  override _read(): void {}
  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.heard += piece.toString('latin1');
    done();
  }

  get answers(): { by: string; url: string }[] {
    const found = this.heard.matchAll(/HTTP\/1\.1 \d+ [^]*?X-By: (\w+)\r\nX-Url: (\S+)\r\n/g);
    return [...found].map(([, by = '', url = '']) => ({ by, url }));
  }
}

describe('What is ahead of the parser', () => {
  let server: Server;
  let ahead: AheadOfParser;
  let isWanted: boolean;
  let wire: Wire;
  let slowly: (() => void)[];
  let errors: Error[];

  beforeEach(() => begin());
  afterEach(() => void wire.destroy());

  /** Requests for /full are taken, and refused by Node where they are not; others are answered as soon as `slowly` lets them. */
  function begin(): void {
    isWanted = true;
    slowly = [];
    errors = [];
    server = createServer((request, response) => answer(request, response));
    ahead = new AheadOfParser(() => isWanted, take);
    wire = new Wire();
    wire.on('error', (error) => errors.push(error));
    server.emit('connection', wire);
  }

  function take({ url }: WholeRequest, socket: Socket): boolean {
    if (!url.startsWith('/full')) return false;
    socket.write(`HTTP/1.1 503 Overloaded\r\nX-By: ahead\r\nX-Url: ${url}\r\nContent-Length: 0\r\n\r\n`);
    return true;
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    ahead.found(request, response);
    const { url = '', socket } = request;
    response.setHeader('X-By', 'node').setHeader('X-Url', url);
    if (url.endsWith('/last')) response.setHeader('Connection', 'close');
    request.resume();
    if (!url.startsWith('/full')) return void slowly.push(() => response.end());
    response.end();
    ahead.watch(socket);
  }

  const hear = async (bytes: string, turns = 8): Promise<void> => {
    wire.push(Buffer.from(bytes, 'latin1'));
    for (let n = 0; n < turns; n++) await turn();
  };
  const letGo = (): void => slowly.splice(0).forEach((end) => end());
  const get = (url: string): string => `GET ${url} HTTP/1.1\r\nHost: here\r\n\r\n`;
  const post = (url: string, body: string): string =>
    `POST ${url} HTTP/1.1\r\nHost: here\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const chunked = (url: string, body: string): string => {
    const chunk = body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`;
    return `POST ${url} HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`;
  };
  const by = (): string[] => wire.answers.map((one) => one.by);

  it('takes a request when the piece before ended where one ended for Node', async () => {
    for (const url of ['/full/1', '/full/2', '/full/3', '/full/4']) await hear(get(url));
    expect(wire.answers).toEqual([
      { by: 'node', url: '/full/1' },
      { by: 'node', url: '/full/2' },
      { by: 'ahead', url: '/full/3' },
      { by: 'ahead', url: '/full/4' },
    ]);
  });

  it('leaves to Node what is in several pieces, and begins anew then', async () => {
    for (let n = 0; n < 3; n++) await hear(get('/full'));
    await hear(get('/full').slice(0, 9));
    await hear(get('/full').slice(9));
    for (let n = 0; n < 2; n++) await hear(post('/full', 'abc'));
    expect(by()).toEqual(['node', 'node', 'ahead', 'node', 'node', 'ahead']);
  });

  it('takes no body for a request', async () => {
    const inner = get('/full/inner');
    for (let n = 0; n < 3; n++) await hear(get('/full'));
    const outer = post('/full/outer', inner);
    await hear(outer.slice(0, -inner.length));
    await hear(inner);
    await hear(inner);
    await hear(inner);
    expect(wire.answers.map(({ url }) => url)).toEqual([
      ...['/full', '/full', '/full'],
      '/full/outer',
      ...['/full/inner', '/full/inner'],
    ]);
    expect(by().slice(3)).toEqual(['node', 'node', 'ahead']);
  });

  /** A request whose body is the head of what comes next, so that Node reads only the body of that; it was refused before. */
  async function hide(body: string, between: () => void = () => undefined): Promise<void> {
    for (let n = 0; n < 3; n++) await hear(get('/full'));
    const piece = post('/full', body);
    const outer = post('/full/outer', 'a'.repeat(piece.length - body.length));
    await hear(outer.slice(0, outer.indexOf('\r\n\r\n') + 4));
    between();
    await hear(piece);
  }

  it('takes nothing behind a body that ends in the begin of a request', async () => {
    await hide(`${post('/full', '')}POST /slow HTTP/1.1\r\nHost: here\r\nA: `);
    await hear(get('/full/hidden'));
    letGo();
    await turn();
    expect(wire.answers.slice(3).map(({ url }) => url)).toEqual(['/full/outer', '/full', '/slow']);
  });

  it('takes nothing behind a body that ends in the begin of another, however long that is', async () => {
    const head = (length: number): string =>
      `POST /full/inner HTTP/1.1\r\nHost: here\r\nContent-Length: ${length}\r\n\r\n`;
    await hide(head(head(10).length));
    await hear(get('/full/hidden'));
    expect(wire.answers.slice(3).map(({ url }) => url)).toEqual(['/full/outer', '/full/inner']);
  });

  it('takes nothing because of what Node found before, when it went on with what it had held back', async () => {
    const body = 'POST /slow HTTP/1.1\r\nHost: here\r\nA: ';
    const earlier = { socket: wire, complete: true, headers: { 'content-length': `${body.length}` } };
    await hide(body, () => {
      const answered = new EventEmitter();
      ahead.found(earlier as unknown as IncomingMessage, answered as ServerResponse);
      answered.emit('close');
    });
    await hear(get('/full/hidden'));
    letGo();
    await turn();
    expect(wire.answers.slice(3)).toEqual([
      { by: 'node', url: '/full/outer' },
      { by: 'node', url: '/slow' },
    ]);
  });

  it('takes nothing when the connection ends with the answer before', async () => {
    for (let n = 0; n < 3; n++) await hear(get('/full'));
    await hear(get('/slow/last'));
    letGo();
    await turn();
    await hear(get('/full'));
    expect(by()).toEqual(['node', 'node', 'ahead', 'node']);
    expect(errors).toEqual([]);
  });

  it('reads each piece once, however often the connection is named', async () => {
    await hear(get('/full'));
    const listeners = wire.listeners('data');
    for (let n = 0; n < 3; n++) await hear(`\r\n${get('/full')}`);
    expect(by()).toEqual(['node', 'node', 'node', 'node']);
    expect(wire.listeners('data')).toEqual(listeners);
    expect(listeners).toHaveLength(1);
  });

  it('takes nothing before the answers to what came earlier', async () => {
    for (let n = 0; n < 3; n++) await hear(get('/full'));
    await hear(get('/slow'));
    await hear(get('/full/behind'));
    expect(by()).toEqual(['node', 'node', 'ahead']);
    letGo();
    await turn();
    await hear(get('/full/next'));
    expect(wire.answers.slice(3)).toEqual([
      { by: 'node', url: '/slow' },
      { by: 'node', url: '/full/behind' },
      { by: 'ahead', url: '/full/next' },
    ]);
  });

  it('takes nothing from who does not read, and nothing when it is not wanted', async () => {
    for (let n = 0; n < 3; n++) await hear(get('/full'));
    isWanted = false;
    await hear(get('/full'));
    isWanted = true;
    for (let n = 0; n < 2; n++) await hear(get('/full'));
    expect(by()).toEqual(['node', 'node', 'ahead', 'node', 'node', 'ahead']);
    wire.cork();
    await hear(get('/full'));
    wire.write('');
    await hear(get('/full/more'));
    wire.uncork();
    await turn();
    expect(by().slice(6)).toEqual(['ahead', 'node']);
  });

  it('lets Node read on where it had stopped, until a body is taken', async () => {
    server.removeAllListeners('request').on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (request.url !== '/late') return answer(request, response);
      slowly.push(() =>
        request.resume().on('end', () => response.setHeader('X-By', 'node').setHeader('X-Url', '/late').end()),
      );
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const client = new Wire();
    socket.setNoDelay(true).pipe(client);
    try {
      socket.write(`${post('/late', 'a'.repeat(40_000))}${get('/full')}`);
      await eventually(() => expect(slowly).toHaveLength(1));
      await sleep(50);
      letGo();
      await eventually(() => expect(client.answers).toHaveLength(2));
      for (let n = 0; n < 4; n++) {
        socket.write(get('/full'));
        await eventually(() => expect(client.answers).toHaveLength(3 + n));
      }
    } finally {
      socket.destroy();
      server.close();
    }
  });

  it('leaves a connection alone that somebody else reads', async () => {
    wire.on('data', () => undefined);
    for (let n = 0; n < 4; n++) await hear(get('/full'));
    expect(by()).toEqual(['node', 'node', 'node', 'node']);
  });

  it('answers each request once, in order, however the bytes are cut', async () => {
    let taken = 0;
    const bodies = fc.constantFrom('', 'abc', get('/full/inner'), `${get('/full/inner')}\r\n`, '0\r\n\r\n');
    const urls = fc.constantFrom('/full', '/full', '/full', '/slow');
    const request = fc.oneof(
      { weight: 4, arbitrary: urls.map((url) => ({ url, form: get, body: '' })) },
      { weight: 4, arbitrary: fc.record({ url: urls, form: fc.constant(post), body: bodies }) },
      { weight: 1, arbitrary: fc.record({ url: urls, form: fc.constant(chunked), body: bodies }) },
    );
    /** Where the next piece ends: mostly where the request does; and the turns of the event loop until it comes. */
    const cut = fc.record({
      after: fc.oneof(
        { weight: 5, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
      ),
      joined: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      turns: fc.constantFrom(0, 1, 8),
      lets: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(request, cut), { minLength: 3, maxLength: 12 }), async (sent) => {
        begin();
        const asked = sent.map(([{ url }], n) => `${url}/${n}`);
        let bytes = '';
        for (const [n, [{ form, body }, { after, joined, turns, lets }]] of sent.entries()) {
          bytes += form(asked[n] ?? '', body);
          if (joined) continue;
          const end = after === null ? bytes.length : Math.floor(after * bytes.length);
          await hear(bytes.slice(0, end), turns);
          bytes = bytes.slice(end);
          if (lets) letGo();
        }
        await hear(bytes);
        for (let n = 0; n < sent.length; n++) {
          letGo();
          for (let more = 0; more < 4; more++) await turn();
        }
        expect(wire.answers.map(({ url }) => url)).toEqual(asked);
        expect(errors).toEqual([]);
        taken += by().filter((one) => one === 'ahead').length;
        wire.destroy();
      }),
      { numRuns: 1500 },
    );
    expect(taken).toBeGreaterThan(500);
  });
});
