import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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

  it('ends when it is told to', async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
