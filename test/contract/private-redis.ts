import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '@holdfast/platform/testing';

/** A Redis of the test's own, which it may stop, freeze and empty. */
export class PrivateRedis {
  private child: ChildProcess | undefined;
  private readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-redis-'));
  private readonly endWithUs = () => this.child?.kill('SIGKILL');

  private constructor(private readonly port: number) {}

  static async begin(): Promise<PrivateRedis> {
    const redis = new PrivateRedis(await freePort());
    process.once('exit', redis.endWithUs);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder];
    this.child = spawn('redis-server', [...place, '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
    await eventually(() => this.do((redis) => redis.ping()));
  }

  /** Ends it at once; with it goes all it knew. */
  async stop(): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.child = undefined;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** It accepts connections and answers nothing. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async do<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.url, { lazyConnect: true, retryStrategy: null, disconnectTimeout: 100 });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }

  async end(): Promise<void> {
    await this.stop();
    process.removeListener('exit', this.endWithUs);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A suite that needs the program `redis-server`; with CI=true it must be there. */
export function describeWithPrivateRedis(title: string, suite: (redis: () => PrivateRedis) => void): void {
  const missing = spawnSync('redis-server', ['--version']).error !== undefined;
  if (missing && process.env.CI !== 'true') {
    describe.skip(`${title} (not run: no program redis-server on this machine)`, () => suite(() => undefined as never));
    return;
  }
  describe(title, () => {
    let redis: PrivateRedis;
    beforeAll(async () => {
      if (missing) throw new Error('CI needs the program redis-server for the tests with faults');
      redis = await PrivateRedis.begin();
    });
    afterAll(() => redis?.end());
    suite(() => redis);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
