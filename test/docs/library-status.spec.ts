import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';

const server = join(import.meta.dirname, '../../examples/library-status/server.mjs');

describe('examples/library-status', () => {
  let child: ChildProcess;
  let url: string;

  beforeAll(async () => {
    child = spawn(process.execPath, [server], { env: { PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(child.stdout!, 'data')) as [Buffer];
    url = /http:\S+\/status\//.exec(said.toString())?.[0] ?? '';
  });
  afterAll(() => child.kill('SIGKILL'));

  it.each([
    ['9780441478125', true],
    ['9780385474542', false],
    ['9780000000002', false],
  ])('says of %s as the contract wants it: %s', async (isbn, available) => {
    const response = await fetch(url + isbn);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await response.json()).toEqual({ available });
  });

  it('has no answer for what is no ISBN, and for other methods', async () => {
    for (const path of ['', '978', '__proto__', '9780441478125/x']) expect((await fetch(url + path)).status).toBe(404);
    expect((await fetch(`${url}9780441478125`, { method: 'POST' })).status).toBe(405);
  });

  it('lives on whatever it is asked for', async () => {
    const { host, port } = new URL(url);
    for (const path of ['//', '//[', '/%', '*', 'http://', 'x:y', '/status/9780441478125?%']) {
      const socket = connect(Number(port), '127.0.0.1').end(
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 (200|400|404) /);
    }
    expect((await fetch(`${url}9780441478125`)).status).toBe(200);
  });

  it('ends when it is told to', async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
