import { getEventListeners, setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Logger } from '@nestjs/common';
import { readSettings } from '@holdfast/platform';
import { eventually } from '@holdfast/platform/testing';
import fc from 'fast-check';
import { deadUrl, Neighbour, sendJson } from '../../testing/neighbour.js';
import type { NoAnswer } from '../application/network.js';
import { CheckedAddresses } from './checked-addresses.js';
import { HttpExternalLibraries } from './http-external-libraries.js';

const LONG = '5000';
beforeAll(() => Logger.overrideLogger(false));
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const neighbour = async (...args: Parameters<typeof Neighbour.start>): Promise<Neighbour> =>
  kept(await Neighbour.start(...args));
const rawNeighbour = async (...args: Parameters<typeof Neighbour.raw>): Promise<Neighbour> =>
  kept(await Neighbour.raw(...args));
const kept = (started: Neighbour): Neighbour => (closers.push(() => started.close()), started);

/** Externals that may be on this machine, do not retry, and have a lot of time, where nothing else is said. */
const externals = (env: Record<string, string> = {}, addresses = new CheckedAddresses(true)): HttpExternalLibraries =>
  new HttpExternalLibraries(
    readSettings({
      AVAILABILITY_RETRIES: '0',
      AVAILABILITY_TRY_MS: LONG,
      AVAILABILITY_BREAKER_FAILURES: '1000',
      ...env,
    }),
    addresses,
  );

/** true, false, or the word for the silence. */
const ask = (
  asked: HttpExternalLibraries,
  url: string,
  signal = AbortSignal.timeout(20_000),
): Promise<boolean | string> =>
  asked
    .ask({ id: 'one', name: 'One', statusUrl: 'the same' }, new URL(url), signal)
    .catch((error: NoAnswer) => error.silence ?? Promise.reject(error));

const response = (status: string, headers: string[], body: string | Buffer = ''): Buffer =>
  Buffer.concat([
    Buffer.from([`HTTP/1.1 ${status}`, ...headers, 'Connection: close', '', ''].join('\r\n')),
    Buffer.from(body),
  ]);
const JSON_TYPE = 'Content-Type: application/json';
const YES = '{"available": true}';
const whole = (body: string | Buffer, ...headers: string[]): Buffer =>
  response('200 OK', [...headers, `Content-Length: ${Buffer.byteLength(body)}`], body);

describe('An external library', () => {
  it('answers yes or no at its status URL, asked with GET and without encodings', async () => {
    const library = await neighbour(({ path }, answer) => sendJson(answer, 200, { available: path.endsWith('/1') }));
    await expect(ask(externals(), `${library.url}/status/1`)).resolves.toBe(true);
    await expect(ask(externals(), `${library.url}/status/2?x=y`)).resolves.toBe(false);
    expect(library.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /status/1', 'GET /status/2?x=y']);
    expect(library.seen[0]?.headers).toMatchObject({
      accept: 'application/json',
      'accept-encoding': 'identity',
      host: `127.0.0.1:${library.port}`,
    });
    expect(library.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it.each<[string, Buffer]>([
    ['as JSON of another kind', whole(YES, 'Content-Type: application/vnd.library+json; charset=utf-8')],
    [
      'in chunks',
      response('200 OK', [JSON_TYPE, 'Transfer-Encoding: chunked'], '7\r\n{"avail\r\nc\r\nable": true}\r\n0\r\n\r\n'),
    ],
    ['until it hangs up', response('200 OK', [JSON_TYPE], YES)],
    ['without a type', whole(YES)],
    ['with the type of a page', whole(YES, 'Content-Type: text/html')],
    ['said to be of no encoding', whole(YES, JSON_TYPE, 'Content-Encoding: identity')],
    [
      'after something for the time being',
      Buffer.concat([Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n'), whole(YES, JSON_TYPE)]),
    ],
    ['beside a lot else', whole(JSON.stringify({ padding: 'x'.repeat(10_000), available: true }), JSON_TYPE)],
  ])('may answer %s', async (_, bytes) => {
    await expect(ask(externals(), (await rawNeighbour(bytes)).url)).resolves.toBe(true);
  });

  it.each<[string, string, Buffer]>([
    ['an answer without a body', 'bad-status', response('204 No Content', [])],
    ['nothing found', 'bad-status', response('404 Not Found', [JSON_TYPE], YES)],
    ['a fault of its own', 'bad-status', response('500 Internal Server Error', [JSON_TYPE], YES)],
    ['too much to do', 'bad-status', response('429 Too Many Requests', ['Retry-After: 1'])],
    ['another place', 'redirect', response('302 Found', ['Location: http://127.0.0.1:1/', JSON_TYPE], YES)],
    ['another place for good', 'redirect', response('308 Permanent Redirect', ['Location: /'])],
    ['a page', 'bad-answer', whole(`<p>${YES}</p>`, 'Content-Type: text/html')],
    ['JSON with something behind it', 'bad-answer', whole(`${YES} ${YES}`, JSON_TYPE)],
    ['nothing', 'bad-answer', whole('', JSON_TYPE)],
    ['half of the JSON', 'bad-answer', whole('{"available": tr', JSON_TYPE)],
    ['a text for the answer', 'bad-answer', whole('{"available": "true"}', JSON_TYPE)],
    ['a list', 'bad-answer', whole('[{"available": true}]', JSON_TYPE)],
    ['bytes that are no text', 'bad-answer', whole(Buffer.from([0xff, 0xfe, 0x00]), JSON_TYPE)],
    ['gzip that nobody asked for', 'bad-answer', whole(gzipSync(YES), JSON_TYPE, 'Content-Encoding: gzip')],
    ['a small bomb', 'bad-answer', whole(gzipSync(Buffer.alloc(10_000_000)), JSON_TYPE, 'Content-Encoding: gzip')],
    ['more than an answer can be', 'too-large', whole(`{"available": true, "x": "${'x'.repeat(20_000)}"}`, JSON_TYPE)],
    ['less than it said', 'unreachable', response('200 OK', [JSON_TYPE, 'Content-Length: 1000'], YES)],
    [
      'a chunk that does not end',
      'unreachable',
      response('200 OK', [JSON_TYPE, 'Transfer-Encoding: chunked'], 'ff\r\n{"available"'),
    ],
    ['chunks of no length', 'bad-answer', response('200 OK', [JSON_TYPE, 'Transfer-Encoding: chunked'], 'zz\r\n')],
    ['too many headers', 'bad-answer', response('200 OK', [JSON_TYPE, `X: ${'x'.repeat(100_000)}`], YES)],
    ['another protocol', 'bad-answer', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n')],
    [
      'another protocol from now on',
      'bad-answer',
      Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    ],
    ['nothing at all, and hangs up', 'unreachable', Buffer.alloc(0)],
  ])('that answers %s has not answered: %s', async (_, silence, bytes) => {
    const library = await rawNeighbour(bytes);
    await expect(ask(externals(), library.url)).resolves.toBe(silence);
    await eventually(() => expect(library.openConnections).toBe(0));
  });

  const whenItHangs = { AVAILABILITY_TRY_MS: '300' };

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    [
      'stops in the middle of its body',
      (socket) => void socket.write(response('200 OK', [JSON_TYPE, 'Content-Length: 1000'], YES)),
    ],
    [
      'sends its headers one byte at a time',
      (socket) => drip(socket, response('200 OK', [JSON_TYPE, 'X-Pad: ' + 'x'.repeat(10_000)])),
    ],
    [
      'sends its body one byte at a time',
      (socket) => (
        socket.write(response('200 OK', [JSON_TYPE, 'Content-Length: 10000'])),
        drip(socket, Buffer.alloc(10_000, ' '))
      ),
    ],
    [
      'says for ever that it will answer',
      (socket) => drip(socket, Buffer.from('HTTP/1.1 102 Processing\r\n\r\n'.repeat(1000)), 27),
    ],
  ])('that %s is not waited for longer than its time', async (_, act) => {
    const library = await rawNeighbour(act);
    const started = performance.now();
    await expect(ask(externals(whenItHangs), library.url)).resolves.toBe('timeout');
    expect(performance.now() - started).toBeLessThan(5000);
    await eventually(() => expect(library.openConnections).toBe(0));
  });

  it('that sends without end is cut off, and its answer is not kept', async () => {
    let sent = 0;
    const library = await rawNeighbour((socket) => {
      socket.write(response('200 OK', [JSON_TYPE]));
      const pour = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, ' '))) sent += 65_536;
      };
      socket.on('drain', pour);
      pour();
    });
    await expect(ask(externals(), library.url)).resolves.toBe('too-large');
    await eventually(() => expect(library.openConnections).toBe(0));
    expect(sent).toBeLessThan(100_000_000);
  });

  it('that is not there, or whose name nobody knows, has not answered', async () => {
    await expect(ask(externals(), await deadUrl())).resolves.toBe('unreachable');
    const nameless = externals({}, new CheckedAddresses(true, () => Promise.resolve([])));
    await expect(ask(nameless, 'http://library.example/')).resolves.toBe('unknown-host');
  });

  it('is asked again when its name was not found within the time of a try, whatever the lookup does', async () => {
    const library = await neighbour((_, answer) => sendJson(answer, 200, { available: true }));
    let lookups = 0;
    const resolve = (): Promise<string[]> =>
      lookups++ === 0 ? new Promise<never>(() => undefined) : Promise.resolve(['127.0.0.1']);
    const asked = externals({ ...whenItHangs, AVAILABILITY_RETRIES: '1' }, new CheckedAddresses(true, resolve));
    await expect(ask(asked, `http://library.example:${library.port}/`)).resolves.toBe(true);
    expect(lookups).toBe(2);
  });

  it('that speaks no TLS, where it is asked with TLS, has not answered', async () => {
    const library = await neighbour((_, answer) => sendJson(answer, 200, { available: true }));
    await expect(ask(externals(), library.url.replace('http:', 'https:'))).resolves.toBe('unreachable');
    expect(library.seen).toEqual([]);
  });

  it('gives an answer or a silence whatever it sends', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'HTTP/1.1 200 OK\r\n',
        `${JSON_TYPE}\r\n`,
        'Content-Length: 19\r\n',
        'Transfer-Encoding: chunked\r\n',
        '\r\n',
        YES,
        '0\r\n\r\n',
        '13\r\n',
      ),
      fc.string({ unit: 'binary-ascii', maxLength: 30 }),
    );
    let bytes = Buffer.alloc(0);
    const library = await rawNeighbour((socket) => void socket.end(bytes));
    const asked = externals();
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        bytes = Buffer.from(pieces.join(''), 'latin1');
        const silences = ['unreachable', 'bad-answer', 'bad-status', 'redirect', 'too-large'];
        expect([true, false, ...silences]).toContain(await ask(asked, library.url));
      }),
      { numRuns: 300 },
    );
  });

  it('leaves neither listeners nor memory behind, however often it fails', async () => {
    const library = await rawNeighbour((socket) => void socket.end(whole('x'.repeat(100_000), JSON_TYPE)));
    const asked = externals();
    const signal = AbortSignal.timeout(60_000);
    setMaxListeners(0, signal);
    const many = async (): Promise<void> => {
      for (let turn = 0; turn < 25; turn++)
        await Promise.all(Array.from({ length: 10 }, () => ask(asked, library.url, signal)));
    };
    await many();
    const before = process.memoryUsage().heapUsed;
    await many();
    await many();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(40_000_000);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

/** The time of day goes on only when it is told to; timers run as ever. */
function stoppedClock(): { pass: (milliseconds: number) => void } {
  let now = Date.now();
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
  closers.push(() => Promise.resolve(clock.mockRestore()));
  return { pass: (milliseconds) => (now += milliseconds) };
}

function drip(socket: Socket, bytes: Buffer, size = 1): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || at >= bytes.length) return clearInterval(timer);
    socket.write(bytes.subarray(at, (at += size)));
  }, 5);
}

describe('An address of a private network', () => {
  it('is not connected to, whether it is written or a name leads there', async () => {
    const library = await neighbour((_, answer) => sendJson(answer, 200, { available: true }));
    const strict = externals({}, new CheckedAddresses(false, () => Promise.resolve(['127.0.0.1'])));
    for (const host of [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '[::ffff:127.0.0.1]',
      'library.example',
      'localhost',
    ]) {
      await expect(ask(strict, `http://${host}:${library.port}/`)).resolves.toBe('not-allowed');
    }
    expect(library.connections).toBe(0);
  });

  it('is not connected to when the name led elsewhere while it was checked', async () => {
    const library = await neighbour((_, answer) => sendJson(answer, 200, { available: true }));
    // A public address that nobody has, and from then on this machine.
    let asked = 0;
    const rebinding = new CheckedAddresses(false, () =>
      Promise.resolve(asked++ === 0 ? ['203.0.113.1'] : ['127.0.0.1']),
    );
    const strict = externals({ AVAILABILITY_TRY_MS: '300' }, rebinding);
    await expect(ask(strict, `http://library.example:${library.port}/`)).resolves.toMatch(/timeout|unreachable/);
    await expect(ask(strict, `http://library.example:${library.port}/`)).resolves.toBe('not-allowed');
    expect([library.connections, asked]).toEqual([0, 2]);
  });

  it('is what is connected to when it is allowed, by the name that it was checked for', async () => {
    const library = await neighbour((_, answer) => sendJson(answer, 200, { available: true }));
    const lenient = externals({}, new CheckedAddresses(true, () => Promise.resolve(['127.0.0.1'])));
    await expect(ask(lenient, `http://library.example:${library.port}/`)).resolves.toBe(true);
    expect(library.seen[0]?.headers.host).toBe(`library.example:${library.port}`);
  });

  it('is not followed to', async () => {
    const inner = await neighbour((_, answer) => sendJson(answer, 200, { available: true }));
    const outer = await neighbour((_, answer) => void answer.writeHead(307, { Location: inner.url }).end());
    await expect(ask(externals(), outer.url)).resolves.toBe('redirect');
    expect(inner.connections).toBe(0);
  });
});

describe('A library that fails', () => {
  const ill = (status: number, times: number) => {
    let left = times;
    return neighbour((_, answer) =>
      left-- > 0 ? sendJson(answer, status, {}) : sendJson(answer, 200, { available: true }),
    );
  };

  it.each([500, 503, 429, 408])('with %d is asked again, as often as is set', async (status) => {
    const library = await ill(status, 2);
    await expect(ask(externals({ AVAILABILITY_RETRIES: '2' }), library.url)).resolves.toBe(true);
    expect(library.seen).toHaveLength(3);
    const worse = await ill(status, 3);
    await expect(ask(externals({ AVAILABILITY_RETRIES: '2' }), worse.url)).resolves.toBe('bad-status');
    expect(worse.seen).toHaveLength(3);
  });

  it.each([400, 401, 404, 302, 204])('with %d is not asked again, for it would say the same', async (status) => {
    const library = await ill(status, 100);
    await ask(externals({ AVAILABILITY_RETRIES: '2' }), library.url);
    expect(library.seen).toHaveLength(1);
  });

  it('is left alone after so many failures in a row, and asked again after a while', async () => {
    let isIll = true;
    const library = await neighbour((_, answer) =>
      isIll ? sendJson(answer, 500, {}) : sendJson(answer, 200, { available: true }),
    );
    const asked = externals({ AVAILABILITY_BREAKER_FAILURES: '3', AVAILABILITY_BREAKER_OPEN_MS: '400' });
    for (let time = 0; time < 3; time++) await expect(ask(asked, library.url)).resolves.toBe('bad-status');
    for (let time = 0; time < 20; time++) await expect(ask(asked, library.url)).resolves.toBe('circuit-open');
    expect(library.seen).toHaveLength(3);
    // One question tries, and it is still ill.
    await eventually(async () => expect(await ask(asked, library.url)).toBe('bad-status'));
    expect(library.seen).toHaveLength(4);
    await expect(ask(asked, library.url)).resolves.toBe('circuit-open');
    isIll = false;
    await eventually(async () => expect(await ask(asked, library.url)).toBe(true));
    await expect(Promise.all(Array.from({ length: 5 }, () => ask(asked, library.url)))).resolves.not.toContain(
      'circuit-open',
    );
  });

  it('counts as left alone until its pause has passed, also when nobody ever asks it again', async () => {
    const clock = stoppedClock();
    const [moved, answering] = [await ill(500, 1000), await ill(500, 1)];
    const asked = externals({ AVAILABILITY_BREAKER_FAILURES: '1', AVAILABILITY_BREAKER_OPEN_MS: '30000' });
    const at = (library: Neighbour) =>
      asked
        .ask({ id: 'one', name: 'One', statusUrl: library.url }, new URL(library.url), AbortSignal.timeout(10_000))
        .catch((error: NoAnswer) => error.silence);
    expect(asked.leftAlone()).toBe(0);
    await expect(at(moved)).resolves.toBe('bad-status');
    expect(asked.leftAlone()).toBe(1);
    clock.pass(15_000);
    // Its status URL was changed; what is there now fails too.
    await expect(at(answering)).resolves.toBe('bad-status');
    expect(asked.leftAlone()).toBe(2);
    clock.pass(14_999);
    expect(asked.leftAlone()).toBe(2);
    clock.pass(1);
    expect(asked.leftAlone()).toBe(1);
    clock.pass(15_000);
    expect(asked.leftAlone()).toBe(0);
    await expect(at(answering)).resolves.toBe(true);
    await expect(at(moved)).resolves.toBe('bad-status');
    expect(asked.leftAlone()).toBe(1);
  });

  it('is asked on when what it does not answer well is only some books', async () => {
    const library = await neighbour(({ path }, answer) =>
      path === '/gone' ? sendJson(answer, 404, {}) : sendJson(answer, 200, { available: path === '/yes' || path }),
    );
    const asked = externals({ AVAILABILITY_BREAKER_FAILURES: '2', AVAILABILITY_BREAKER_OPEN_MS: '600000' });
    for (let time = 0; time < 5; time++) {
      await expect(ask(asked, `${library.url}/gone`)).resolves.toBe('bad-status');
      await expect(ask(asked, `${library.url}/odd`)).resolves.toBe('bad-answer');
    }
    await expect(ask(asked, `${library.url}/yes`)).resolves.toBe(true);
  });

  it.each(['gone', 'moved', 'odd', 'long'])(
    'is asked on when its failures are not in a row: it tells in between of a book that is %s',
    async (word) => {
      const library = await neighbour(({ path }, answer) => {
        if (path === '/ill') sendJson(answer, 500, {});
        else if (path === '/gone') sendJson(answer, 404, {});
        else if (path === '/moved') answer.writeHead(302, { Location: '/' }).end();
        else sendJson(answer, 200, { available: path === '/long' ? 'x'.repeat(20_000) : 'maybe' });
      });
      const asked = externals({ AVAILABILITY_BREAKER_FAILURES: '2', AVAILABILITY_BREAKER_OPEN_MS: '600000' });
      for (let time = 0; time < 3; time++) {
        await expect(ask(asked, `${library.url}/ill`)).resolves.toBe('bad-status');
        await expect(ask(asked, `${library.url}/${word}`)).resolves.not.toBe('circuit-open');
      }
      await ask(asked, `${library.url}/ill`);
      await expect(ask(asked, `${library.url}/ill`)).resolves.toBe('bad-status');
      await expect(ask(asked, `${library.url}/ill`)).resolves.toBe('circuit-open');
    },
  );

  it('is left alone also when the whole question ends before the time of a try', async () => {
    const library = await rawNeighbour(() => undefined);
    const asked = externals({
      AVAILABILITY_BUDGET_MS: '100',
      AVAILABILITY_BREAKER_FAILURES: '2',
      AVAILABILITY_BREAKER_OPEN_MS: '600000',
    });
    await eventually(async () => expect(await ask(asked, library.url, AbortSignal.timeout(300))).toBe('circuit-open'));
    expect(library.connections).toBeGreaterThanOrEqual(2);
  });

  describe('or may fail, when the question is cut off before it had time for an answer,', () => {
    /** Its first questions get these statuses; the others are cut off as soon as they have come. */
    const cutOffAfter = async (...statuses: number[]) => {
      const cut = new AbortController();
      const library = await neighbour((_, answer) => {
        const status = statuses.shift();
        if (status === undefined) cut.abort();
        else sendJson(answer, status, {});
      });
      return { library, statuses, cut };
    };

    it('does not count as answering again', async () => {
      const clock = stoppedClock();
      const { library, cut } = await cutOffAfter(500);
      const asked = externals({ AVAILABILITY_BREAKER_FAILURES: '1', AVAILABILITY_BREAKER_OPEN_MS: '30000' });
      await expect(ask(asked, library.url)).resolves.toBe('bad-status');
      clock.pass(30_000);
      // One question tries.
      await expect(ask(asked, library.url, cut.signal)).resolves.toBe('timeout');
      expect(library.seen).toHaveLength(2);
      await eventually(() => expect(asked.leftAlone()).toBe(1));
    });

    it('counts neither as failing nor as well', async () => {
      const { library, statuses, cut } = await cutOffAfter(500);
      const asked = externals({ AVAILABILITY_BREAKER_FAILURES: '2', AVAILABILITY_BREAKER_OPEN_MS: '600000' });
      await expect(ask(asked, library.url)).resolves.toBe('bad-status');
      await expect(ask(asked, library.url, cut.signal)).resolves.toBe('timeout');
      statuses.push(500);
      await expect(ask(asked, library.url)).resolves.toBe('bad-status');
      await expect(ask(asked, library.url)).resolves.toBe('circuit-open');
    });
  });

  it('is not asked when the whole question has ended already', async () => {
    const library = await rawNeighbour(() => undefined);
    await expect(ask(externals(), library.url, AbortSignal.abort())).resolves.toBe('timeout');
    expect(library.connections).toBe(0);
  });

  it('costs the others nothing: each has a circuit of its own', async () => {
    const [ill500, well] = [await ill(500, 1000), await ill(500, 0)];
    const asked = externals({ AVAILABILITY_BREAKER_FAILURES: '1', AVAILABILITY_BREAKER_OPEN_MS: '600000' });
    const at = (id: string, { url }: Neighbour) =>
      asked
        .ask({ id, name: id, statusUrl: url }, new URL(url), AbortSignal.timeout(10_000))
        .catch((error: NoAnswer) => error.silence);
    await expect(at('ill', ill500)).resolves.toBe('bad-status');
    await expect(at('ill', ill500)).resolves.toBe('circuit-open');
    await expect(at('well', well)).resolves.toBe(true);
    // Its address was changed: that is somebody else.
    await expect(at('ill', well)).resolves.toBe(true);
  });

  it('gets no more questions at a time than are allowed; those that would wait too long are not put', async () => {
    const held: (() => void)[] = [];
    const library = await neighbour((_, answer) => void held.push(() => sendJson(answer, 200, { available: true })));
    const asked = externals({ AVAILABILITY_PARALLEL: '2' });
    const all = Array.from({ length: 30 }, () => ask(asked, library.url));
    await eventually(() => expect(held).toHaveLength(2));
    // Two are asked, twenty wait, and eight are too many.
    await expect(Promise.all(all.slice(22))).resolves.toEqual(Array.from({ length: 8 }, () => 'busy'));
    let most = 0;
    for (let answered = 0; answered < 22;) {
      await eventually(() => expect(held.length).toBeGreaterThan(0));
      most = Math.max(most, library.openConnections);
      answered += held.length;
      for (const answer of held.splice(0)) answer();
    }
    await expect(Promise.all(all.slice(0, 22))).resolves.toEqual(Array.from({ length: 22 }, () => true));
    expect(most).toBeLessThanOrEqual(2);
  });

  it('is waited for no longer than the whole question lasts, also in the queue and between two tries', async () => {
    const library = await rawNeighbour(() => undefined);
    const asked = externals({ AVAILABILITY_PARALLEL: '1', AVAILABILITY_RETRIES: '10' });
    const started = performance.now();
    const all = Array.from({ length: 5 }, () => ask(asked, library.url, AbortSignal.timeout(300)));
    await expect(Promise.all(all)).resolves.toEqual(all.map(() => 'timeout'));
    expect(performance.now() - started).toBeLessThan(4000);
    await eventually(() => expect(library.openConnections).toBe(0));
  });
});
