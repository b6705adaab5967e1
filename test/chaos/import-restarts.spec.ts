import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from '@holdfast/platform';
import { describeWith, eventually, FaultProxy, testUrl } from '@holdfast/platform/testing';
import { isAlive } from '../e2e/support/embedded-house.js';
import type { Program } from '../e2e/support/program.js';
import { ImportGate } from './support/import-gate.js';
import { connected, ImportHouse } from './support/import-house.js';
import { catalogue, expectTrue, whole } from './support/import-ledger.js';

jest.setTimeout(180_000);

const ROWS = 5000;

/** A PostgreSQL of the test's own that comes back at another port; the programs find it behind a proxy. */
class RestartedPostgres {
  private constructor(
    private readonly dataDir: string,
    private server: EmbeddedPostgres,
    private readonly proxy: FaultProxy,
  ) {}

  static async start(): Promise<RestartedPostgres> {
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-restarts-'));
    // When root runs the tests, another user runs PostgreSQL: let it in, so that the data is in this folder.
    await chmod(dataDir, 0o755);
    const server = await EmbeddedPostgres.start({ dataDir });
    const { hostname, port } = new URL(server.url);
    return new RestartedPostgres(dataDir, server, await FaultProxy.to(hostname, Number(port)));
  }

  /** For the programs. */
  get url(): string {
    const url = new URL(this.server.url);
    url.port = String(this.proxy.port);
    return url.toString();
  }

  /** Good until the next restart, also while the programs do not reach it. */
  get directUrl(): string {
    return this.server.url;
  }

  /** As an operator ends it, or a power cut. */
  async end(how: 'stopped' | 'killed'): Promise<void> {
    this.proxy.refuse();
    if (how === 'killed') process.kill(await this.pid(), 'SIGKILL');
    await this.server.stop();
  }

  /** The programs reach it when `heal` is called. */
  async startAgain(): Promise<void> {
    this.server = await EmbeddedPostgres.start({ dataDir: this.dataDir });
    const { hostname, port } = new URL(this.server.url);
    this.proxy.aimAt(hostname, Number(port));
  }

  heal(): void {
    this.proxy.heal();
  }

  async remove(): Promise<void> {
    await this.server.stop();
    await this.proxy.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private async pid(): Promise<number> {
    const client = await connected(this.directUrl);
    const { rows } = await client.query<{ file: string }>(`SELECT pg_read_file('postmaster.pid') AS file`);
    await client.end().catch(() => undefined);
    const pid = Number.parseInt(rows[0]?.file ?? '', 10);
    expect(isAlive(pid)).toBe(true);
    return pid;
  }
}

describeWith('rabbitmq', 'An import', () => {
  describeWith('redis', 'on a PostgreSQL that ends', () => {
    let postgres: RestartedPostgres;
    let house: ImportHouse;
    let gate: ImportGate;
    let worker: Program;

    beforeAll(async () => {
      postgres = await RestartedPostgres.start();
      house = await ImportHouse.open(testUrl('redis'), postgres.url);
      gate = await ImportGate.build(postgres.directUrl);
      worker = await house.startWorker();
    });
    afterAll(async () => {
      await gate?.remove();
      await house?.close();
      await postgres?.remove();
    });

    it('amid a chunk or its commit, stopped or killed, goes on by itself when it is back', async () => {
      await gate.closeAt('record', 0.2 * ROWS);
      const id = await house.upload(catalogue(1, ROWS));
      for (const [how, next] of [
        ['killed', { stage: 'commit', rows: 0.4 * ROWS }],
        ['stopped', { stage: 'commit', rows: 0.6 * ROWS }],
        ['killed', { stage: 'record', rows: ROWS }],
      ] as const) {
        await gate.holds();
        const before = (await house.read(id)).processedRows as number;
        expect([before > 0, before < next.rows]).toEqual([true, true]);
        await postgres.end(how);
        const refused = await house.admin.get(`/api/books/upload/${id}`);
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
        await postgres.startAgain();
        await gate.rebuild(postgres.directUrl);
        await gate.closeAt(next.stage, next.rows);
        postgres.heal();
        await eventually(
          async () => expect((await house.read(id)).processedRows).toBeGreaterThanOrEqual(before),
          20_000,
        );
      }
      await gate.holds();
      await gate.letPass();
      const done = await house.ended(id);
      expect(done).toMatchObject(whole(ROWS));
      await expectTrue(house, 1, done);
      await eventually(async () => expect(await house.files()).toEqual([]));
      expect(worker.isRunning).toBe(true);
    });
  });
});
