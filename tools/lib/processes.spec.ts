import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const onLinux = process.platform === 'linux' ? it : it.skip;
const { probeServices } = jest.requireActual<{
  probeServices: (environment: Record<string, string>) => Promise<{ name: string; trouble?: string }[]>;
}>('./services.mjs');

describe('work that only one process may do at a time', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'holdfast-exclusive-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const worker = `
    import { appendFileSync } from 'node:fs';
    import { exclusively } from '${join(__dirname, 'exclusively.mjs')}';
    const [folder] = process.argv.slice(1);
    await exclusively(folder + '/lock', async () => {
      appendFileSync(folder + '/diary', 'in ');
      await new Promise((resolve) => setTimeout(resolve, 150));
      appendFileSync(folder + '/diary', 'out ');
    });
  `;

  it('is done one after the other, also when the holder before was killed', async () => {
    mkdirSync(join(folder, 'lock'));
    writeFileSync(join(folder, 'lock', '999999999-dead'), '');
    const workers = [1, 2, 3, 4].map(() => run(worker, folder));
    await Promise.all(workers.map(ended));
    expect(readFileSync(join(folder, 'diary'), 'utf8')).toBe('in out '.repeat(4));
    expect(readdirSync(folder)).toEqual(['diary']);
  });
});

describe('a program started by npm', () => {
  const program = `
    import { followNpm } from '${join(__dirname, 'follow-npm.mjs')}';
    followNpm();
    setInterval(() => undefined, 1000);
    console.log(process.pid);
  `;
  const npm = (script: string): string => `
    import { spawn } from 'node:child_process';
    spawn(${JSON.stringify(script)}, { shell: '/bin/sh', stdio: ['inherit', 'inherit', 'ignore'], env: { ...process.env, npm_lifecycle_event: 'start', PROGRAM: ${JSON.stringify(program)} } });
    setInterval(() => undefined, 1000);
  `;
  const node = `"${process.execPath}" --input-type=module -e "$PROGRAM"`;

  onLinux.each([
    ['directly', `exec ${node}`],
    ['through a shell', `${node}; :`],
  ])('on Linux: ends when npm, which ran it %s, is killed', async (_how, script) => {
    const parent = run(npm(script));
    const pid = Number(await firstLine(parent));
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    parent.kill('SIGKILL');
    try {
      await eventually(() => expect(existsSync(`/proc/${pid}`)).toBe(false));
    } finally {
      if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
    }
  });
});

describe('a service that the tests could use', () => {
  let mute: Server;
  const open: Socket[] = [];
  let url: (scheme: string) => string;
  beforeAll(async () => {
    mute = createServer((socket) => {
      socket.on('error', () => undefined);
      open.push(socket);
    });
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const address = mute.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    url = (scheme) => `${scheme}://127.0.0.1:${port}`;
  });
  afterAll(() => {
    mute.close();
    for (const socket of open) socket.destroy();
  });

  it('does not count when it takes the connection and says nothing', async () => {
    const found = await probeServices({
      TEST_DATABASE_URL: url('postgres'),
      TEST_REDIS_URL: url('redis'),
      TEST_RABBITMQ_URL: url('amqp'),
      TEST_MONGODB_URL: url('mongodb'),
    });
    expect(found.map(({ name }) => name)).toEqual(['postgres', 'redis', 'rabbitmq', 'mongodb']);
    for (const { trouble } of found) expect(trouble).toMatch(/no usable one at 127\.0\.0\.1:\d+ \(TEST_\w+_URL\): ./);
  });

  it('does not count when nothing listens, and the reason gives no password away', async () => {
    const closed = 'secret:secret@127.0.0.1:1';
    const found = await probeServices({
      TEST_DATABASE_URL: `postgres://${closed}/x`,
      TEST_REDIS_URL: `redis://${closed}`,
      TEST_RABBITMQ_URL: `amqp://${closed}`,
    });
    const troubles = found.map(({ trouble }) => trouble);
    expect(troubles[0]).toBe('no usable one at 127.0.0.1:1 (TEST_DATABASE_URL): nothing listens there');
    expect(troubles[1]).toBe('no usable one at 127.0.0.1:1 (TEST_REDIS_URL): nothing listens there');
    expect(troubles[2]).toBe('no usable one at 127.0.0.1:1 (TEST_RABBITMQ_URL): nothing listens there');
    expect(troubles[3]).toBe('TEST_MONGODB_URL is not set');
  });
});

function run(code: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', code, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`ended with ${code}`))));
  });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())));
}

async function eventually(check: () => void, milliseconds = 5000): Promise<void> {
  for (const deadline = Date.now() + milliseconds; ; await delay(20)) {
    try {
      return check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
